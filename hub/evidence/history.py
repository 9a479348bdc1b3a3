"""The history of a warning: who wrote, decided, returned, referred and countersigned it, with the audit entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from hub.alert.views import CountersignatureView, DecisionView
from hub.clock import from_ms
from hub.signoff.referral import ReferralView, view
from hub.store.alerts import alerts, countersignatures, referrals
from hub.store.records import audit
from hub.store.schema import referrals as referrals_table
from hub.store.sql.rows import read_rows
from hub.tracking.alerts import decision_view
from hub.transaction import Tx


@dataclass(frozen=True, slots=True)
class AuthorView:
    """`role`: creator, editor, submitter or adopter."""

    official: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of the audit log about the warning; `seq` is its place in the chain."""

    seq: int
    at: datetime
    actor: str
    action: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Everything, oldest first. Decisions that became void stay in it, and so do those that returned or rejected."""

    alert: int
    authors: tuple[AuthorView, ...]
    decisions: tuple[DecisionView, ...]
    referrals: tuple[ReferralView, ...]
    countersignature: CountersignatureView | None
    entries: tuple[EntryView, ...]


def history_of(tx: Tx, alert_id: int) -> HistoryView:
    """Everything that happened to an alert. Raises NotFound."""
    tx.alert(alert_id)
    connection = tx.connection
    return HistoryView(
        alert=alert_id,
        authors=tuple(
            AuthorView(row.name, row.role, from_ms(row.at)) for row in alerts.author_rows(connection, alert_id)
        ),
        decisions=tuple(decision_view(row) for row in alerts.decision_rows(connection, alert_id)),
        referrals=tuple(read_rows(referrals_table, referrals.of_alert(connection, alert_id), view)),
        countersignature=countersignatures.view(connection, alert_id),
        entries=tuple(
            EntryView(entry.seq, from_ms(entry.at_ms), entry.actor, entry.action, orjson.loads(entry.detail))
            for entry in audit.of_subject(connection, f"alert/{alert_id}")
        ),
    )
