"""WeCom group robots (企业微信群机器人): Markdown to a group chat, and what its members answer."""

from __future__ import annotations

from typing import ClassVar, Self

import orjson
from pydantic import Field, SecretStr, model_validator

from channels import wecom_inbound
from channels.driver import Callback, CallbackSignatureRefused, Driver, ParsedCallback, Reach
from channels.egress import label
from channels.endpoint import EndpointClient, EndpointSettings
from channels.http import HttpResponse, outcome_from_status, retry_after
from channels.media.chat import CHAT
from channels.medium import Medium
from channels.message import Accepted, Ambiguous, FailureReason, Form, Message, Outcome, Refused
from channels.reactions import load_reactions
from channels.settings import DriverContext
from channels.wecom_crypto import Envelope

MOST_MARKDOWN = 4096  # bytes of UTF-8 in markdown.content (developer.work.weixin.qq.com/document/path/91770)
MOST_TEXT = 2048  # bytes of UTF-8 in text.content

_REACTIONS = load_reactions("wecom")


class WecomRobotSettings(EndpointSettings):
    """The callback's three values come from the application that members answer; empty takes no callbacks."""

    concurrency: int = 2
    per_second: float = 20 / 60
    burst: int = Field(20, ge=1)
    token: SecretStr = SecretStr("")
    encoding_aes_key: SecretStr = SecretStr("")
    receive_id: str = ""  #: corp id

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [self.token.get_secret_value(), self.encoding_aes_key.get_secret_value(), self.receive_id]
        if any(given) and not all(given):
            raise ValueError("token, encoding_aes_key and receive_id are set together")
        self.envelope()
        return self

    def envelope(self) -> Envelope | None:
        """What callbacks are opened with, None where none are taken. Raises ValueError for an unusable key."""
        if not self.receive_id:
            return None
        return Envelope(self.token.get_secret_value(), self.encoding_aes_key.get_secret_value(), self.receive_id)


class WecomRobot:
    """Posts to the robot's webhook URL, whose key is its only credential. The provider sends no receipts."""

    name: ClassVar[str] = "wecom_robot"
    medium: ClassVar[Medium] = CHAT
    reach: ClassVar[Reach] = Reach.MANY
    correlates_by_reference: ClassVar[bool] = False

    def __init__(self, channel: str, settings: WecomRobotSettings, context: DriverContext) -> None:
        self.limits = settings.limits
        self._channel = channel
        self._now = context.now
        self._envelope = settings.envelope()
        self._endpoints = EndpointClient(settings)

    def destination(self, message: Message) -> str:
        """The robot: the provider limits each on its own."""
        return label(message.to)

    async def send(self, message: Message) -> Outcome:
        if self._now() >= message.expires:
            return Refused(FailureReason.EXPIRED)
        body = render_body(message.form)
        if body is None:
            return Refused(
                FailureReason.REJECTED, f"more than {MOST_MARKDOWN} bytes, and no text of at most {MOST_TEXT}"
            )
        answer = await self._endpoints.post(message.to, body, {"Content-Type": "application/json"})
        return _outcome(answer) if isinstance(answer, HttpResponse) else answer

    def read(self, callback: Callback) -> ParsedCallback:
        """The check of our URL (GET) or a member's message (POST)."""
        if self._envelope is None:
            raise CallbackSignatureRefused("no callback token is configured")
        return wecom_inbound.read(self._channel, self._envelope, callback, self._now())

    async def aclose(self) -> None:
        await self._endpoints.aclose()


def render_body(form: Form) -> bytes | None:
    """The request body: Markdown where it fits, else the plain text, else None. Nothing is ever cut."""
    for kind, content, most in (("markdown", form.body, MOST_MARKDOWN), ("text", form.text, MOST_TEXT)):
        if content and len(content.encode()) <= most:
            return orjson.dumps({"msgtype": kind, kind: {"content": content}})
    return None


def _outcome(answer: HttpResponse) -> Outcome:
    """HTTP 200 says nothing here: the body's `errcode` does."""
    if answer.status in {500, 502, 504}:
        return Ambiguous(f"HTTP {answer.status}")  # nothing in the protocol would keep a repeat from the group
    if not 200 <= answer.status < 300:
        return outcome_from_status(answer.status, retry_after(answer.headers))
    try:
        told = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        told = None
    code = told.get("errcode") if isinstance(told, dict) else None
    if not isinstance(code, int):
        return Ambiguous("no errcode in the answer")
    if code == 0:
        return Accepted()
    reaction = _REACTIONS.get(code)
    return reaction.outcome(code) if reaction is not None else Refused(FailureReason.REJECTED, str(code))


def build(channel: str, settings: WecomRobotSettings, context: DriverContext) -> Driver:
    """The driver of this block."""
    return WecomRobot(channel, settings, context)
