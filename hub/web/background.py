"""Work that goes on beside a server for as long as it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from hub.store.sql.database import StoreUnavailable

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the work meanwhile, and ends it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def attempt(name: str, act: Callable[[], Awaitable[object]]) -> None:
    """One round of such work: a store that is away is waited for, and any other fault is logged and ends no more than
    the round.
    """
    try:
        await act()
    except StoreUnavailable:
        pass
    except Exception:  # one fault must not end the work for as long as the server runs
        log.exception(name)
