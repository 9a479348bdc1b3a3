"""Twilio's end: takes messages and calls over its REST forms, and reports them by signed callbacks."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

import orjson
from aiohttp import web
from lxml import etree

from channels.counterparts.counterpart import Counts, FaultInjector, Knobs, ProviderLimit
from channels.counterparts.fate import is_bad
from channels.counterparts.later import DelayedJobs
from channels.counterparts.twilio_hooks import Hooks

ACCOUNT = "AC" + "0" * 32
AUTH_TOKEN = "counterpart-token"  # noqa: S105 - of a server that exists only on loopback
SENDER = "+861012379000"
OFFICIALS = "+861390000"  # numbers of the demonstration's officials: what they are told is no warning to the public
WRONG_NUMBERS = "+8619900"  # numbers of the synthetic towns that nobody has

_MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
_CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
_DELIVERY = re.compile(r"[?&]delivery=([^&]*)")
_JSON = {"Content-Type": "application/json"}
_XML = etree.XMLParser(resolve_entities=False, no_network=True)


@dataclass(frozen=True, slots=True)
class Script:
    """What happens next to one message or call: `steps` are statuses, or keys to press, still to be reported."""

    sid: str
    to: str
    callback: str
    steps: tuple[str, ...]
    action: str = ""  #: where a key is reported


class TwilioError(Exception):
    """A request Twilio would not take: HTTP status, its own code, and words."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class TwilioCounterpart:
    """One account. `name` is the channel it stands behind: sms or voice; it speaks both all the same."""

    def __init__(self, knobs: Knobs, name: str = "sms", statuses: tuple[str, ...] = ("delivered",)) -> None:
        self.name = name
        self.knobs = knobs
        self.counts = Counts()
        self.hooks = Hooks(ACCOUNT, AUTH_TOKEN)
        self._statuses = statuses
        self._temper = FaultInjector(knobs)
        self._throttle = ProviderLimit()
        self._later: DelayedJobs[Script] = DelayedJobs(self._tell)
        self._authorization = "Basic " + base64.b64encode(f"{ACCOUNT}:{AUTH_TOKEN}".encode()).decode()
        self._sids = secrets.token_hex(8)
        self._inbound_url = ""
        self._actions: dict[bytes, str] = {}
        self._server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._listener: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, host, port, backlog=1024)
        self._later.start()

    @property
    def url(self) -> str:
        """The driver's `base_url`."""
        if self._listener is None:
            raise RuntimeError("not started")
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def block(self) -> dict[str, object]:
        """The driver's block that reaches this counterpart."""
        driver = "twilio_voice" if self.name == "voice" else "twilio_sms"
        return {
            "driver": driver,
            "base_url": self.url,
            "account": ACCOUNT,
            "auth_token": AUTH_TOKEN,
            "sender": SENDER,
        }

    async def inbound(self, said: Mapping[str, str]) -> str:
        """A citizen writes: `from`, `body`, and `url` where no message has yet told us the hook. Answers the sid.

        Raises ValueError when there is nowhere to send it.
        """
        url = said.get("url") or self._inbound_url
        if not url:
            raise ValueError("url: no message has come through yet, so the hook is not known")
        sid = self._sid("SM")
        await self.hooks.inbound(url, sid, said["from"], said.get("to", SENDER), said["body"])
        return sid

    async def aclose(self) -> None:
        if self._listener is not None:
            self._listener.close()
        await self._later.aclose()
        await self.hooks.aclose()
        await self._server.shutdown(0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        await self._temper.linger(self.knobs)
        try:
            story, answer = self._take(request, body)
        except TwilioError as refusal:
            return _refuse(refusal)
        if self.knobs.loss == 0 or not self._temper.strikes(self.knobs.loss):
            self._later.after(self.knobs.receipt_s, story)
        if self.knobs.hang and self._temper.strikes(self.knobs.hang):
            await asyncio.Event().wait()  # until the client gives up, which cancels this handler
        return web.Response(status=201, body=answer, headers=_JSON)

    def _take(self, request: web.BaseRequest, body: bytes) -> tuple[Script, bytes]:
        if request.method != "POST" or request.path not in (_MESSAGES, _CALLS):
            raise TwilioError(404, 20404, "The requested resource was not found")
        if request.headers.get("Authorization") != self._authorization:
            self.counts.refused += 1
            raise TwilioError(401, 20003, "Authenticate")
        if self._throttle.exceeds(asyncio.get_running_loop().time(), self.knobs.throttle_per_s):
            self.counts.throttled += 1
            raise TwilioError(429, 20429, "Too Many Requests")
        if self.knobs.error and self._temper.strikes(self.knobs.error):
            raise TwilioError(503, 20503, "Service Unavailable")
        fields = dict(field.partition(b"=")[::2] for field in body.split(b"&"))
        try:
            story = self._call(fields) if request.path == _CALLS else self._message(fields)
        except TwilioError:
            self.counts.refused += 1
            raise
        if story.to.startswith(OFFICIALS):
            self.counts.officials += 1
        else:
            self.counts.take(_delivery(story.callback) or story.sid, _text_of(fields))
        return story, _render_created(story, fields)

    def _message(self, fields: Mapping[bytes, bytes]) -> Script:
        to = self._recipient(fields)
        if not fields.get(b"From") and not fields.get(b"MessagingServiceSid"):
            raise TwilioError(400, 21603, "A 'From' phone number is required")
        if not fields.get(b"Body"):
            raise TwilioError(400, 21602, "Message body is required")
        validity = fields.get(b"ValidityPeriod", b"1")
        if not validity.isdigit() or not 1 <= int(validity) <= 36_000:
            raise TwilioError(400, 90007, "ValidityPeriod is not in 1..36000")
        callback = _text(fields, b"StatusCallback")
        self._inbound_url = callback.partition("?")[0]
        steps = self._statuses
        if self.knobs.undelivered and self._temper.strikes(self.knobs.undelivered):
            steps = (*steps[:-1], "undelivered")
        elif self.knobs.answer and self._temper.strikes(self.knobs.answer):
            steps = (*steps, "reply:收到")
        return Script(self._sid("SM"), to, callback, steps)

    def _call(self, fields: Mapping[bytes, bytes]) -> Script:
        to = self._recipient(fields)
        if not fields.get(b"From"):
            raise TwilioError(400, 21213, "'From' is required")
        document = fields.get(b"Twiml", b"")
        if not document:
            raise TwilioError(400, 21205, "Twiml is required here: this end fetches no Url")
        action = self._action(document)
        steps: tuple[str, ...] = ("no-answer",)
        if self.knobs.undelivered and self._temper.strikes(self.knobs.undelivered):
            steps = ("failed",)
        elif self.knobs.answer and self._temper.strikes(self.knobs.answer):
            steps = ("key:1", "completed") if action else ("completed",)
        return Script(self._sid("CA"), to, _text(fields, b"StatusCallback"), steps, action)

    def _recipient(self, fields: Mapping[bytes, bytes]) -> str:
        to = _text(fields, b"To")
        if not to:
            raise TwilioError(400, 21604, "A 'To' phone number is required")
        unlucky = is_bad(to, self.knobs.bad_address, self.knobs.seed)
        if unlucky or to.startswith(WRONG_NUMBERS) or not (to[:1] == "+" and to[1:].isdigit() and 8 <= len(to) <= 16):
            raise TwilioError(400, 21211, "Invalid 'To' Phone Number")
        return to

    def _action(self, document: bytes) -> str:
        """The Gather action of a document that thousands of calls share; empty where no key is asked for."""
        if document not in self._actions:
            try:
                root = etree.fromstring(unquote_plus(document.decode()).encode(), _XML)
            except (etree.XMLSyntaxError, UnicodeDecodeError):
                raise TwilioError(400, 12100, "Document parse failure") from None
            gather = next(root.iter("Gather"), None)
            self._actions[document] = "" if gather is None else gather.get("action", "")
        return self._actions[document]

    def _sid(self, kind: str) -> str:
        number = self.counts.received + self.hooks.inbounds
        return f"{kind}{self._sids}{number:016x}"

    async def _tell(self, story: Script) -> None:
        step, rest = story.steps[0], story.steps[1:]
        kind, _, said = step.partition(":")
        if kind == "key":
            await self.hooks.key(story.action, story.sid, story.to, said)
        elif kind == "reply":
            await self.hooks.inbound(self._inbound_url, f"{story.sid[:-1]}r", story.to, SENDER, said)
        elif story.callback:
            await self.hooks.status(story.callback, story.sid, story.to, step)
            if self.knobs.duplicate_receipts and self._temper.strikes(self.knobs.duplicate_receipts):
                rest = (step, *rest)
        if rest:
            self._later.after(self.knobs.receipt_s, Script(story.sid, story.to, story.callback, rest, story.action))


def _text(fields: Mapping[bytes, bytes], name: bytes) -> str:
    return unquote_plus(fields.get(name, b"").decode("ascii", "replace"))


def _text_of(fields: Mapping[bytes, bytes]) -> str:
    """What is sent or read out: the text of a message, the document of a call."""
    return _text(fields, b"Body") or _text(fields, b"Twiml")


def _delivery(callback: str) -> str:
    """Our hub's delivery id, as it stands in the callback URL."""
    found = _DELIVERY.search(callback)
    return unquote_plus(found[1]) if found else ""


def _render_created(story: Script, fields: Mapping[bytes, bytes]) -> bytes:
    # Written by hand, because benchmarks compare clients and not this server: nothing in it needs escaping but `from`.
    kind = "Calls" if story.sid.startswith("CA") else "Messages"
    origin = orjson.dumps(_text(fields, b"From")).decode() if b"From" in fields else "null"
    return (
        f'{{"sid":"{story.sid}","account_sid":"{ACCOUNT}","api_version":"2010-04-01","to":"{story.to}","from":{origin},'
        '"status":"queued","direction":"outbound-api","error_code":null,"error_message":null,'
        f'"uri":"/2010-04-01/Accounts/{ACCOUNT}/{kind}/{story.sid}.json"}}'
    ).encode()


def _refuse(refusal: TwilioError) -> web.Response:
    told = {
        "code": refusal.code,
        "message": str(refusal),
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
    headers = _JSON | ({"Retry-After": "1"} if refusal.status == 429 else {})
    return web.Response(status=refusal.status, body=orjson.dumps(told), headers=headers)
