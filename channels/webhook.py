"""The example driver that `docs/adding-a-channel.md` walks through: one signed JSON document per person, and the
signed report of whoever shows it to them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import orjson
from pydantic import SecretStr, field_validator

from channels.driver import Callback, Driver, MalformedCallback, ParsedCallback, Reach
from channels.egress import label
from channels.endpoint import EndpointClient, EndpointSettings, SignedDocument
from channels.http import HttpResponse, outcome_from_status, retry_after
from channels.media.webhook import WEBHOOK
from channels.medium import Medium
from channels.message import DeliveryState, FailureReason, Message, Outcome, Receipt, Refused
from channels.settings import DriverContext
from channels.standard_webhooks import WebhookKey, sign

#: what a receiver reports -> state
_STATES = {
    "shown": DeliveryState.DELIVERED,
    "answered": DeliveryState.CONFIRMED,
    "failed": DeliveryState.FAILED,
}


class WebhookSettings(EndpointSettings):
    """`key` signs every request (Standard Webhooks 1.0.0: whsec_ or whsk_). Reports are believed under `report_key`
    (whsec_ or whpk_) and no other: what the hub signs must never pass for a report. Empty takes no reports.
    """

    key: SecretStr
    report_key: SecretStr = SecretStr("")

    @field_validator("report_key")
    @classmethod
    def _a_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            WebhookKey.parse(value.get_secret_value())
        return value

    @field_validator("key")
    @classmethod
    def _signing(cls, value: SecretStr) -> SecretStr:
        if not WebhookKey.parse(value.get_secret_value()).signs:
            raise ValueError("a whpk_ key only verifies; whsec_ or whsk_ is needed")
        return value


class Webhook:
    """Posts `{"delivery", "language", "subject", "text"}` to the person's own URL."""

    name: ClassVar[str] = "webhook"
    medium: ClassVar[Medium] = WEBHOOK
    reach: ClassVar[Reach] = Reach.PERSON
    correlates_by_reference: ClassVar[bool] = False

    def __init__(self, channel: str, settings: WebhookSettings, context: DriverContext) -> None:
        self.limits = settings.limits
        self._channel = channel
        self._hook = context.hook(channel)
        self._key = settings.key
        self._report_keys = tuple(settings.report_key.get_secret_value().split())
        self._now = context.now
        self._endpoints = EndpointClient(settings)

    def destination(self, message: Message) -> str:
        return label(message.to)

    async def send(self, message: Message) -> Outcome:
        now, form = self._now(), message.form
        if now >= message.expires:
            return Refused(FailureReason.EXPIRED)
        document = {
            "delivery": message.delivery,
            "language": form.language,
            "subject": form.subject,
            "text": form.body,
        }
        body = orjson.dumps(document)
        signed = sign(self._key.get_secret_value(), message.delivery, now, body)
        headers = {"Content-Type": "application/json", "Callback-Url": self._hook, **signed}
        answer = await self._endpoints.post(message.to, body, headers)
        if not isinstance(answer, HttpResponse):
            return answer
        return outcome_from_status(answer.status, retry_after(answer.headers))

    def read(self, callback: Callback) -> ParsedCallback:
        """A report: `{"delivery", "status": "shown|answered|failed", "at"}`."""
        report = SignedDocument.read(replace(callback, keys=self._report_keys), self._now())
        state = _STATES.get(report.text("status"))
        if state is None:
            raise MalformedCallback(f"status: one of {', '.join(_STATES)}")
        receipt = Receipt(self._channel, state, at=report.moment("at"), delivery=report.text("delivery"))
        return ParsedCallback(receipts=[receipt])

    async def aclose(self) -> None:
        await self._endpoints.aclose()


def build(channel: str, settings: WebhookSettings, context: DriverContext) -> Driver:
    """The driver of this block."""
    return Webhook(channel, settings, context)
