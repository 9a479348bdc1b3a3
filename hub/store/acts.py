"""The sealed acts in SQL: one row each, never changed. What they say stands in the seal alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from hub.store.schema import acts
from hub.store.written import ActRow, note_act


def append(connection: Connection, subject: str, number: int, entry: int, jws: str) -> None:
    act = ActRow(subject, number, entry, jws)
    connection.execute(insert(acts).values(act._asdict()))
    note_act(connection, act)


def sequence(connection: Connection, subject: str) -> Sequence[tuple[int, str]]:
    """(number, JWS) of every act of a subject, in order."""
    query = select(acts.c.number, acts.c.jws).where(acts.c.subject == subject).order_by(acts.c.number)
    return [(number, jws) for number, jws in connection.execute(query)]


def newest(connection: Connection, subject: str) -> str | None:
    """The JWS of the newest act of a subject."""
    query = select(acts.c.jws).where(acts.c.subject == subject).order_by(acts.c.number.desc()).limit(1)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def newest_of(connection: Connection, subjects: Sequence[str]) -> dict[str, str]:
    """The JWS of the newest act of each of these subjects that has one."""
    last = select(acts.c.subject, func.max(acts.c.number).label("number")).where(acts.c.subject.in_(subjects))
    newest = last.group_by(acts.c.subject).subquery()
    same = (acts.c.subject == newest.c.subject) & (acts.c.number == newest.c.number)
    return {row.subject: row.jws for row in connection.execute(select(acts.c.subject, acts.c.jws).join(newest, same))}


def named_by(connection: Connection, entry: int) -> str | None:
    """The JWS of the act that this entry of the audit log belongs to."""
    found: str | None = connection.execute(select(acts.c.jws).where(acts.c.entry == entry)).scalar_one_or_none()
    return found


def latest(connection: Connection, limit: int = 64) -> Sequence[tuple[str, str]]:
    """(subject, JWS) of the newest acts of all, the one first whose entry in the audit log is the newest."""
    query = select(acts.c.subject, acts.c.jws).order_by(acts.c.entry.desc()).limit(limit)
    return [(subject, jws) for subject, jws in connection.execute(query)]


def subjects(connection: Connection) -> frozenset[str]:
    """Everything that has acts."""
    return frozenset(connection.execute(select(acts.c.subject).distinct()).scalars())
