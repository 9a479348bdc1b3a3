"""The audit chain in SQL: appended in the transaction of the act itself, read as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, text

from approvals.audit import Act, Entry, chain
from hub.store.schema import audit

# Any constant of our own: on PostgreSQL it stands for "the end of the chain" among the advisory locks.
_CHAIN_LOCK = 0x66656E67


def append(
    connection: Connection, *, at_ms: int, actor: str, action: str, subject: str, detail: Mapping[str, Any]
) -> Entry:
    """Adds one entry in the caller's transaction: the act and its record are both kept or both lost.

    Appends run one after the other. SQLite's writer already holds the only write lock; on PostgreSQL an advisory lock
    is held until the transaction ends, so append last. Raises ValueError, TypeError where `detail` is not JSON.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:chain)"), {"chain": _CHAIN_LOCK})
    row = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).first()
    entry = chain(Entry._make(row) if row else None, Act(at_ms, actor, action, subject, detail))
    connection.execute(insert(audit).values(_columns(entry)))
    return entry


def entries(connection: Connection, start: int = 1, limit: int | None = None, page: int = 5000) -> Iterator[Entry]:
    """Entries from number `start` on, in order, read page by page."""
    left = limit
    while left is None or left > 0:
        size = page if left is None else min(page, left)
        rows = connection.execute(
            select(audit).where(audit.c.seq >= start).order_by(audit.c.seq).limit(size)
        ).fetchall()
        for row in rows:
            yield Entry._make(row)
        if len(rows) < size:
            return
        start = rows[-1].seq + 1
        left = None if left is None else left - len(rows)


def _columns(entry: Entry) -> dict[str, Any]:
    fields = entry._asdict()
    fields["at"] = fields.pop("at_ms")
    return fields
