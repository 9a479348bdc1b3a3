"""Callbacks that were refused: one may be a mistake, many at once are somebody trying."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.store.records import alarms
from hub.store.sql.database import Database, StoreUnavailable

log = structlog.get_logger(__name__)

#: so many refused callbacks of one channel within WINDOW_MS are an alarm
MANY = 20
WINDOW_MS = 60_000


@dataclass(slots=True)
class _Count:
    since: int
    refused: int = 0


@dataclass(slots=True)
class ForgeryWatch:
    """Counts refused callbacks by channel in this process. Whoever forges costs at most one write in a window."""

    db: Database
    clock: Clock
    _counts: dict[str, _Count] = field(default_factory=dict)

    async def note(self, channel: str, rule: str) -> None:
        """One more callback of a configured channel was refused; `rule` says why. Never raises."""
        now = to_ms(self.clock.now())
        count = self._counts.get(channel)
        if count is None or now - count.since >= WINDOW_MS:
            count = self._counts[channel] = _Count(now)
        count.refused += 1
        if count.refused != MANY:
            return

        def work(connection: Connection) -> None:
            text = f"{MANY} callbacks within a minute were refused; the last: {rule}"
            alarms.raise_once(connection, now, "forged-callbacks", f"channel/{channel}", text)

        try:
            await self.db.write(work)
        except StoreUnavailable:
            log.warning("alarm_not_stored", channel=channel, rule=rule)
