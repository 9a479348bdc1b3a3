"""Signed push to media partners after Standard Webhooks 1.0.0, and their signed proof that they aired it."""

from __future__ import annotations

from typing import ClassVar

from channels.driver import Callback, Driver, ParsedCallback, Reach
from channels.egress import label
from channels.endpoint import EndpointClient, EndpointSettings, SignedDocument, claimed_delivery
from channels.http import HttpResponse, outcome_from_status, retry_after
from channels.media.partner_feed import PARTNER_FEED
from channels.medium import Medium
from channels.message import Accepted, Deferred, DeliveryState, FailureReason, Message, Outcome, Receipt, Refused
from channels.settings import DriverContext
from channels.standard_webhooks import sign

_SLOW_DOWN = frozenset({429, 502, 504})  # Standard Webhooks 1.0.0, deliverability and reliability


class PartnerPushSettings(EndpointSettings):
    """An endpoint holds few requests: the same operator is asked again and again."""

    concurrency: int = 4


class PartnerPush:
    """Posts the approved JSON document as it stands; each attempt is signed anew with the partner's own key."""

    name: ClassVar[str] = "partner_push"
    medium: ClassVar[Medium] = PARTNER_FEED
    reach: ClassVar[Reach] = Reach.MANY
    correlates_by_reference: ClassVar[bool] = False  # a proof names our delivery id

    def __init__(self, channel: str, settings: PartnerPushSettings, context: DriverContext) -> None:
        self.limits = settings.limits
        self._channel = channel
        self._now = context.now
        self._hook = context.hook(channel)
        self._endpoints = EndpointClient(settings)

    def destination(self, message: Message) -> str:
        """The partner's endpoint."""
        return label(message.to)

    async def send(self, message: Message) -> Outcome:
        """The delivery id is the `webhook-id`: a partner knows a repeat by it."""
        now, body = self._now(), message.form.body.encode()
        if now >= message.expires:
            return Refused(FailureReason.EXPIRED)
        try:
            # Several keys stand side by side while a partner changes to a new one.
            signed = sign(message.secret.split(), message.delivery, now, body)
        except ValueError as error:
            return Refused(FailureReason.MISCONFIGURED, str(error))
        # Where the proof is to be sent is said with every push, so that a partner need not be configured for it.
        headers = {"Content-Type": "application/json", "Callback-Url": self._hook, **signed}
        answer = await self._endpoints.post(message.to, body, headers)
        return _outcome(answer) if isinstance(answer, HttpResponse) else answer

    def claim(self, callback: Callback) -> str:
        return claimed_delivery(callback)

    def read(self, callback: Callback) -> ParsedCallback:
        """A proof of airing: `{"delivery", "aired_at", "evidence"}`."""
        proof = SignedDocument.read(callback, self._now())
        receipt = Receipt(
            self._channel,
            DeliveryState.CONFIRMED,
            at=proof.moment("aired_at"),
            delivery=proof.text("delivery"),
            detail=proof.text("evidence"),
        )
        return ParsedCallback(receipts=[receipt])

    async def aclose(self) -> None:
        await self._endpoints.aclose()


def _outcome(answer: HttpResponse) -> Outcome:
    if 200 <= answer.status < 300:
        return Accepted()
    if answer.status == 410:  # Standard Webhooks 1.0.0: the endpoint asks to be disabled
        return Refused(FailureReason.MISCONFIGURED, "disabled")
    if answer.status in _SLOW_DOWN:
        return Deferred(FailureReason.THROTTLED, retry_after(answer.headers))
    return outcome_from_status(answer.status, retry_after(answer.headers))


def build(channel: str, settings: PartnerPushSettings, context: DriverContext) -> Driver:
    """The driver of this block."""
    return PartnerPush(channel, settings, context)
