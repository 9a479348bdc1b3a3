"""Broadcast: CAP over HTTP to a cell-broadcast-style entry, and the operator's report that it is on air."""

from __future__ import annotations

from typing import ClassVar

import orjson

from channels.driver import Callback, Driver, MalformedCallback, ParsedCallback, Reach
from channels.egress import label
from channels.endpoint import EndpointClient, EndpointSettings, SignedDocument, claimed_delivery
from channels.http import HttpResponse, outcome_from_status, retry_after
from channels.media.broadcast import BROADCAST
from channels.medium import Medium
from channels.message import Accepted, DeliveryState, FailureReason, Message, Outcome, Receipt, Refused
from channels.settings import DriverContext

#: what the operator reports -> state
_STATES = {
    "accepted": DeliveryState.ACCEPTED,
    "on_air": DeliveryState.DELIVERED,
    "failed": DeliveryState.FAILED,
}
_CREDENTIAL = frozenset(map(chr, range(0x21, 0x7F)))  # RFC 6750 §2.1 and wider: visible ASCII


class CapHttpSettings(EndpointSettings):
    """An endpoint holds few requests: the same operator is asked again and again."""

    concurrency: int = 4


class CapHttp:
    """Posts CAP 1.2 XML with the operator's bearer token; the delivery id is the idempotency key."""

    name: ClassVar[str] = "cap_http"
    medium: ClassVar[Medium] = BROADCAST
    reach: ClassVar[Reach] = Reach.MANY
    correlates_by_reference: ClassVar[bool] = False  # a report names our delivery id

    def __init__(self, channel: str, settings: CapHttpSettings, context: DriverContext) -> None:
        self.limits = settings.limits
        self._channel = channel
        self._now = context.now
        self._hook = context.hook(channel)
        self._endpoints = EndpointClient(settings)

    def destination(self, message: Message) -> str:
        """The operator's entry."""
        return label(message.to)

    async def send(self, message: Message) -> Outcome:
        if self._now() >= message.expires:
            return Refused(FailureReason.EXPIRED)
        if not message.secret or not _CREDENTIAL.issuperset(message.secret):
            return Refused(FailureReason.MISCONFIGURED, "the endpoint has no usable bearer token")
        headers = {
            "Content-Type": "application/cap+xml; charset=utf-8",
            "Authorization": f"Bearer {message.secret}",
            "Idempotency-Key": message.delivery,
            "Callback-Url": self._hook,  # where the report is to be sent
        }
        answer = await self._endpoints.post(message.to, message.form.body.encode(), headers)
        return _outcome(answer) if isinstance(answer, HttpResponse) else answer

    def claim(self, callback: Callback) -> str:
        return claimed_delivery(callback)

    def read(self, callback: Callback) -> ParsedCallback:
        """A report: `{"delivery", "status": "accepted|on_air|failed", "at"}`, and `reference` and `detail` if any."""
        report = SignedDocument.read(callback, self._now())
        state = _STATES.get(report.text("status"))
        if state is None:
            raise MalformedCallback(f"status: one of {', '.join(_STATES)}")
        receipt = Receipt(
            self._channel,
            state,
            at=report.moment("at"),
            reference=report.text("reference", ""),
            delivery=report.text("delivery"),
            detail=report.text("detail", ""),
        )
        return ParsedCallback(receipts=[receipt])

    async def aclose(self) -> None:
        await self._endpoints.aclose()


def _outcome(answer: HttpResponse) -> Outcome:
    # 409: the operator has a document under this key already, and it can only be this one.
    if 200 <= answer.status < 300 or answer.status == 409:
        return Accepted(_reference(answer.body))
    return outcome_from_status(answer.status, retry_after(answer.headers))


def _reference(body: bytes) -> str:
    """The operator's id; the status alone says that it took the document, so a body we cannot read changes nothing."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    reference = told.get("reference") if isinstance(told, dict) else None
    return reference[:255] if isinstance(reference, str) else ""


def build(channel: str, settings: CapHttpSettings, context: DriverContext) -> Driver:
    """The driver of this block."""
    return CapHttp(channel, settings, context)
