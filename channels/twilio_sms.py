"""SMS through Twilio's Messages resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Self
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from pydantic import model_validator
from twilio.request_validator import RequestValidator

from channels import twilio
from channels.driver import Callback, Driver, MalformedCallback, ParsedCallback, Reach
from channels.http import HttpResponse
from channels.lean_http import LeanClient
from channels.media.sms import SMS
from channels.medium import Medium
from channels.message import DeliveryState, FailureReason, Form, Message, Outcome, Receipt, Refused, Reply
from channels.settings import DriverContext, SignedSettings

LONGEST_VALIDITY_S = 36_000  # Twilio 90007: ValidityPeriod is 1..36000 s
MARGIN_S = 5  # so that nothing reaches a handset after the alert has ended
FORMS_KEPT = 64  # rendered forms held: channel x language of the alerts being sent just now
NO_ANSWER = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'

#: MessageStatus -> state. "sent" is the carrier's word, not the handset's; "read" is a screen's, not a person's.
STATES: Mapping[str, DeliveryState] = {
    "accepted": DeliveryState.ACCEPTED,
    "scheduled": DeliveryState.ACCEPTED,
    "queued": DeliveryState.ACCEPTED,
    "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.ACCEPTED,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}


class TwilioSmsSettings(twilio.TwilioSettings, SignedSettings):
    """The account and who the message comes from: exactly one of `sender` (E.164 or short code) and `service`."""

    sender: str = ""
    service: str = ""  #: MessagingServiceSid

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if bool(self.sender) == bool(self.service):
            raise ValueError("exactly one of sender and service is set")
        return self


class TwilioSms:
    """Posts one message per request; what all of them share is encoded once per form."""

    name: ClassVar[str] = "twilio_sms"
    medium: ClassVar[Medium] = SMS
    reach: ClassVar[Reach] = Reach.PERSON
    correlates_by_reference: ClassVar[bool] = False  # every status callback carries our delivery id in its URL

    def __init__(self, channel: str, settings: TwilioSmsSettings, context: DriverContext) -> None:
        self.limits = settings.limits
        self._channel = channel
        self.signatures = settings.signatures
        self._account = settings.account
        self._now = context.now
        self._http = LeanClient(settings.timeout_s, settings.concurrency, connect_s=settings.connect_s)
        self._url = settings.endpoint("Messages")
        self._headers = settings.headers()
        origin = {"MessagingServiceSid": settings.service} if settings.service else {"From": settings.sender}
        self._origin = urlencode(origin)
        self._callback = quote(f"{context.hook(channel)}?attempt=", safe="")
        self._validator = RequestValidator(settings.auth_token.get_secret_value())
        self._rendered: dict[str, str] = {}

    def destination(self, message: Message) -> str:  # noqa: ARG002 - one account, one destination
        """The account: Twilio throttles by it."""
        return self._account

    async def send(self, message: Message) -> Outcome:
        """Posts the message with the time it may still wait inside Twilio."""
        left = int((message.expires - self._now()).total_seconds())
        if left < 1:
            return Refused(FailureReason.EXPIRED)
        answer = await self._http.post(self._url, self._request(message, left), self._headers)
        return twilio.outcome(answer) if isinstance(answer, HttpResponse) else answer

    def _request(self, message: Message, left: int) -> bytes:
        shared = self._rendered.get(message.form.digest) or self._render(message.form)
        # Both travel in the callback URL, encoded twice: as a query and as a field. In alphabetical order, so that a
        # provider that sorts the query before it asks, but not before it signs, still asks for what it signed.
        delivery = twilio.escape_value(twilio.escape_value(message.delivery))
        validity = min(max(left - MARGIN_S, 1), LONGEST_VALIDITY_S)
        return (
            f"{shared}{message.attempt}%26delivery%3D{delivery}"
            f"&ValidityPeriod={validity}&To={twilio.escape_value(message.to)}"
        ).encode()

    def _render(self, form: Form) -> str:
        if len(self._rendered) >= FORMS_KEPT:
            self._rendered.clear()
        shared = f"{self._origin}&{urlencode({'Body': form.body})}&StatusCallback={self._callback}"
        self._rendered[form.digest] = shared
        return shared

    def read(self, callback: Callback) -> ParsedCallback:
        """A status callback becomes a receipt, an inbound message a reply that Twilio need not answer."""
        fields = twilio.signed_fields(self._validator, callback)
        sid, now = twilio.required_field(fields, "MessageSid"), self._now()
        if "MessageStatus" in fields:
            return ParsedCallback(receipts=[self._receipt(fields, callback.query, sid, now)])
        if "Body" not in fields:
            raise MalformedCallback("neither MessageStatus nor Body is there")
        sender = twilio.required_field(fields, "From")
        reply = Reply(self._channel, sender=sender, text=fields["Body"], at=now, reference=sid)
        return ParsedCallback(replies=[reply], content_type="text/xml", body=NO_ANSWER)

    def answer(self, heard: ParsedCallback, text: str) -> ParsedCallback:
        """TwiML: a Message in the answer goes back to the sender."""
        told = f'<?xml version="1.0" encoding="UTF-8"?><Response><Message>{escape(text)}</Message></Response>'
        return replace(heard, body=told.encode())

    def _receipt(self, fields: Mapping[str, str], query: Mapping[str, str], sid: str, now: datetime) -> Receipt:
        status = fields["MessageStatus"]
        return Receipt(
            self._channel,
            STATES.get(status, DeliveryState.ACCEPTED),  # a word Twilio may add proves only that the message is theirs
            at=now,
            reference=sid,
            delivery=query.get("delivery", ""),
            detail=fields.get("ErrorCode") or status,
        )

    async def aclose(self) -> None:
        await self._http.aclose()


def build(channel: str, settings: TwilioSmsSettings, context: DriverContext) -> Driver:
    """The driver of this block."""
    return TwilioSms(channel, settings, context)
