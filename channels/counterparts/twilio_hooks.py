"""The callbacks Twilio makes: signed, and repeated for a while when the hub does not take them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

PATIENCE_S = 60.0  # how long one callback is tried
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0

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
        self._session: aiohttp.ClientSession | None = None

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
        if self._session is not None:
            await self._session.close()

    async def _post(self, url: str, fields: Mapping[str, str]) -> None:
        form = {"AccountSid": self._account, "ApiVersion": "2010-04-01", **fields}
        headers = {"X-Twilio-Signature": self._validator.compute_signature(url, form)}
        target = URL(url, encoded=True)  # what is signed is requested byte for byte
        loop = asyncio.get_running_loop()
        until, wait = loop.time() + self._patience_s, FIRST_WAIT_S
        while True:
            status = await self._once(target, form, headers)
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

    async def _once(self, url: URL, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
        """The status; 0 where nobody answered."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=15),
            )
        try:
            async with self._session.post(url, data=form, headers=headers, allow_redirects=False) as response:
                await response.read()
                return response.status
        except (TimeoutError, aiohttp.ClientError, OSError):
            return 0
