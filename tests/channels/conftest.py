"""A provider that answers from a script, byte for byte, and remembers what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

HANG = b"<hang>"
RESET = b"<reset>"


@dataclass(slots=True)
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Script:
    """A listening server: `replies` are given in turn, the last one for ever."""

    port: int
    replies: list[bytes]
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def next_reply(self) -> bytes:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    raw = dict(line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in raw.items()}
    return Request(head[0], headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@pytest.fixture
async def provider() -> AsyncIterator[Callable[..., Awaitable[Script]]]:
    """`await provider(*replies)` opens a scripted server; HANG never answers, RESET breaks the connection."""
    opened: list[asyncio.Server] = []
    over = asyncio.Event()

    async def open_one(*replies: bytes) -> Script:
        script = Script(0, list(replies))

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    script.requests.append(await _request(reader))
                    answer = script.next_reply()
                    if answer == HANG:
                        await over.wait()
                        return
                    if answer == RESET:
                        writer.transport.abort()
                        return
                    writer.write(answer)
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        opened.append(server)
        script.port = server.sockets[0].getsockname()[1]
        return script

    yield open_one
    over.set()
    for server in opened:
        server.close()
        await server.wait_closed()
