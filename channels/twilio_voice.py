"""Telephone calls through Twilio's Calls resource; a key pressed is a person who confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote, urlencode

from pydantic import Field
from twilio.request_validator import RequestValidator

from channels import twilio, twiml
from channels.driver import Callback, Driver, ParsedCallback, Reach
from channels.http import HttpResponse
from channels.lean_http import LeanClient
from channels.media.voice import VOICE
from channels.medium import Medium
from channels.message import DeliveryState, FailureReason, Form, Message, Outcome, Receipt, Refused
from channels.settings import DriverContext

FORMS_KEPT = 64

#: CallStatus -> state, for those that say it alone. "in-progress" is an open line, not yet an alert heard.
STATES: Mapping[str, DeliveryState] = {
    "queued": DeliveryState.ACCEPTED,
    "initiated": DeliveryState.ACCEPTED,
    "ringing": DeliveryState.ACCEPTED,
    "in-progress": DeliveryState.ACCEPTED,
    "busy": DeliveryState.FAILED,
    "no-answer": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}


class TwilioVoiceSettings(twilio.TwilioSettings):
    """The account, the caller id, and how long the telephone rings."""

    sender: str = Field(min_length=1)
    ring_s: int = Field(30, ge=5, le=600)
    #: Twilio finds out whether a machine answers; whoever does hears nothing for some seconds meanwhile
    machine_detection: bool = False


class TwilioVoice:
    """Calls one person with the frozen TwiML document inline.

    The document is the same for everyone, so its `<Gather action>` cannot carry the delivery id (with inline TwiML
    the action must be absolute: there is no document URL to fall back on). Twilio posts the CallSid with the key, and
    the receipt is matched by it. A call that a machine took is failed: nobody was told. Without machine_detection
    Twilio does not say who answered, and a call that was taken counts as delivered, never as confirmed.
    """

    name: ClassVar[str] = "twilio_voice"
    medium: ClassVar[Medium] = VOICE
    reach: ClassVar[Reach] = Reach.PERSON
    correlates_by_reference: ClassVar[bool] = True  # a key pressed arrives with the CallSid alone

    def __init__(self, channel: str, settings: TwilioVoiceSettings, context: DriverContext) -> None:
        self.limits = settings.limits
        self._channel = channel
        self._account = settings.account
        self._now = context.now
        self._http = LeanClient(settings.timeout_s, settings.concurrency, connect_s=settings.connect_s)
        self._url = settings.endpoint("Calls")
        self._headers = settings.headers()
        shared = {"From": settings.sender, "Timeout": settings.ring_s, "StatusCallbackEvent": "completed"}
        detection = {"MachineDetection": "Enable"} if settings.machine_detection else {}
        self._shared = urlencode(shared | detection)
        self._callback = quote(f"{context.hook(channel)}?attempt=", safe="")
        self._validator = RequestValidator(settings.auth_token.get_secret_value())
        self._rendered: dict[str, str] = {}

    def destination(self, message: Message) -> str:  # noqa: ARG002 - one account, one destination
        """The account: Twilio limits calls per second by it."""
        return self._account

    async def send(self, message: Message) -> Outcome:
        """Asks Twilio to call; Twilio queues calls without an expiry of ours, so an ended alert is not handed over."""
        if message.expires <= self._now():
            return Refused(FailureReason.EXPIRED)
        answer = await self._http.post(self._url, self._request(message), self._headers)
        return twilio.outcome(answer) if isinstance(answer, HttpResponse) else answer

    def _request(self, message: Message) -> bytes:
        shared = self._rendered.get(message.form.digest) or self._render(message.form)
        delivery = twilio.escape_value(twilio.escape_value(message.delivery))
        return f"{shared}{message.attempt}%26delivery%3D{delivery}&To={twilio.escape_value(message.to)}".encode()

    def _render(self, form: Form) -> str:
        if len(self._rendered) >= FORMS_KEPT:
            self._rendered.clear()
        shared = f"{self._shared}&{urlencode({'Twiml': form.body})}&StatusCallback={self._callback}"
        self._rendered[form.digest] = shared
        return shared

    def read(self, callback: Callback) -> ParsedCallback:
        """A key pressed is confirmed and thanked; the end of a call says whether anyone was there."""
        fields = twilio.signed_fields(self._validator, callback)
        sid = twilio.required_field(fields, "CallSid")
        if "Digits" in fields:  # posted to the Gather action
            return self._key(fields["Digits"], sid, callback.query)
        state, detail = _read_ending(fields)
        return ParsedCallback([self._receipt(state, sid, callback.query.get("delivery", ""), detail)])

    def _key(self, key: str, sid: str, query: Mapping[str, str]) -> ParsedCallback:
        """Only the announced key confirms: any other may be a child, a machine, or somebody who wants to hear more.

        A document made for one call alone names its delivery in the action; one for everybody cannot.
        """
        language = query.get("language", "")
        if key == twiml.CONFIRMS:
            confirmed = self._receipt(DeliveryState.CONFIRMED, sid, query.get("delivery", ""), f"key {key}")
            return ParsedCallback([confirmed], content_type="text/xml", body=twiml.thanks(language))
        again = sid if key == twiml.REPEATS else ""
        return ParsedCallback(content_type="text/xml", body=twiml.unknown_key(language), again=again)

    def _receipt(self, state: DeliveryState, sid: str, delivery: str, detail: str) -> Receipt:
        return Receipt(self._channel, state, self._now(), sid, delivery, detail)

    async def aclose(self) -> None:
        await self._http.aclose()


def _read_ending(fields: Mapping[str, str]) -> tuple[DeliveryState, str]:
    status = twilio.required_field(fields, "CallStatus")
    if status != "completed":
        code = fields.get("ErrorCode") or fields.get("SipResponseCode")
        return STATES.get(status, DeliveryState.ACCEPTED), f"{status} {code}" if code else status
    by = fields.get("AnsweredBy", "")
    if by.startswith("machine") or by == "fax":
        return DeliveryState.FAILED, f"answered by {by[:32]}"
    seconds = fields.get("CallDuration", "")
    if seconds.isdigit() and int(seconds) > 0:
        return DeliveryState.DELIVERED, f"answered {int(seconds)} s"
    return DeliveryState.FAILED, "completed 0 s"


def build(channel: str, settings: TwilioVoiceSettings, context: DriverContext) -> Driver:
    """The driver of this block."""
    return TwilioVoice(channel, settings, context)
