"""A server that says exactly the bytes it is told to, counts its connections, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PATIENCE_S = 30.0

OK = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"


@dataclass(slots=True)
class Talk:
    """One connection as the server holds it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, *segments: bytes) -> None:
        for segment in segments:
            self.writer.write(segment)
            await self.writer.drain()

    async def gone(self) -> None:
        """Returns when the client has left."""
        try:
            while await self.reader.read(65_536):
                pass
        except ConnectionError:
            pass

    def cut(self) -> None:
        """Resets: the client gets an RST, not an orderly end."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Action = Callable[[Talk], Awaitable[None]]


def says(*segments: bytes) -> Action:
    async def act(talk: Talk) -> None:
        await talk.say(*segments)

    return act


def ends(*segments: bytes) -> Action:
    """Says something and closes in good order."""

    async def act(talk: Talk) -> None:
        await talk.say(*segments)
        talk.writer.close()

    return act


def cuts(*segments: bytes) -> Action:
    async def act(talk: Talk) -> None:
        await talk.say(*segments)
        talk.cut()

    return act


def hangs(*segments: bytes) -> Action:
    """Says something and then nothing until the client leaves."""

    async def act(talk: Talk) -> None:
        await talk.say(*segments)
        await talk.gone()

    return act


@dataclass(slots=True)
class RawServer:
    """Plays the script in the order of the requests, over all connections; beyond it, OK."""

    script: list[Action]
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    opened: int = 0
    open_now: int = 0
    most_open: int = 0
    protocols: list[str] = field(default_factory=list)  #: agreed in each TLS handshake
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.opened += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        tls = writer.get_extra_info("ssl_object")
        if tls is not None:
            self.protocols.append(tls.selected_alpn_protocol())
        try:
            await self._talk(Talk(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open_now -= 1
            writer.close()

    async def _talk(self, talk: Talk) -> None:
        while not talk.writer.is_closing():
            head = await talk.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            self.bodies.append(await talk.reader.readexactly(length))
            self.heads.append(head)
            self.asked.set()
            action = self.script.pop(0) if self.script else says(OK)
            await action(talk)

    async def finish(self) -> None:
        if self._tasks:
            await asyncio.wait_for(asyncio.gather(*self._tasks, return_exceptions=True), PATIENCE_S)


@asynccontextmanager
async def raw_server(script: Sequence[Action] = (), tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """On a free port of this machine. Leaving waits for every connection: the client must have closed its own."""
    server = RawServer(list(script))
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.url = f"http{'s' if tls else ''}://127.0.0.1:{listener.sockets[0].getsockname()[1]}/messages"
    try:
        yield server
        await server.finish()
    finally:
        listener.close()
