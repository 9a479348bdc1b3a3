"""Alarms: what somebody must look at. Each is also an entry of the audit log, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, select

from hub.store.records import audit
from hub.store.schema import alarms
from hub.store.sql.rows import fetch_values

QUIET_MS = 3600 * 1000  #: how long the same alarm is not raised again


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm as its row has it; `at` in ms."""

    id: int
    at: int
    kind: str
    subject: str
    detail: str


def raise_alarm(connection: Connection, now: int, kind: str, subject: str, detail: str) -> None:
    """`detail` names the rule; never an address or a text."""
    connection.execute(insert(alarms).values(at=now, kind=kind, subject=subject, detail=detail))
    audit.append(connection, at_ms=now, actor="hub", action=f"alarm:{kind}", subject=subject, detail={"detail": detail})


def raise_once(connection: Connection, now: int, kind: str, subject: str, detail: str) -> None:
    """Raises an alarm, unless just this was raised within the last hour: who tries a thousand times is heard once."""
    just_this = and_(alarms.c.kind == kind, alarms.c.subject == subject, alarms.c.detail == detail)
    if connection.execute(select(alarms.c.id).where(just_this, alarms.c.at > now - QUIET_MS).limit(1)).first() is None:
        raise_alarm(connection, now, kind, subject, detail)


def recent(connection: Connection, limit: int = 100) -> Sequence[AlarmRow]:
    """Newest first."""
    return fetch_values(connection, select(alarms).order_by(alarms.c.id.desc()).limit(limit), AlarmRow)


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(alarms)).scalar_one())
