"""Countersignatures in SQL: what a shortened flow still owes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hub.clock import from_ms
from hub.delivery import CountersignatureView
from hub.store.schema import countersignatures, officials

CountersignatureRow = Row[Any]


def owe(connection: Connection, alert: int, rule: str, within: timedelta, now: int) -> None:
    """Notes that the release of the alert is to be countersigned in time. `now` in ms."""
    due = now + within // timedelta(milliseconds=1)
    connection.execute(insert(countersignatures).values(alert=alert, rule=rule, due_at=due, reason=""))


def find(connection: Connection, alert: int) -> CountersignatureRow | None:
    """What is owed for the alert, locked."""
    query = select(countersignatures).where(countersignatures.c.alert == alert)
    return connection.execute(query.with_for_update()).one_or_none()


def meet(connection: Connection, alert: int, official: int, verdict: str, reason: str, now: int) -> None:
    given = {"met_at": now, "official": official, "verdict": verdict, "reason": reason}
    connection.execute(update(countersignatures).where(countersignatures.c.alert == alert).values(**given))


def late(connection: Connection, now: int) -> Sequence[CountersignatureRow]:
    """Those that have become overdue since anybody looked; they are marked, so each is found once."""
    table = countersignatures
    fresh = (table.c.due_at <= now, table.c.met_at.is_(None), table.c.overdue_at.is_(None))
    rows = connection.execute(select(table).where(*fresh).order_by(table.c.alert).with_for_update()).all()
    for row in rows:
        connection.execute(update(table).where(table.c.alert == row.alert).values(overdue_at=now))
    return rows


def view(connection: Connection, alert: int) -> CountersignatureView | None:
    """As officials see it; None where nothing was ever owed."""
    query = (
        select(countersignatures, officials.c.name)
        .outerjoin(officials, officials.c.id == countersignatures.c.official)
        .where(countersignatures.c.alert == alert)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return CountersignatureView(
        due=from_ms(row.due_at),
        overdue=from_ms(row.overdue_at) if row.overdue_at else None,
        met=from_ms(row.met_at) if row.met_at else None,
        by=row.name or "",
        verdict=row.verdict or "",
        reason=row.reason,
    )
