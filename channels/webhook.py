"""The example driver that `docs/adding-a-channel.md` walks through: one signed JSON document per person."""

from __future__ import annotations

from typing import ClassVar

import orjson
from pydantic import SecretStr, field_validator

from channels.driver import Driver, Limits, Reach
from channels.egress import label
from channels.endpoint import EndpointClient, EndpointSettings
from channels.http import Answer, outcome_from_status, retry_after
from channels.message import Message, Outcome, Reason, Refused
from channels.settings import DriverContext
from channels.standard_webhooks import Key, sign


class WebhookSettings(EndpointSettings):
    """`key` signs every request (Standard Webhooks 1.0.0: whsec_ or whsk_)."""

    key: SecretStr

    @field_validator("key")
    @classmethod
    def _signing(cls, value: SecretStr) -> SecretStr:
        if not Key.parse(value.get_secret_value()).signs:
            raise ValueError("a whpk_ key only verifies; whsec_ or whsk_ is needed")
        return value


class Webhook:
    """Posts `{"delivery", "language", "subject", "text"}` to the person's own URL."""

    name: ClassVar[str] = "webhook"
    reach: ClassVar[Reach] = Reach.PERSON
    correlates_by_reference: ClassVar[bool] = False

    def __init__(self, settings: WebhookSettings, context: DriverContext) -> None:
        self.limits = Limits(settings.concurrency, settings.per_second, settings.burst)
        self._key = settings.key
        self._now = context.now
        self._endpoints = EndpointClient(settings)

    def destination(self, message: Message) -> str:
        return label(message.to)

    async def send(self, message: Message) -> Outcome:
        now, form = self._now(), message.form
        if now >= message.expires:
            return Refused(Reason.EXPIRED)
        document = {
            "delivery": message.delivery,
            "language": form.language,
            "subject": form.subject,
            "text": form.body,
        }
        body = orjson.dumps(document)
        signed = sign(self._key.get_secret_value(), message.delivery, now, body)
        answer = await self._endpoints.post(message.to, body, {"Content-Type": "application/json", **signed})
        if not isinstance(answer, Answer):
            return answer
        return outcome_from_status(answer.status, retry_after(answer.headers))

    async def aclose(self) -> None:
        await self._endpoints.aclose()


def build(channel: str, settings: WebhookSettings, context: DriverContext) -> Driver:  # noqa: ARG001
    """The driver of this block."""
    return Webhook(settings, context)
