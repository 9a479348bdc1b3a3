"""The audit chain in SQL: appended in the transaction of the act itself, read as a stream.

It ends where its links end. A row behind that is none of the chain, whoever wrote it: it is set aside, and an alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, Select, cast, func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from approvals.audit import GENESIS, AuditAct, AuditEntry, Head, chain, follows
from hub.store.schema import alarms, audit
from hub.store.sql import written

# Any constant of our own: on PostgreSQL it stands for "the end of the chain" among the advisory locks.
_CHAIN_LOCK = 0x66656E67
PAGE = 5000  #: entries read at once
STRANGE = "audit-strange"  #: of the alarm about rows that are no entry of the chain
FAR = 2**62  #: no number of ours, of an entry or of a row set aside
ASIDE = "aside/"  #: what the subject of a row begins with that was set aside; its number is below 0


@dataclass(frozen=True, slots=True)
class End:
    """Where the chain ends, None where it has not begun, and the numbers of the rows behind it."""

    entry: AuditEntry | None
    strange: Sequence[int]


def append(
    connection: Connection, *, at_ms: int, actor: str, action: str, subject: str, detail: Mapping[str, Any]
) -> AuditEntry:
    """Adds one entry in the caller's transaction: the act and its record are both kept or both lost.

    Appends run one after the other. SQLite's writer already holds the only write lock; on PostgreSQL an advisory lock
    is held until the transaction ends, so append last. Raises ValueError, TypeError where `detail` is not JSON.
    """
    hold(connection)
    found = end(connection)
    made = chain(found.entry, AuditAct(at_ms, actor, action, subject, detail))
    if not found.strange:
        return _add(connection, made)
    _set_aside(connection, found.strange)
    entry = _add(connection, made)
    _tell(connection, entry, found.strange, at_ms)
    return entry


def clear(connection: Connection, now: int) -> None:
    """Sets the rows behind the end of the chain aside, with an alarm; `now` in ms."""
    hold(connection)
    found = end(connection)
    if found.strange:
        _set_aside(connection, found.strange)
        _tell(connection, found.entry, found.strange, now)


def hold(connection: Connection) -> None:
    """Until the transaction ends nobody else appends. SQLite's writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:chain)"), {"chain": _CHAIN_LOCK})


def last(connection: Connection) -> AuditEntry | None:
    """The newest entry."""
    return end(connection).entry


def end(connection: Connection) -> End:
    """Where the chain ends: behind what this transaction added, else behind the furthest end that was seen.

    Where nobody remembers one, or the log is another, it ends with the newest entry that is linked to the one before.
    """
    record = written.of(connection)
    if record is not None and record.end is not None:
        return End(record.end, ())  # whoever added it found what stood behind
    seen = record.seen() if record is not None else None
    found = end_after(connection, seen) if seen is not None else None
    return found or _newest_linked(connection)


def end_after(connection: Connection, seen: Head) -> End | None:
    """Where the chain that goes on from an end that was seen ends now; None where the log is not the one that was."""
    newest: AuditEntry | None = None
    place = Head(0, GENESIS)
    page = _page(connection, seen.count or 1, PAGE)
    if seen.count:
        newest, place = (page.pop(0) if page else None), seen
        if newest is None or (newest.seq, newest.hash) != (seen.count, seen.hash):
            return None
    while page:
        for index, entry in enumerate(page):
            if not follows(entry, place):
                return End(newest, [row.seq for row in page[index:]])
            newest, place = entry, Head(entry.seq, entry.hash)
        page = _page(connection, place.count + 1, PAGE)
    return End(newest, ())


def _newest_linked(connection: Connection) -> End:
    rows = _rows(connection, select(audit).where(audit.c.seq > 0).order_by(audit.c.seq.desc()).limit(2))
    if not rows or rows[0].seq == 1 or (rows[1:] and _is_linked(*rows)):
        return End(rows[0] if rows else None, ())
    before = audit.alias("before")
    link = select(before.c.seq).where(before.c.seq == audit.c.seq - 1, before.c.hash == audit.c.previous).exists()
    linked = select(audit).where(audit.c.seq > 0, link | (audit.c.seq == 1)).order_by(audit.c.seq.desc()).limit(1)
    found = next(iter(_rows(connection, linked)), None)
    behind = select(audit.c.seq).where(audit.c.seq == (found.seq if found is not None else 0) + 1)
    return End(found, list(connection.execute(behind).scalars()))


def _is_linked(entry: AuditEntry, before: AuditEntry) -> bool:
    return (entry.seq, entry.previous) == (before.seq + 1, before.hash)


