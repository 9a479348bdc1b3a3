"""Refused attempts to change something stand in the audit log: an attempt is a fact. Never what the body said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from hub.app import Hub
from hub.clock import to_ms
from hub.errors import Refusal
from hub.store.records import audit

STATUSES = frozenset({401, 403, 409, 422})
MINUTE_MS = 60_000
NOBODY = "unknown"  #: the actor where no credential was believed


@dataclass(slots=True)
class RefusalLog:
    """Notes what one endpoint refuses; of callers who are not signed in one a minute and rule, lest a flood fill it."""

    method: str
    path: str
    writes: bool
    _minutes: dict[str, int] = field(default_factory=dict)  # rule to the minute it was last noted

    @asynccontextmanager
    async def noting(self, hub: Hub, actor: str) -> AsyncIterator[None]:
        """Notes a refusal of what is done inside, once, and lets it pass on."""
        try:
            yield
        except Refusal as error:
            await self._note(hub, actor, error)
            raise

    async def answer_noting(
        self, hub: Hub, actor: str, work: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """The answer of `work`, whose refusal is noted before anybody turns it into an answer."""
        async with self.noting(hub, actor):
            return await work()

    async def _note(self, hub: Hub, actor: str, error: Refusal) -> None:
        if not self.writes or error.audited or error.status not in STATUSES:
            return
        now = to_ms(hub.clock.now())
        if error.status == 401 and self._minutes.get(error.rule) == now // MINUTE_MS:
            return
        self._minutes[error.rule] = now // MINUTE_MS
        detail = {"rule": error.rule, "status": error.status}
        entry = {"actor": actor, "action": "refused", "subject": f"{self.method} {self.path}"}
        await hub.db.write(lambda connection: audit.append(connection, at_ms=now, detail=detail, **entry))
        error.audited = True
