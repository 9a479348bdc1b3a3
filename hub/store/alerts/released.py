"""Alerts that are out by their rows: who looks for them asks their orders whether it is so.

A cell that does not read says neither yes nor no. Such a row is among those that are found, so that a word in a column
of moments hides no warning that was ordered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from hub.alert.alert import Scope, Status
from hub.alert.lifecycle import Stage
from hub.store.alerts.alert_row import HEAD, AlertHead, AlertRow, fetch_alerts
from hub.store.schema import alerts
from hub.store.sql.rows import fetch_values, fitting
from hub.store.sql.times import is_no_time

UNSAID_MS = 5_000  #: how often what is in force is read anew while a row does not say when it changed


@dataclass(frozen=True, slots=True)
class PublicName:
    """What a public message is known by: its number here, and what others quote of it (CAP 1.2 §3.2.1 references)."""

    id: int
    sender: str
    identifier: str
    sent: str


def warning_rows(connection: Connection, world: str, now: int) -> Sequence[AlertHead]:
    """What by its row warns at `now` (ms); a Cancel does not warn. A row that does not say it is among them: its order
    does.
    """
    query = select(*HEAD).where(
        _may_be_released(),
        alerts.c.world == world,
        alerts.c.msg_type != "Cancel",
        _is_out_at(now),
    )
    return fetch_values(connection, query.order_by(alerts.c.id), AlertHead)


def _is_out_at(moment: int) -> ColumnElement[bool]:
    """Whether the row says that it is released and not over, or has a cell that does not say: its order then does."""
    begun = (alerts.c.released_at <= moment) | is_no_time(alerts.c.released_at)
    return begun & ((alerts.c.expires_at > moment) | is_no_time(alerts.c.expires_at))


def _may_be_released() -> ColumnElement[bool]:
    """Whether it is in none of the stages that are another: one that is no stage hides no warning."""
    return alerts.c.stage.not_in([stage for stage in Stage if stage is not Stage.RELEASED])


def _is_public() -> ColumnElement[bool]:
    """Not known to be meant for others, or to be a relay: a word that is none of CAP's hides no warning."""
    others = (each for each in Status if each is not Status.ACTUAL)
    narrow = (each for each in Scope if each is not Scope.PUBLIC)
    own = alerts.c.relays.is_(None) | is_no_time(alerts.c.relays)
    return alerts.c.status.not_in(list(others)) & alerts.c.scope.not_in(list(narrow)) & own


def maybe_public_at(connection: Connection, moment: int) -> Sequence[AlertRow]:
    """Public messages that by their rows were released by `moment` (ms) and neither ended nor over then, with those
    whose rows do not read: whether they are, their orders say.
    """
    standing = _may_be_released() | (alerts.c.ended_at > moment) | is_no_time(alerts.c.ended_at)
    return fetch_alerts(connection, select(alerts).where(_is_public(), standing, _is_out_at(moment)))


def public_since(connection: Connection, since: int, now: int) -> Sequence[PublicName]:
    """The names of public messages released after `since`, up to `now` (ms), and in force."""
    wanted: list[ColumnElement[Any]] = [alerts.c.id, alerts.c.sender, alerts.c.identifier, alerts.c.sent]
    fresh = (alerts.c.released_at > since) & (alerts.c.released_at <= now) & (alerts.c.expires_at > now)
    query = select(*wanted).where(_is_public(), fresh, alerts.c.stage == Stage.RELEASED)
    return fitting(alerts, fetch_values(connection, query, PublicName))


def last_public_change(connection: Connection, now: int) -> int:
    """When (ms) a public message last came into force or ended, 0 where there never was one. Where a row does not say
    when, it may have been lately.
    """
    times = (alerts.c.released_at, alerts.c.ended_at, alerts.c.expires_at)
    unsaid = select(alerts.c.id).where(_is_public(), or_(*map(is_no_time, times)))
    lately = now - now % UNSAID_MS if connection.execute(unsaid.limit(1)).first() is not None else 0
    found = [
        connection.execute(
            select(func.max(column)).where(_is_public(), alerts.c.released_at <= now, column <= now)
        ).scalar()
        for column in times
    ]
    return max(lately, *(int(value or 0) for value in found))
