"""A hub for the length of one command."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from hub.app import Hub, build
from hub.logging import configure
from hub.settings import load, load_channels

T = TypeVar("T")


@contextmanager
def opened() -> Iterator[Hub]:
    """The hub of the settings in force, for synchronous commands; closed at the end."""
    hub = _build()
    try:
        yield hub
    finally:
        asyncio.run(hub.aclose())


@asynccontextmanager
async def running() -> AsyncIterator[Hub]:
    """The same inside a running loop."""
    hub = _build()
    try:
        yield hub
    finally:
        await hub.aclose()


def run(command: Callable[[Hub], Awaitable[T]]) -> T:
    """Runs one asynchronous command on a hub of its own."""

    async def main() -> T:
        async with running() as hub:
            return await command(hub)

    return asyncio.run(main())


def _build() -> Hub:
    settings = load(os.environ)
    configure(settings.log)
    return build(settings, load_channels(os.environ))
