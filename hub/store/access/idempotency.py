"""Answers kept under Idempotency-Key, so that a repeated request is answered, not repeated.

A key is claimed before the work and settled with its answer after it. A claim without an answer belongs to a request
that is still running, or to a process that died: after `LEASE_MS` it may be claimed again, and the rules of the
services (a second draft of the same identifier, a second release) keep the repeat from doing anything twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.schema import idempotency

RUNNING = 0  #: status of a claim that has no answer yet
LEASE_MS = 120_000
KEEP_MS = 24 * 3600 * 1000  #: how long an answer is repeated


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """One use of a key. `digest` covers everything that would make it another request; `at` in ms."""

    principal: str
    key: str
    digest: str
    at: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """The key is ours: do the work, then settle or abandon."""


@dataclass(frozen=True, slots=True)
class Running:
    """Another request with this key has not been answered yet."""


@dataclass(frozen=True, slots=True)
class Differs:
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The key's answer, as it was given."""

    status: int
    body: bytes


Claim = Claimed | Running | Differs | Answered


def claim(connection: Connection, request: IdempotentRequest) -> Claim:
    """Takes the key or says what it already stands for. Two claims at once: exactly one is Claimed."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {
        "principal": request.principal,
        "key": request.key,
        "request_digest": request.digest,
        "status": RUNNING,
        "body": b"",
        "at": request.at,
    }
    statement = dialect.insert(idempotency).values(**values).on_conflict_do_nothing()
    # The row itself says whether it went in: a row count is not told the same way by every driver.
    if connection.execute(statement.returning(idempotency.c.key)).first() is not None:
        return Claimed()
    row = connection.execute(select(idempotency).where(_is(request)).with_for_update()).one()
    if row.at < request.at - (LEASE_MS if row.status == RUNNING else KEEP_MS):
        fresh = {"request_digest": request.digest, "status": RUNNING, "body": b"", "at": request.at}
        connection.execute(update(idempotency).where(_is(request)).values(**fresh))
        return Claimed()
    if row.request_digest != request.digest:
        return Differs()
    return Running() if row.status == RUNNING else Answered(row.status, row.body)


def settle(connection: Connection, request: IdempotentRequest, answer: Answered) -> None:
    """Keeps the answer of a claimed key."""
    changed = {"status": answer.status, "body": answer.body}
    connection.execute(update(idempotency).where(_mine(request)).values(**changed))


def abandon(connection: Connection, request: IdempotentRequest) -> None:
    """Frees a claimed key: the work failed for no fault of the request, and may be tried again."""
    connection.execute(delete(idempotency).where(_mine(request)))


def forget(connection: Connection, now: int) -> int:
    """Drops answers nobody may ask for any more; how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.at < now - KEEP_MS)).rowcount


def _is(request: IdempotentRequest) -> ColumnElement[bool]:
    return and_(idempotency.c.principal == request.principal, idempotency.c.key == request.key)


def _mine(request: IdempotentRequest) -> ColumnElement[bool]:
    # `at` tells our claim from one that took the key over after our lease had passed.
    return and_(
        idempotency.c.principal == request.principal,
        idempotency.c.key == request.key,
        idempotency.c.status == RUNNING,
        idempotency.c.at == request.at,
        idempotency.c.request_digest == request.digest,
    )
