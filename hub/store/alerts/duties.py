"""Duties that a release opens, in SQL: whom else the law wants told, and who was told how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from hub.store.schema import alerts, duties, officials
from hub.store.sql.rows import must_fit

#: 突发事件应对法 (2024) art. 64: report to the next government above, tell the neighbours who may be hurt, and the
#: local garrison (驻军)
REPORT_UP, NEIGHBOURS, GARRISON = "report-up", "notify-neighbours", "notify-garrison"

DutyRow = Row[Any]


def open_all(connection: Connection, alert: int, now: int, *, garrison: bool) -> None:
    """The duties of a release, in its transaction, that of the garrison where the policy says so; `now` in ms."""
    kinds = (REPORT_UP, NEIGHBOURS, *((GARRISON,) if garrison else ()))
    rows = [{"alert": alert, "kind": kind, "opened_at": now} for kind in kinds]
    connection.execute(insert(duties).values(channel="", receiver="", note=""), rows)


def get(connection: Connection, number: int) -> DutyRow | None:
    """One, locked, with unit and level of its alert. Raises RowUnreadable."""
    query = _select_duties().where(duties.c.id == number)
    row = connection.execute(query.with_for_update(of=duties)).one_or_none()
    if row is not None:
        must_fit(duties, row)
    return row


def list_duties(connection: Connection, alert: int | None, *, only_open: bool) -> Sequence[DutyRow]:
    """Oldest first; of one alert where it is named."""
    query = _select_duties()
    if alert is not None:
        query = query.where(duties.c.alert == alert)
    if only_open:
        query = query.where(duties.c.met_at.is_(None))
    return connection.execute(query.order_by(duties.c.id)).all()


def close(connection: Connection, number: int, **told: Any) -> None:
    connection.execute(update(duties).where(duties.c.id == number).values(**told))


def _select_duties() -> Select[Any]:
    return (
        select(duties, alerts.c.unit, alerts.c.level, officials.c.name)
        .join(alerts, alerts.c.id == duties.c.alert)
        .outerjoin(officials, officials.c.id == duties.c.official)
    )
