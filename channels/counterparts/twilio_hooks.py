"""The callbacks Twilio makes: signed, and repeated for a while when the hub does not take them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator
from yarl import URL

from channels.http import HttpResponse
from channels.lean_http import LeanClient

PATIENCE_S = 60.0  # how long one callback is tried
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0
TIMEOUT_S = 15.0
CONNECTIONS = 128

_UNDELIVERED = {"undelivered": "30003", "failed": "30008"}


class Hooks:
    """Posts signed forms and counts what became of them."""

    def __init__(self, account: str, token: str, patience_s: float = PATIENCE_S) -> None:
        self.taken = 0
        self.refused = 0  #: answered 4xx: never tried again
        self.given_up = 0
        self.inbounds = 0
        self._account = account
        self._validator = RequestValidator(token)
        self._patience_s = patience_s
        self._client = LeanClient(TIMEOUT_S, CONNECTIONS)

    async def status(self, url: str, sid: str, to: str, status: str) -> None:
        """MessageStatus or CallStatus, by the kind of sid."""
        if sid.startswith("CA"):
            fields = {"CallSid": sid, "CallStatus": status, "CallDuration": "21" if status == "completed" else "0"}
        else:
            fields = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status}
        if status in _UNDELIVERED:
            fields["ErrorCode"] = _UNDELIVERED[status]
        await self._post(url, fields | {"To": to})

    async def key(self, url: str, sid: str, to: str, digits: str) -> None:
        """A key pressed during <Gather>."""
        await self._post(url, {"CallSid": sid, "CallStatus": "in-progress", "To": to, "Digits": digits})

    async def inbound(self, url: str, sid: str, sender: str, to: str, body: str) -> None:
        """A message from a telephone."""
        self.inbounds += 1
        fields = {"MessageSid": sid, "SmsSid": sid, "SmsStatus": "received", "NumMedia": "0", "NumSegments": "1"}
        await self._post(url, fields | {"From": sender, "To": to, "Body": body})

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _post(self, url: str, fields: Mapping[str, str]) -> None:
        form = {"AccountSid": self._account, "ApiVersion": "2010-04-01", **fields}
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(url, form),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode()
        target = URL(url, encoded=True)  # what is signed is requested byte for byte
        loop = asyncio.get_running_loop()
        until, wait = loop.time() + self._patience_s, FIRST_WAIT_S
        while True:
            status = await self._once(target, body, headers)
            if 200 <= status < 300:
                self.taken += 1
                return
            if 300 <= status < 500 and status != 429:
                self.refused += 1
                return
            if loop.time() + wait > until:
                self.given_up += 1
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def _once(self, url: URL, body: bytes, headers: Mapping[str, str]) -> int:
        """The status; 0 where nobody answered."""
        answer = await self._client.post(url, body, headers)
        return answer.status if isinstance(answer, HttpResponse) else 0
