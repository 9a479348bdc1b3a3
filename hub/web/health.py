"""Liveness and readiness: whether the process answers, and whether it could do its work right now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog
from aiohttp import web
from sqlalchemy import Connection, delete, insert

from hub.store.schema import leases
from hub.web.guard import request_id
from hub.web.key import HUB

log = structlog.get_logger(__name__)

PATIENCE_S = 3.0  #: a part that takes longer is not ready


async def healthz(_request: web.Request) -> web.Response:
    """GET /healthz: the process is alive; asks nobody else, so that a sick database does not restart a sound hub."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """GET /readyz: 200 when a write was committed and the queue answered, else 503 naming what is away."""
    hub = request.app[HUB]
    mark = f"ready-{request_id(request)}"[:64]
    parts = {"database": hub.db.write(lambda connection: _touch(connection, mark)), "queue": hub.queue.ping()}
    states = await asyncio.gather(*(_state(name, check) for name, check in parts.items()))
    answers = dict(zip(parts, states, strict=True))
    ready = set(states) == {"ok"}
    return web.json_response({"status": "ok" if ready else "away", "parts": answers}, status=200 if ready else 503)


async def _state(name: str, check: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await check
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the part is not ready
        log.warning("not_ready", part=name, error=type(error).__name__)
        return "away"
    return "ok"


def _touch(connection: Connection, mark: str) -> None:
    # A real row, gone in the same commit: proves the disk takes writes and leaves nothing behind.
    connection.execute(insert(leases).values(name=mark, owner="", until=0))
    connection.execute(delete(leases).where(leases.c.name == mark))
