"""Alarms: what somebody must look at. Each is also an entry of the audit log, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from hub.store import audit
from hub.store.schema import alarms


def raise_alarm(connection: Connection, now: int, kind: str, subject: str, detail: str) -> None:
    """`detail` names the rule; never an address or a text."""
    connection.execute(insert(alarms).values(at=now, kind=kind, subject=subject, detail=detail))
    audit.append(connection, at_ms=now, actor="hub", action=f"alarm:{kind}", subject=subject, detail={"detail": detail})


def recent(connection: Connection, limit: int = 100) -> Sequence[Row[Any]]:
    """Newest first."""
    return connection.execute(select(alarms).order_by(alarms.c.id.desc()).limit(limit)).all()


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(alarms)).scalar_one())
