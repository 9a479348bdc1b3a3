"""A telephone company whose subscribers have fates: off, silent, barred, hanging up; and lines that can be held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import parse_qs

from aiohttp import web

from channels.counterparts.counterpart import Knobs
from channels.counterparts.twilio import Script, TwilioCounterpart, TwilioError


class Telephones(TwilioCounterpart):
    """The other end of sms or voice. `fates` is by number; whoever has none gets everything at once.

    off       taken, and reported as undelivered
    silent    taken, and never heard of again
    barred    refused: the person answered STOP (Twilio 21610)
    cut       taken, and the connection broken before the answer
    early     what follows is reported before the request is answered
    confirms  the person presses the key, or answers 收到
    """

    def __init__(self, name: str) -> None:
        super().__init__(Knobs(receipt_s=0.0, answer=0.0), name)
        self.fates: dict[str, str] = {}
        self.arrivals: list[str] = []  #: delivery ids in the order they came
        self.texts: dict[str, str] = {}  #: what was said, by delivery id
        self.stories: dict[str, Script] = {}  #: by delivery id
        self.suspended = False  #: the account is refused, whoever is written to (Twilio 20003)
        self._telling = 0
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        """Nothing is answered until `let_go`, though everything is taken."""
        self._open.clear()

    def let_go(self) -> None:
        self._open.set()

    def owes(self) -> bool:
        """Whether reports are still to be made."""
        return bool(self._later._waiting) or not self._later._due.empty() or self._telling > 0

    async def tell(self, delivery: str, status: str) -> None:
        """Reports a status long after."""
        story = self.stories[delivery]
        await self.hooks.status(story.callback, story.sid, story.to, status)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        to = parse_qs((await request.read()).decode()).get("To", [""])[0]
        answer = await super()._handle(request)
        if self.fates.get(to) == "cut" and request.transport is not None:
            request.transport.abort()
            await asyncio.Event().wait()
        if self.fates.get(to) == "early":
            await TwilioCounterpart._tell(self, next(story for story in self.stories.values() if story.to == to))
        await self._open.wait()
        return answer

    def _take(self, request: web.BaseRequest, body: bytes) -> tuple[Script, bytes]:
        if self.suspended:
            raise TwilioError(401, 20003, "Authenticate")
        story, answer = super()._take(request, body)
        if self.name == "voice" and self.fates.get(story.to) in {"confirms", "early"}:
            story = replace(story, steps=("key:1", "completed"))
        elif self.name == "voice" and story.to not in self.fates:
            story = replace(story, steps=("completed",))
        elif self.fates.get(story.to) == "confirms":
            story = replace(story, steps=(*story.steps, "reply:收到"))
        elif self.fates.get(story.to) == "off":
            story = replace(story, steps=("failed" if self.name == "voice" else "undelivered",))
        delivery = parse_qs(story.callback.partition("?")[2])["delivery"][0]
        self.arrivals.append(delivery)
        self.stories[delivery] = story
        fields = parse_qs(body.decode())
        self.texts[delivery] = (fields.get("Body") or fields.get("Twiml") or [""])[0]
        return story, answer

    def _recipient(self, fields: dict[bytes, bytes]) -> str:  # type: ignore[override]
        to = super()._recipient(fields)
        if self.fates.get(to) == "barred":
            raise TwilioError(400, 21610, "Attempt to send to unsubscribed recipient")
        return to

    async def _tell(self, story: Script) -> None:
        if self.fates.get(story.to) not in {"silent", "cut", "early"}:
            self._telling += 1
            try:
                await super()._tell(story)
            finally:
                self._telling -= 1


@asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """Takes every connection and never says a word."""
    writers: list[asyncio.StreamWriter] = []

    async def listen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    for writer in writers:
        writer.close()
    server.close()
    await server.wait_closed()
