"""Outcomes on their way into SQL: collected, committed together, renewing the lease in the same commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.store.delivery import deliveries, provider_references
from hub.store.delivery.deliveries import Settlement
from hub.store.sql.database import Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OutcomeWriter:
    """Where the outcomes of one campaign go; `correlates` when callbacks may carry only the provider's id."""

    db: Database
    clock: Clock
    channel: str
    correlates: bool
    flush_s: float
    batch: int

    def open(self) -> OutcomeLog:
        return OutcomeLog(self)


class OutcomeLog:
    """The outcomes of one chunk. `add` is cheap; `close` returns when every one is durable."""

    def __init__(self, journal: OutcomeWriter) -> None:
        self._journal = journal
        self._buffer: list[Settlement] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writes: set[asyncio.Task[None]] = set()

    def add(self, settlement: Settlement) -> None:
        """Takes an outcome; it is durable at the latest when `close` returns."""
        self._buffer.append(settlement)
        if len(self._buffer) >= self._journal.batch:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._journal.flush_s, self._flush)

    async def close(self) -> None:
        """Writes the rest. Raises StoreUnavailable when the database did not come back in time."""
        self._flush()
        while self._writes:
            await asyncio.gather(*self._writes)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._buffer:
            return
        batch, self._buffer = self._buffer, []
        task = asyncio.get_running_loop().create_task(self._write(batch))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _write(self, batch: Sequence[Settlement]) -> None:
        now = to_ms(self._journal.clock.now())

        def work(connection: Connection) -> int:
            changed = deliveries.settle(connection, batch, now)
            if self._journal.correlates:
                provider_references.learn(connection, self._journal.channel, batch)
            return changed

        changed = await self._journal.db.write(work)
        if changed < len(batch):
            log.info("outcomes_came_late", rows=len(batch) - changed)
