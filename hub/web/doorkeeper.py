"""The server says when it is behind with receipts: silence of a carrier is no evidence while its words wait here."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from hub.app import Hub
from hub.clock import to_ms
from hub.store.delivery import receipt_backlogs
from hub.web.background import attempt, running

EVERY_S = 1.0
#: a door is behind when a receipt has waited so long, or the server has not come to look for so long
BEHIND_S = 5.0


@asynccontextmanager
async def watching(hub: Hub) -> AsyncIterator[None]:
    """Runs beside the server, and ends with it."""
    async with running(_watch(hub)):
        yield


async def _watch(hub: Hub) -> None:
    loop = asyncio.get_running_loop()
    name = f"{socket.gethostname()}:{os.getpid()}"[-64:]
    while True:
        slept = loop.time()
        await asyncio.sleep(EVERY_S)
        # A server that is starved wakes late: what is in its sockets meanwhile nobody has counted.
        behind_s = max(loop.time() - slept - EVERY_S, hub.receipts.waiting_s)
        await attempt("door_watch_failed", partial(say, hub, name, behind_s))


async def say(hub: Hub, name: str, behind_s: float) -> None:
    """Writes only while the door is behind: a server that is well costs the database nothing."""
    if behind_s >= BEHIND_S:
        now = to_ms(hub.clock.now())
        await hub.db.write(partial(receipt_backlogs.report, name=name, behind_ms=int(behind_s * 1000), now=now))
