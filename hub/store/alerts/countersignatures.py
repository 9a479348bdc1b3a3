"""Countersignatures in SQL: what a shortened flow still owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from approvals.decision import Decision
from hub.alert.views import CountersignatureView
from hub.clock import from_ms, to_ms
from hub.store.schema import alerts, countersignatures, officials
from hub.store.sql.rows import fetch_value, fetch_values, fitting, must_fit, read_row


@dataclass(frozen=True, slots=True)
class CountersignatureRow:
    """A countersignature, owed or given, as its row has it. Times in ms."""

    alert: int
    rule: str
    due_at: int
    overdue_at: int | None
    met_at: int | None
    official: int | None
    verdict: str | None
    reason: str
    seal: str | None
    checked_at: int | None


@dataclass(frozen=True, slots=True)
class DueCountersignature(CountersignatureRow):
    """One whose time has come, with the digest of its alert."""

    digest: str | None


def owe(connection: Connection, alert: int, rule: str, within: timedelta, now: int) -> None:
    """Notes that the release of the alert is to be countersigned in time. `now` in ms."""
    due = now + within // timedelta(milliseconds=1)
    connection.execute(insert(countersignatures).values(alert=alert, rule=rule, due_at=due, reason=""))


def find(connection: Connection, alert: int) -> CountersignatureRow | None:
    """What is owed for the alert, locked. Raises RowUnreadable."""
    query = select(countersignatures).where(countersignatures.c.alert == alert)
    row = fetch_value(connection, query.with_for_update(), CountersignatureRow)
    if row is not None:
        must_fit(countersignatures, row)
    return row


def meet(connection: Connection, alert: int, decision: Decision) -> None:
    """Keeps the countersignature with its seal."""
    given = {
        "met_at": to_ms(decision.at),
        "official": decision.official.id,
        "verdict": decision.verdict,
        "reason": decision.reason,
        "seal": decision.seal,
    }
    connection.execute(update(countersignatures).where(countersignatures.c.alert == alert).values(**given))


def due(connection: Connection, now: int) -> Sequence[DueCountersignature]:
    """Those whose time has come since anybody looked, locked; of rows that read."""
    table = countersignatures
    fresh = (table.c.due_at <= now, table.c.checked_at.is_(None))
    query = select(table, alerts.c.digest).join(alerts, alerts.c.id == table.c.alert).where(*fresh)
    query = query.order_by(table.c.alert).with_for_update(of=table)
    return fitting(table, fetch_values(connection, query, DueCountersignature))


def note_check(connection: Connection, alert: int, now: int, *, overdue: bool) -> None:
    """Notes that somebody looked, so that each is looked at once, and whether it was overdue."""
    values = {"checked_at": now, "overdue_at": now if overdue else None}
    connection.execute(update(countersignatures).where(countersignatures.c.alert == alert).values(**values))


def view(connection: Connection, alert: int) -> CountersignatureView | None:
    """As officials see it; None where nothing was ever owed. Raises RowUnreadable."""
    query = (
        select(countersignatures, officials.c.name)
        .outerjoin(officials, officials.c.id == countersignatures.c.official)
        .where(countersignatures.c.alert == alert)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else read_row(countersignatures, row, _view)


def _view(row: Row[Any]) -> CountersignatureView:
    return CountersignatureView(
        due=from_ms(row.due_at),
        overdue=from_ms(row.overdue_at) if row.overdue_at else None,
        met=from_ms(row.met_at) if row.met_at else None,
        by=row.name or "",
        verdict=row.verdict or "",
        reason=row.reason,
    )
