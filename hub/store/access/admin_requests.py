"""Requests of administrators in SQL: acts that wait for a second one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson
from sqlalchemy import Connection, insert, select, update

from hub.store.schema import admin_requests as table
from hub.store.sql.keyed import lock_for_numbering
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import fetch_value, fetch_values, read_row, read_rows


class State(StrEnum):
    """Where a request stands; only a pending one can change."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request to be kept. `payload` is the text that its digest covers; `requested_by` an official's id; ms."""

    kind: str
    subject: str
    payload: str
    requested_by: int
    requested_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as its row has it, whatever that says; `read` makes a request of it."""

    id: int
    kind: str
    subject: str
    payload: str
    requested_by: int
    requested_at: int
    expires_at: int
    state: str
    decided_by: int | None
    decided_at: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """A request as kept. Times in ms; `decided_by` is an official's id, None for one that ran out."""

    id: int
    kind: str
    subject: str
    payload: str
    requested_by: int
    requested_at: int
    expires_at: int
    state: State
    decided_by: int | None
    decided_at: int | None
    reason: str


def one_at_a_time(connection: Connection) -> None:
    """Until the transaction ends no other act of administration is under way: what was looked at stays true."""
    lock_for_numbering(connection, "admin_requests")


def add(connection: Connection, new: NewRequest) -> AdminRequest:
    values = {name: getattr(new, name) for name in new.__dataclass_fields__}
    number = add_row(connection, table, insert(table).values(**values, state=State.PENDING, reason=""))
    (made,) = fetch_values(connection, select(table).where(table.c.id == number), RequestRow)
    return _request(made)


def get(connection: Connection, number: int) -> AdminRequest | None:
    """Raises RowUnreadable."""
    row = fetch_value(connection, select(table).where(table.c.id == number), RequestRow)
    return None if row is None else read_row(table, row, _request)


def list_requests(connection: Connection, state: State | None = None, limit: int = 200) -> tuple[AdminRequest, ...]:
    """The newest first; all of them, or those in one state; of rows that read."""
    return tuple(read_rows(table, rows(connection, state, limit), _request))


def rows(connection: Connection, state: State | None = None, limit: int = 200) -> Sequence[RequestRow]:
    """As `list_requests`, each as its row lies there: `read` makes a request of it."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    return fetch_values(connection, query if state is None else query.where(table.c.state == state), RequestRow)


def read(row: RequestRow) -> AdminRequest:
    """The request of a row. Raises RowUnreadable."""
    return read_row(table, row, _request)


def pending(connection: Connection, kind: str, subject: str) -> AdminRequest | None:
    """The request of this kind about this subject that waits already. Raises RowUnreadable."""
    same = (table.c.kind == kind) & (table.c.subject == subject) & (table.c.state == State.PENDING)
    row = fetch_value(connection, select(table).where(same).limit(1), RequestRow)
    return None if row is None else read_row(table, row, _request)


def overdue(connection: Connection, now: int) -> Sequence[AdminRequest]:
    """Requests that still wait though their time is over, of rows that read."""
    late = (table.c.state == State.PENDING) & (table.c.expires_at <= now)
    found = fetch_values(connection, select(table).where(late).order_by(table.c.id), RequestRow)
    return read_rows(table, found, _request)


def close(connection: Connection, number: int, state: State, by: int | None, at: int, reason: str = "") -> None:
    """Settles a pending request; what is settled stays so."""
    waiting = (table.c.id == number) & (table.c.state == State.PENDING)
    values = {"state": state, "decided_by": by, "decided_at": at, "reason": reason}
    if connection.execute(update(table).where(waiting).values(**values)).rowcount != 1:
        raise RuntimeError(f"request {number} is not pending")


def _request(row: RequestRow) -> AdminRequest:
    if not isinstance(orjson.loads(row.payload), dict):
        raise TypeError
    return AdminRequest(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        payload=row.payload,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        state=State(row.state),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )
