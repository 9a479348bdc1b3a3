"""Forgets what was kept long enough (LAW-85): first it says what would go, then it goes, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.errors import Invalid, NotFound
from hub.registry.privacy.reason import demand_reason
from hub.rules.rule import Rule
from hub.settings.settings import RetentionSettings
from hub.store.alerts import alerts
from hub.store.delivery.retention import SORTS, Moment, assess
from hub.store.records import audit
from hub.store.sql.database import Database

BATCH = 5000  #: rows of one write
DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Retention:
    """`settings` names the days of each sort; none means that it is kept for good."""

    db: Database
    clock: Clock
    settings: RetentionSettings

    async def due(self) -> dict[str, int]:
        """How many rows of each sort are too old now; sorts that are kept for good are not named."""
        moments = self._moments()

        def work(connection: Connection) -> dict[str, int]:
            return {name: SORTS[name].count(connection, at) for name, at in moments.items()}

        return await self.db.read(work)

    async def apply(
        self, actor: str, on_progress: Callable[[str, int], None] = lambda _name, _count: None
    ) -> dict[str, int]:
        """Forgets it; how many rows of each sort. Each batch is a transaction; audited once it is through."""
        done: dict[str, int] = {}
        for name, at in self._moments().items():
            forget = partial(SORTS[name].apply, at=at, most=BATCH)
            done[name] = 0
            while count := await self.db.write(forget):
                done[name] += count
                on_progress(name, count)
        if any(done.values()):
            await self.db.write(partial(self._note, actor=actor, done=done))
        return done

    async def assess(self, actor: str, alert: int, until: datetime, reason: str) -> None:
        """Records that what this alert left is needed as evidence until then; until then it is kept (PD-3, LAW-85).

        Raises NotFound, and Invalid for the reason or a day that is over.
        """
        why = demand_reason(reason)
        now, then = to_ms(self.clock.now()), to_ms(until)
        if then <= now:
            raise Invalid("an assessment is for days to come", rule=Rule.PD_3, place="until")

        def work(connection: Connection) -> None:
            if alerts.get(connection, alert) is None:
                raise NotFound(f"there is no alert {alert}", rule=Rule.ALERT_UNKNOWN, place="alert")
            assess(connection, alert, then, why, actor, now)
            detail = {"until": until.isoformat(), "reason": why}
            note: dict[str, Any] = {
                "actor": actor,
                "action": "retention-assessed",
                "subject": f"alert/{alert}",
                "detail": detail,
            }
            audit.append(connection, at_ms=now, **note)

        await self.db.write(work)

    def _moments(self) -> Mapping[str, Moment]:
        kept = self.settings
        days = {
            "feedback_texts": kept.feedback_texts_days,
            "receipt_details": kept.receipt_details_days,
            "delivery_references": kept.delivery_references_days,
            "provider_references": kept.provider_references_days,
            "idempotency_answers": kept.idempotency_answers_days,
            "recipient_lists": kept.recipient_lists_days,
            "deliveries": kept.deliveries_days,
            "co_holders": kept.deliveries_days,
            "audiences_ordered": kept.deliveries_days,
            "audiences_covered": kept.deliveries_days,
            "receipts": kept.receipts_days,
        }
        now = to_ms(self.clock.now())
        return {name: Moment(now - round(many * DAY_MS), now) for name, many in days.items() if many is not None}

    def _note(self, connection: Connection, actor: str, done: Mapping[str, int]) -> None:
        now, detail = to_ms(self.clock.now()), {name: count for name, count in done.items() if count}
        audit.append(connection, at_ms=now, actor=actor, action="retention-applied", subject="retention", detail=detail)
