"""The sealed acts in SQL: one row each, never changed. What they say stands in the seal alone.

A row that is no act, or not the one of its subject, number and entry, counts as absent: nobody but the hub knows how to
write an act, and everybody with SQL a row. The audit log says whether one is missing (`approvals.acts`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    case,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from approvals.acts import ActsRefused, read_act
from hub.store.schema import acts
from hub.store.sql.written import ActRow, note_act

ASIDE = "aside/"  #: what the subject of a row begins with that was set aside
PAGE = 64
LOOKED_AT = 200  #: so many of the newest rows are looked at for such as are no act


class Stored(NamedTuple):
    """A row as it stands, whatever somebody put into its cells; `rowid` is SQLite's."""

    rowid: int
    subject: Any
    number: int
    entry: int
    jws: Any


def append(connection: Connection, subject: str, number: int, entry: int, jws: str) -> None:
    act = ActRow(subject, number, entry, jws)
    connection.execute(insert(acts).values(act._asdict()))
    note_act(connection, act)


def sequence(connection: Connection, subject: str) -> Sequence[tuple[int, str]]:
    """(number, JWS) of every act of a subject, in order."""
    rows = _rows(connection, acts.c.subject == subject, acts.c.number)
    return [(row.number, row.jws) for row in rows if is_in_place(row)]


def newest(connection: Connection, subject: str) -> str | None:
    """The JWS of the newest act of a subject."""
    rows = _rows(connection, acts.c.subject == subject, acts.c.number.desc())
    return next((row.jws for row in rows if is_in_place(row)), None)


def newest_of(connection: Connection, subjects: Sequence[str]) -> dict[str, str]:
    """The JWS of the newest act of each of these subjects that has one."""
    last = select(acts.c.subject, func.max(acts.c.number).label("number")).where(acts.c.subject.in_(subjects))
    highest = last.group_by(acts.c.subject).subquery()
    same = select(highest.c.number).where(highest.c.subject == acts.c.subject).scalar_subquery()
    rows = list(_rows(connection, acts.c.subject.in_(subjects) & (acts.c.number == same), acts.c.subject))
    found = {row.subject: row.jws for row in rows if is_in_place(row)}
    behind = ((subject, newest(connection, subject)) for subject in {row.subject for row in rows} - found.keys())
    return found | {subject: jws for subject, jws in behind if jws is not None}


def acts_of_entry(connection: Connection, entry: int) -> Sequence[str]:
    """The JWS of each act that belongs to this entry of the audit log: one, unless somebody added to them."""
    return [row.jws for row in _rows(connection, acts.c.entry == entry, acts.c.number) if is_in_place(row)]


def after(connection: Connection, entry: int) -> Iterator[str]:
    """The JWS of every act whose entry in the audit log is a later one, the newest first."""
    rows = _rows(connection, acts.c.entry > entry, acts.c.entry.desc())
    return (row.jws for row in rows if is_in_place(row))


def subjects(connection: Connection) -> frozenset[str]:
    """Everything that has acts."""
    subject = _columns(connection)[1]
    found = connection.execute(select(subject).distinct()).scalars()
    return frozenset(subject for subject in map(_text, found) if isinstance(subject, str))


def is_in_place(row: Stored) -> bool:
    """Whether it is an act, and that of the subject, number and entry it stands under, whoever sealed it."""
    try:
        act = read_act(row.jws) if isinstance(row.jws, str) else None
    except ActsRefused:
        return False
    return act is not None and (act.subject, act.number, act.entry) == (row.subject, row.number, row.entry)


def suspects(connection: Connection, subjects: Iterable[str]) -> list[Stored]:
    """Rows to look at for such as are no act: the newest of all, and those of these subjects."""
    newest = _rows(connection, acts.c.subject.notlike(f"{ASIDE}%"), acts.c.entry.desc(), LOOKED_AT)
    own = _rows(connection, acts.c.subject.in_(list(subjects)), acts.c.number)
    return list(dict.fromkeys((*newest, *own)))


def occupant(connection: Connection, subject: str, number: int) -> Stored | None:
    """The row that stands under this subject and number, whatever it is."""
    mine = (acts.c.subject == subject) & (acts.c.number == number)
    return next(_rows(connection, mine, acts.c.number), None)


def set_aside(connection: Connection, row: Stored) -> None:
    """Moves a row to where it is in nobody's way and stays for whoever looks into it; its entry is 0 from now on."""
    on_sqlite = connection.dialect.name == "sqlite"  # whose cells may hold what no value of ours equals
    place = (acts.c.subject == row.subject) & (acts.c.number == row.number)
    mine = literal_column("acts.rowid") == row.rowid if on_sqlite else place
    aside = ASIDE + hashlib.sha256(repr(row[1:]).encode()).hexdigest()[:48]
    if occupant(connection, aside, 0) is not None:  # the very same was set aside before
        connection.execute(delete(acts).where(mine))
    else:
        connection.execute(update(acts).where(mine).values(subject=aside, number=0, entry=0))


def _rows(
    connection: Connection, where: ColumnElement[bool], order: ColumnElement[Any], most: int | None = None
) -> Iterator[Stored]:
    """Rows page by page: whoever wants the first alone reads no more."""
    query, start = select(*_columns(connection)).where(where).order_by(order), 0
    while most is None or start < most:
        found = connection.execute(query.limit(PAGE).offset(start)).all()
        for rowid, subject, number, entry, jws in found:
            yield Stored(rowid, _text(subject), number, entry, _text(jws))
        if len(found) < PAGE:
            return
        start += PAGE


def _bytes(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(column, LargeBinary)


def _number(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((func.typeof(column) == "integer", column), else_=-1)


_TEXTS = frozenset({"subject", "jws"})
# SQLite keeps in a cell whatever was put there, and bytes that are no text stop every query that meets them. Both lists
# are built once: acts are read at every step, and building the expressions took longer than the query.
_OF_SQLITE = (
    literal_column("acts.rowid"),
    *(_bytes(each) if each.name in _TEXTS else _number(each) for each in acts.c),
)
_OF_OTHERS = (literal_column("0"), *acts.c)


def _columns(connection: Connection) -> tuple[ColumnElement[Any], ...]:
    return _OF_SQLITE if connection.dialect.name == "sqlite" else _OF_OTHERS


def _text(value: Any) -> Any:
    """A cell as text; bytes that are none stay bytes, which no act equals."""
    try:
        return value.decode("utf-8") if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value
