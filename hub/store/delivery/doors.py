"""Servers that are behind with the reports of providers: each says so itself while it is."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from hub.store.schema import doors

#: a word of a server that is behind holds so long; it repeats it more often
FRESH_MS = 30_000


def report(connection: Connection, name: str, behind_ms: int, now: int) -> None:
    """Keeps that the server is so far behind at `now` (ms)."""
    connection.execute(delete(doors).where((doors.c.name == name) | (doors.c.at < now - FRESH_MS)))
    connection.execute(doors.insert().values(name=name, behind_ms=behind_ms, at=now))


def behind_ms(connection: Connection, now: int) -> int:
    """How far the slowest server is behind, 0 where none has said that it is."""
    query = select(func.max(doors.c.behind_ms)).where(doors.c.at > now - FRESH_MS)
    return int(connection.execute(query).scalar() or 0)
