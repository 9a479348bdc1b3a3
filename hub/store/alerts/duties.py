"""Duties that a release opens, in SQL: whom else the law wants told, and who was told how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, Select, insert, select, update

from hub.store.schema import alerts, duties, officials
from hub.store.sql.rows import fetch_value, fetch_values, must_fit

#: 突发事件应对法 (2024) art. 64: report to the next government above, tell the neighbours who may be hurt, and the
#: local garrison (驻军)
REPORT_UP, NEIGHBOURS, GARRISON = "report-up", "notify-neighbours", "notify-garrison"


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty as its row has it, with unit and level of its alert and the name of who met it. Times in ms."""

    id: int
    alert: int
    kind: str
    opened_at: int
    met_at: int | None
    official: int | None
    channel: str
    receiver: str
    note: str
    unit: str
    level: int
    name: str | None


class MetDuty(TypedDict):
    """That a duty was met: when (ms), as which official noted it, and who was told by what means."""

    met_at: int
    official: int
    channel: str
    receiver: str
    note: str


def open_all(connection: Connection, alert: int, now: int, *, garrison: bool) -> None:
    """The duties of a release, in its transaction, that of the garrison where the policy says so; `now` in ms."""
    kinds = (REPORT_UP, NEIGHBOURS, *((GARRISON,) if garrison else ()))
    rows = [{"alert": alert, "kind": kind, "opened_at": now} for kind in kinds]
    connection.execute(insert(duties).values(channel="", receiver="", note=""), rows)


def get(connection: Connection, number: int) -> DutyRow | None:
    """One, locked. Raises RowUnreadable."""
    query = _select_duties().where(duties.c.id == number)
    row = fetch_value(connection, query.with_for_update(of=duties), DutyRow)
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
    return fetch_values(connection, query.order_by(duties.c.id), DutyRow)


def close(connection: Connection, number: int, **told: Unpack[MetDuty]) -> None:
    connection.execute(update(duties).where(duties.c.id == number).values(**told))


def _select_duties() -> Select[Any]:
    return (
        select(duties, alerts.c.unit, alerts.c.level, officials.c.name)
        .join(alerts, alerts.c.id == duties.c.alert)
        .outerjoin(officials, officials.c.id == duties.c.official)
    )
