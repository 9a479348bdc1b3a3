"""The audit chain in SQL: appended in the transaction of the act itself, read as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, LargeBinary, cast, func, insert, select, text
from sqlalchemy.exc import OperationalError

from approvals.audit import Act, Entry, chain
from hub.store import written
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
    hold(connection)
    entry = chain(last(connection), Act(at_ms, actor, action, subject, detail))
    connection.execute(insert(audit).values(_columns(entry)))
    written.note_entry(connection, entry)
    return entry


def hold(connection: Connection) -> None:
    """Until the transaction ends nobody else appends. SQLite's writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:chain)"), {"chain": _CHAIN_LOCK})


def last(connection: Connection) -> Entry | None:
    """The newest entry."""
    row = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).first()
    return Entry._make(row) if row else None


def at(connection: Connection, seq: int) -> Entry | None:
    """The entry of this number."""
    row = connection.execute(select(audit).where(audit.c.seq == seq)).first()
    return Entry._make(row) if row else None


def entries(connection: Connection, start: int = 1, limit: int | None = None, page: int = 5000) -> Iterator[Entry]:
    """Entries from number `start` on, in order, read page by page."""
    left = limit
    while left is None or left > 0:
        size = page if left is None else min(page, left)
        found = _page(connection, start, size)
        yield from found
        if len(found) < size:
            return
        start = found[-1].seq + 1
        left = None if left is None else left - len(found)


def count(connection: Connection) -> int:
    """How many entries there are."""
    return connection.execute(select(func.count()).select_from(audit)).scalar_one()


def about(connection: Connection, subject: str) -> tuple[int, int] | None:
    """Numbers of the first and the last entry about a subject; None where there is none."""
    query = select(func.min(audit.c.seq), func.max(audit.c.seq)).where(audit.c.subject == subject)
    first, newest = connection.execute(query).one()
    return None if first is None else (first, newest)


def of_subject(connection: Connection, subject: str) -> list[Entry]:
    """Every entry about a subject, in order."""
    rows = connection.execute(select(audit).where(audit.c.subject == subject).order_by(audit.c.seq))
    return [Entry._make(row) for row in rows]


def names_act(connection: Connection, but: str) -> bool:
    """Whether an entry names a sealed act, of another action than this one."""
    named = audit.c.detail.like('%"act":{"hash":%') & (audit.c.action != but)
    return connection.execute(select(audit.c.seq).where(named).limit(1)).first() is not None


def last_of(connection: Connection, subject: str, action: str) -> Entry | None:
    """The newest entry of this action about a subject."""
    mine = (audit.c.subject == subject, audit.c.action == action)
    row = connection.execute(select(audit).where(*mine).order_by(audit.c.seq.desc()).limit(1)).first()
    return None if row is None else Entry._make(row)


def count_of(connection: Connection, subject: str, action: str) -> int:
    """How many entries of this action there are about a subject."""
    mine = (audit.c.subject == subject, audit.c.action == action)
    return int(connection.execute(select(func.count()).select_from(audit).where(*mine)).scalar_one())


def _page(connection: Connection, start: int, size: int) -> list[Entry]:
    query = select(audit).where(audit.c.seq >= start).order_by(audit.c.seq).limit(size)
    try:
        return [Entry._make(row) for row in connection.execute(query)]
    except OperationalError:
        if connection.dialect.name != "sqlite":
            raise
    # Somebody wrote bytes that are no text: they must be found and located, not stop the search. PostgreSQL takes none.
    columns = [column if column.name in {"seq", "at"} else cast(column, LargeBinary) for column in audit.c]
    raw = connection.execute(query.with_only_columns(*columns)).fetchall()
    return [Entry._make(_decoded(value) for value in row) for row in raw]


def _decoded(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _columns(entry: Entry) -> dict[str, Any]:
    fields = entry._asdict()
    fields["at"] = fields.pop("at_ms")
    return fields
