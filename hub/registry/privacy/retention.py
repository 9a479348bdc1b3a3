"""Forgets what was kept long enough (LAW-85): first it says what would go, then it goes, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from hub.clock import to_ms
from hub.errors import Invalid
from hub.registry.privacy.reason import demand_reason
from hub.rules.rule import Rule
from hub.settings.settings import RetentionSettings
from hub.store.delivery.retention import SORTS, Moment, RetentionClass, assess
from hub.transaction import Transactions, Tx

BATCH = 5000  #: rows of one write
DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Retention:
    """`settings` names the days of each sort; none means that it is kept for good."""

    transactions: Transactions
    settings: RetentionSettings

    def due(self, tx: Tx) -> dict[str, int]:
        """How many rows of each sort are too old now; sorts that are kept for good are not named."""
        return {name: SORTS[name].count(tx.connection, at) for name, at in self._moments(tx.now_ms).items()}

    async def apply(
        self, actor: str, on_progress: Callable[[str, int], None] = lambda _name, _count: None
    ) -> dict[str, int]:
        """Forgets it; how many rows of each sort. Each batch is a transaction; audited once it is through."""
        done: dict[str, int] = {}
        for name, at in self._moments(to_ms(self.transactions.clock.now())).items():
            forget = partial(_forget, sort=SORTS[name], at=at)
            done[name] = 0
            while count := await self.transactions.write(actor, forget):
                done[name] += count
                on_progress(name, count)
        if any(done.values()):
            gone = {name: count for name, count in done.items() if count}
            await self.transactions.write(actor, lambda tx: tx.audit("retention-applied", "retention", gone))
        return done

    def assess(self, tx: Tx, alert: int, until: datetime, reason: str) -> None:
        """Records that what this alert left is needed as evidence until then; until then it is kept (PD-3, LAW-85).

        Raises NotFound, and Invalid for the reason or a day that is over.
        """
        why = demand_reason(reason)
        then = to_ms(until)
        if then <= tx.now_ms:
            raise Invalid("an assessment is for days to come", rule=Rule.PD_3, place="until")
        tx.alert(alert)
        assess(tx.connection, alert, then, why, tx.actor, tx.now_ms)
        tx.audit("retention-assessed", f"alert/{alert}", {"until": until.isoformat(), "reason": why})

    def _moments(self, now: int) -> Mapping[str, Moment]:
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
        return {name: Moment(now - round(many * DAY_MS), now) for name, many in days.items() if many is not None}


def _forget(tx: Tx, *, sort: RetentionClass, at: Moment) -> int:
    """Forgets one batch; how many rows."""
    return sort.apply(tx.connection, at=at, most=BATCH)
