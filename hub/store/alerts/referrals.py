"""Referrals in SQL: drafts in the inbox of the unit that is competent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from sqlalchemy import Connection, Select, insert, select, update

from approvals.level import Level
from hub.store.schema import alerts, officials, referrals
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import fetch_value, fetch_values, fitting, must_fit

OPEN, ADOPTED, RETURNED, DECLINED, PASSED_ON = "open", "adopted", "returned", "declined", "passed-on"
STATES = (OPEN, ADOPTED, RETURNED, DECLINED, PASSED_ON)


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """A referral as its row has it. Times in ms."""

    id: int
    alert: int
    from_unit: str
    to_unit: str
    rule: str
    reason: str
    official: int
    at: int
    due_at: int
    state: str
    closed_by: int | None
    closed_at: int | None
    closed_reason: str


@dataclass(frozen=True, slots=True)
class ListedReferral(ReferralRow):
    """One as it is shown: with the name of who referred it and the version its draft is at."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class LateReferral(ReferralRow):
    """One whose time is over, with the level of its alert."""

    level: int


class NewReferral(TypedDict):
    """A referral as it is opened. Times in ms."""

    alert: int
    from_unit: str
    to_unit: str
    rule: str
    reason: str
    official: int
    at: int
    due_at: int


def add(connection: Connection, values: NewReferral) -> int:
    """A new open one; returns its id."""
    return add_row(connection, referrals, insert(referrals).values(**values, state=OPEN, closed_reason=""))


def get(connection: Connection, number: int) -> ReferralRow | None:
    """One, locked. Raises RowUnreadable."""
    query = select(referrals).where(referrals.c.id == number).with_for_update()
    row = fetch_value(connection, query, ReferralRow)
    if row is not None:
        must_fit(referrals, row)
    return row


def close(connection: Connection, number: int, state: str, official: int, reason: str, now: int) -> None:
    closed = {"state": state, "closed_by": official, "closed_reason": reason, "closed_at": now}
    connection.execute(update(referrals).where(referrals.c.id == number).values(**closed))


def close_all(connection: Connection, alert: int, state: str, reason: str, now: int) -> None:
    """Closes whatever is open for an alert that has ended."""
    mine = (referrals.c.alert == alert, referrals.c.state == OPEN)
    connection.execute(update(referrals).where(*mine).values(state=state, closed_reason=reason, closed_at=now))


def list_referrals(connection: Connection, state: str | None, unit: str | None = None) -> Sequence[ListedReferral]:
    """Oldest first."""
    query = _select_with_names()
    if state is not None:
        query = query.where(referrals.c.state == state)
    if unit is not None:
        query = query.where(referrals.c.to_unit == unit)
    return fetch_values(connection, query.order_by(referrals.c.id), ListedReferral)


def find_referral(connection: Connection, number: int) -> ListedReferral | None:
    return fetch_value(connection, _select_with_names().where(referrals.c.id == number), ListedReferral)


def of_alert(connection: Connection, alert: int) -> Sequence[ListedReferral]:
    query = _select_with_names().where(referrals.c.alert == alert).order_by(referrals.c.id)
    return fetch_values(connection, query, ListedReferral)


def units_by_alert(connection: Connection, among: Collection[int]) -> Mapping[int, frozenset[str]]:
    """The units that referred each of these alerts, and those it was referred to; without those nobody referred."""
    query = select(referrals.c.alert, referrals.c.from_unit, referrals.c.to_unit)
    found: dict[int, frozenset[str]] = {}
    for alert, *both in connection.execute(query.where(referrals.c.alert.in_(list(among)))):
        found[alert] = found.get(alert, frozenset()).union(name for name in both if isinstance(name, str))
    return found


def late(connection: Connection, now: int) -> Sequence[LateReferral]:
    """Open ones whose time is over, locked.

    Those that somebody is answering at this moment are left out, and those whose rows do not read.
    """
    query = (
        select(referrals, alerts.c.level)
        .join(alerts, alerts.c.id == referrals.c.alert)
        .where(referrals.c.state == OPEN, referrals.c.due_at <= now)
        .order_by(referrals.c.id)
        .with_for_update(of=referrals, skip_locked=True)
    )
    found = fitting(referrals, fetch_values(connection, query, LateReferral))
    return [row for row in found if row.level in set(Level)]


def postpone(connection: Connection, number: int, due: int) -> None:
    connection.execute(update(referrals).where(referrals.c.id == number).values(due_at=due))


def _select_with_names() -> Select[Any]:
    return (
        select(referrals, officials.c.name, alerts.c.version)
        .join(officials, officials.c.id == referrals.c.official)
        .join(alerts, alerts.c.id == referrals.c.alert)
    )
