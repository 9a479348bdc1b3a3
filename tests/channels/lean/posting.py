"""A client and the one address it posts to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from yarl import URL

from channels.http import HttpResponse
from channels.lean_http import LeanClient
from channels.message import Ambiguous, Deferred
from tests.channels.lean.raw_server import PATIENCE_S, RawServer

HEADERS = {"Authorization": "Basic c2VjcmV0"}


class Posting:
    """A client and the one address it posts to."""

    def __init__(self, url: str, timeout_s: float, connections: int, connect_s: float) -> None:
        self.client = LeanClient(timeout_s, connections, connect_s=connect_s)
        self.url = URL(url)

    async def post(self, body: bytes = b"x") -> HttpResponse | Deferred | Ambiguous:
        return await self.client.post(self.url, body, HEADERS)

    @property
    def sockets(self) -> int:
        return sum(len(pool._open) for pool in self.client._pools.values())


@asynccontextmanager
async def posting(
    server: RawServer, timeout_s: float = PATIENCE_S, connections: int = 4, connect_s: float = PATIENCE_S
) -> AsyncIterator[Posting]:
    poster = Posting(server.url, timeout_s, connections, connect_s)
    try:
        yield poster
    finally:
        await poster.client.aclose()


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not met():
            await asyncio.sleep(0.001)


def brief(answer: object) -> object:
    """An answer without its header fields."""
    return (answer.status, answer.body) if isinstance(answer, HttpResponse) else answer