def _add(connection: Connection, entry: AuditEntry) -> AuditEntry:
    connection.execute(insert(audit).values(_columns(entry)))
    written.note_entry(connection, entry)
    return entry


def _set_aside(connection: Connection, strange: Sequence[int]) -> None:
    """Moves rows to numbers below 0, where they are in nobody's way and stay for whoever looks into them."""
    lowest = connection.execute(select(func.min(audit.c.seq)).where(audit.c.seq > -FAR)).scalar() or 0
    free = min(int(lowest), 0)
    for count, seq in enumerate(strange, 1):
        subject = f"{ASIDE}{seq}"  # what it said of itself may be no text at all
        connection.execute(update(audit).where(audit.c.seq == seq).values(seq=free - count, subject=subject))


def _tell(connection: Connection, before: AuditEntry | None, strange: Sequence[int], now: int) -> None:
    detail = (
        f"{len(strange)} rows of audit are none of its chain and were set aside, the first as seq {strange[0]}: "
        "something other than this hub wrote them"
    )
    connection.execute(insert(alarms).values(at=now, kind=STRANGE, subject="audit", detail=detail))
    _add(connection, chain(before, AuditAct(now, "hub", f"alarm:{STRANGE}", "audit", {"detail": detail})))


def at(connection: Connection, seq: int) -> AuditEntry | None:
    """The entry of this number."""
    return next(iter(_rows(connection, select(audit).where(audit.c.seq == seq))), None)


def entries(connection: Connection, start: int = 1, limit: int | None = None, page: int = PAGE) -> Iterator[AuditEntry]:
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


def goes_beyond(connection: Connection, seq: int) -> bool:
    """Whether any row stands behind this number."""
    return connection.execute(select(audit.c.seq).where(audit.c.seq > seq).limit(1)).first() is not None


def count(connection: Connection) -> int:
    """How many entries there are."""
    return connection.execute(select(func.count()).select_from(audit).where(audit.c.seq > 0)).scalar_one()


def about(connection: Connection, subject: str) -> tuple[int, int] | None:
    """Numbers of the first and the last entry about a subject; None where there is none."""
    query = select(func.min(audit.c.seq), func.max(audit.c.seq)).where(audit.c.subject == subject)
    first, newest = connection.execute(query).one()
    return None if first is None else (first, newest)


def of_subject(connection: Connection, subject: str) -> list[AuditEntry]:
    """Every entry about a subject, in order."""
    rows = connection.execute(select(audit).where(audit.c.subject == subject).order_by(audit.c.seq))
    return [AuditEntry._make(row) for row in rows]


def names_act(connection: Connection, but: str) -> bool:
    """Whether an entry names a sealed act, of another action than this one."""
    named = audit.c.detail.like('%"act":{"hash":%') & (audit.c.action != but)
    return connection.execute(select(audit.c.seq).where(named).limit(1)).first() is not None


def last_of(connection: Connection, subject: str, action: str) -> AuditEntry | None:
    """The newest entry of this action about a subject."""
    mine = (audit.c.subject == subject, audit.c.action == action)
    row = connection.execute(select(audit).where(*mine).order_by(audit.c.seq.desc()).limit(1)).first()
    return None if row is None else AuditEntry._make(row)


def count_of(connection: Connection, subject: str, action: str) -> int:
    """How many entries of this action there are about a subject."""
    mine = (audit.c.subject == subject, audit.c.action == action)
    return int(connection.execute(select(func.count()).select_from(audit).where(*mine)).scalar_one())


def _page(connection: Connection, start: int, size: int) -> list[AuditEntry]:
    return _rows(connection, select(audit).where(audit.c.seq >= start).order_by(audit.c.seq).limit(size))


def _rows(connection: Connection, query: Select[Any]) -> list[AuditEntry]:
    try:
        return [AuditEntry._make(row) for row in connection.execute(query)]
    except OperationalError:
        if connection.dialect.name != "sqlite":
            raise
    # Somebody wrote bytes that are no text: they must be found and located, not stop the search. PostgreSQL takes none.
    columns = [column if column.name in {"seq", "at"} else cast(column, LargeBinary) for column in audit.c]
    raw = connection.execute(query.with_only_columns(*columns)).fetchall()
    return [AuditEntry._make(_decode(value) for value in row) for row in raw]


def _decode(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _columns(entry: AuditEntry) -> dict[str, Any]:
    fields = entry._asdict()
    fields["at"] = fields.pop("at_ms")
    return fields
