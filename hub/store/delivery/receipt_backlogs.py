"""Servers that are behind with the reports of providers: each says so itself while it is."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from hub.store.schema import receipt_backlogs

#: a word of a server that is behind holds so long; it repeats it more often
FRESH_MS = 30_000


def report(connection: Connection, name: str, behind_ms: int, now: int) -> None:
    """Keeps that the server is so far behind at `now` (ms)."""
    connection.execute(
        delete(receipt_backlogs).where((receipt_backlogs.c.name == name) | (receipt_backlogs.c.at < now - FRESH_MS))
    )
    connection.execute(receipt_backlogs.insert().values(name=name, behind_ms=behind_ms, at=now))


def behind_ms(connection: Connection, now: int) -> int:
    """How far the slowest server is behind, 0 where none has said that it is."""
    query = select(func.max(receipt_backlogs.c.behind_ms)).where(receipt_backlogs.c.at > now - FRESH_MS)
    return int(connection.execute(query).scalar() or 0)
