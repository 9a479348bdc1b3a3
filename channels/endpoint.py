"""What the channels with endpoints share: guarded posts to a registered URL, and callbacks signed by its operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from yarl import URL

from channels.driver import Callback, CallbackSignatureRefused, MalformedCallback
from channels.egress import Guard, TargetRefused, check_target
from channels.http import HttpClient, HttpResponse
from channels.message import Ambiguous, Deferred, FailureReason, Refused
from channels.settings import DriverSettings
from channels.standard_webhooks import TOLERANCE, verify

#: Pool of all endpoints together. How many one endpoint may hold is the driver's limit, kept by dispatch; a pool no
#: larger than that limit would let one sick endpoint starve the others.
_CONNECTIONS = 2000
_LONGEST_TEXT = 500


class EndpointSettings(DriverSettings):
    """A driver whose targets are URLs that somebody registered."""

    allow_loopback: bool = False  #: for drills, the demo and tests, where the other end is on this machine


class EndpointClient:
    """Posts to registered URLs, and to nothing inside our own network."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._allow_loopback = settings.allow_loopback
        self._http = HttpClient(
            settings.timeout_s, _CONNECTIONS, Guard(settings.allow_loopback), connect_s=settings.connect_s
        )

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> HttpResponse | Refused | Deferred | Ambiguous:
        """Posts once. A target that may not be contacted is refused without a connection."""
        try:
            check_target(url, allow_loopback=self._allow_loopback)
            target = URL(url, encoded=True)
        except TargetRefused as error:
            return Refused(FailureReason.MISCONFIGURED, error.rule)
        except ValueError:
            return Refused(FailureReason.MISCONFIGURED, "not a URL (RFC 3986 §3)")
        return await self._http.post(target, body, headers)

    async def aclose(self) -> None:
        await self._http.aclose()


EARLIEST_YEAR = 1970  #: nothing was aired before: a moment near year 1 has no spelling further west


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A JSON object whose signature was checked."""

    fields: Mapping[str, Any]
    received: datetime

    @staticmethod
    def read(callback: Callback, now: datetime) -> SignedDocument:
        """Signed by the endpoint the callback claims to speak for. Raises SignatureRefused, MalformedCallback."""
        if not callback.keys:
            raise CallbackSignatureRefused("the endpoint has no callback key")
        verify(callback.keys, callback.headers, callback.body, now)
        return SignedDocument(_object(callback.body), now)

    def text(self, name: str, default: str | None = None) -> str:
        """A text of at most 500 characters. Raises MalformedCallback where it is missing and has no default."""
        return _text(self.fields, name, default)

    def moment(self, name: str) -> datetime:
        """A time with zone (RFC 3339) that has come. Raises MalformedCallback."""
        try:
            value = datetime.fromisoformat(self.text(name))
        except ValueError:
            raise MalformedCallback(f"{name}: not a time (RFC 3339)") from None
        if value.tzinfo is None:
            raise MalformedCallback(f"{name}: the time has no zone (RFC 3339)")
        if value.year < EARLIEST_YEAR:
            raise MalformedCallback(f"{name}: the time lies before {EARLIEST_YEAR}")
        if value > self.received + TOLERANCE:
            raise MalformedCallback(f"{name}: the time lies in the future")
        return value


def claimed_delivery(callback: Callback) -> str:
    """The delivery id in a body that nobody has vouched for yet. Raises MalformedCallback."""
    return _text(_object(callback.body), "delivery")


def _text(fields: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise MalformedCallback(f"{name}: a text is missing")
    return value[:_LONGEST_TEXT]


def _object(body: bytes) -> Mapping[str, Any]:
    """Raises MalformedCallback."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedCallback("the body is not JSON (RFC 8259)") from None
    if not isinstance(fields, dict):
        raise MalformedCallback("the body is not a JSON object")
    return fields
