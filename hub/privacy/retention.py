"""Forgets what was kept long enough (LAW-85): first it says what would go, then it goes, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.settings import RetentionSettings
from hub.store import audit
from hub.store.database import Database
from hub.store.retention import SORTS

BATCH = 5000  #: rows of one write
DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Retention:
    """`settings` names the days of each sort; none means that it is kept until somebody has assessed it (PD-3)."""

    db: Database
    clock: Clock
    settings: RetentionSettings

    async def due(self) -> dict[str, int]:
        """How many rows of each sort are too old now; sorts that are kept for good are not named."""
        befores = self._befores()

        def work(connection: Connection) -> dict[str, int]:
            return {name: SORTS[name].count(connection, before) for name, before in befores.items()}

        return await self.db.read(work)

    async def apply(
        self, actor: str, on_progress: Callable[[str, int], None] = lambda _name, _count: None
    ) -> dict[str, int]:
        """Forgets it; how many rows of each sort. Each batch is a transaction; audited once it is through."""
        done: dict[str, int] = {}
        for name, before in self._befores().items():
            forget = partial(SORTS[name].apply, before=before, most=BATCH)
            done[name] = 0
            while count := await self.db.write(forget):
                done[name] += count
                on_progress(name, count)
        if any(done.values()):
            await self.db.write(partial(self._note, actor=actor, done=done))
        return done

    def _befores(self) -> Mapping[str, int]:
        kept = self.settings
        days = {
            "feedback_texts": kept.feedback_texts_days,
            "receipt_details": kept.receipt_details_days,
            "delivery_references": kept.delivery_references_days,
            "provider_references": kept.provider_references_days,
            "idempotency_answers": kept.idempotency_answers_days,
            "deliveries": kept.deliveries_days,
            "receipts": kept.receipts_days,
        }
        now = to_ms(self.clock.now())
        return {name: now - round(many * DAY_MS) for name, many in days.items() if many is not None}

    def _note(self, connection: Connection, actor: str, done: Mapping[str, int]) -> None:
        now, detail = to_ms(self.clock.now()), {name: count for name, count in done.items() if count}
        audit.append(connection, at_ms=now, actor=actor, action="retention-applied", subject="retention", detail=detail)
