"""Driver tests are rows: a real local server plays the provider, and nothing secret may come out of the driver."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from twilio.twiml.voice_response import Gather, VoiceResponse

from channels.message import Form, Message, Outcome
from channels.registry import open_drivers
from channels.settings import DriverContext

NOON = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)
PUBLIC_URL = "https://hub.example"
ADDRESS = "+8613812345678"
GATHER_URL = f"{PUBLIC_URL}/hooks/it?gather=1&language=zh"
HUGE = 20 * 1024 * 1024
SOON_S, PATIENCE_S = 1.0, 30.0  # time-outs of a driver: where nothing else ends it, and where something does


class Fault(Enum):
    """What a connection may do instead of answering."""

    NONE = auto()
    HANG = auto()  #: reads the request and never answers
    RESET = auto()  #: reads the request and cuts the connection
    CUT = auto()  #: answers the status and cuts inside the body
    SLOW = auto()  #: the body byte by byte, without end in sight
    HUGE = auto()  #: a body of 20 MB


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = Fault.NONE


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request as it should arrive. Of the form and the headers only what is named is compared."""

    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    message: Message
    replies: Sequence[Reply]
    wants: Sequence[Wanted]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    path: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def form(self) -> dict[str, str]:
        pairs = parse_qs(self.body.decode(), keep_blank_values=True, strict_parsing=True)
        return {name: values[0] for name, values in pairs.items()}


class Provider:
    """Answers as scripted, in order; a request beyond the script is answered 500 and seen all the same."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.seen: list[Seen] = []
        self.url = ""
        self._replies = iter(replies)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(Seen(request.path, await request.read(), request.headers))
        reply = next(self._replies, Reply(500, b"beyond the script"))
        match reply.fault:
            case Fault.NONE:
                return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
            case Fault.HANG:
                await asyncio.Event().wait()
            case Fault.HUGE:
                return web.Response(status=reply.status, body=b"x" * HUGE)
            case Fault.SLOW:
                return await self._slowly(request, reply)
            case Fault.CUT:
                await self._begin(request, reply)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _begin(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(status=reply.status, headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"{")
        return response

    async def _slowly(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        response = await self._begin(request, reply)
        while True:  # until the driver goes away, which cancels this handler
            await response.write(b" ")
            await asyncio.sleep(0.02)


@asynccontextmanager
async def provider(replies: Sequence[Reply] = ()) -> AsyncIterator[Provider]:
    """A scripted provider on a free port of this machine."""
    playing = Provider(replies)
    server = web.Server(playing.handle, handler_cancellation=True, access_log=None)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    playing.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield playing
    finally:
        listener.close()
        await server.shutdown(0.1)


def twiml(action: str) -> str:
    """The document of a call that asks for one key, reported to `action`."""
    response, gather = VoiceResponse(), Gather(num_digits=1, action=action, method="POST")
    gather.say("暴雨红色预警，请立即转移。", language="zh-CN")
    response.append(gather)
    return str(response)


def patience(replies: Sequence[Reply]) -> float:
    """The `timeout_s` for a script: short only where nothing but the time-out can end it."""
    endless = any(reply.fault in {Fault.HANG, Fault.SLOW} for reply in replies)
    return SOON_S if endless else PATIENCE_S


def context(now: datetime = NOON) -> DriverContext:
    return DriverContext(PUBLIC_URL, lambda: now)


def a_message(channel: str, body: str, *, to: str = ADDRESS, left_s: float = 3600, **changes: Any) -> Message:
    form = Form(channel, "zh", body)
    return Message(
        **{"delivery": "12-345", "attempt": 2, "to": to, "form": form, "expires": NOON + timedelta(seconds=left_s)}
        | changes
    )


async def check_case(case: Case, block: Mapping[str, object], secrets: Sequence[str], caplog: Any) -> None:
    """Sends the case's message through the driver of `block` (whose base_url becomes the provider's)."""
    caplog.set_level(logging.DEBUG)
    async with provider(case.replies) as playing:
        driver = open_drivers(
            {"it": {**block, "base_url": playing.url, "timeout_s": patience(case.replies)}}, context()
        )["it"]
        try:
            outcome = await driver.send(case.message)
        finally:
            await driver.aclose()
    assert outcome == case.outcome
    assert [seen.path for seen in playing.seen] == [wanted.path for wanted in case.wants]
    for seen, wanted in zip(playing.seen, case.wants, strict=True):
        assert {name: seen.form.get(name) for name in wanted.form} == wanted.form
        assert {name: seen.headers.get(name) for name in wanted.headers} == wanted.headers
    check_quiet([*secrets, case.message.to, case.message.form.body], outcome, driver, caplog)


def check_quiet(secrets: Sequence[str], outcome: Outcome, driver: object, caplog: Any) -> None:
    """Nothing secret stands in the outcome, the driver's own text, or any log line."""
    said = "\n".join([repr(outcome), repr(driver), caplog.text])
    assert [secret for secret in secrets if secret and secret in said] == []
