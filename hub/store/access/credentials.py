"""Passwords, one-time-password seeds and passkeys of officials, sealed, in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from hub.store.schema import credentials


@dataclass(frozen=True, slots=True)
class NewCredential:
    """`kind` is password, totp or passkey; `handle` a passkey's credential id; `at` in ms."""

    official: int
    kind: str
    label: str
    sealed: bytes
    at: int
    handle: bytes | None = None
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Credential:
    """One that counts. `counter`: sign count of a passkey, last time step used of a one-time password."""

    id: int
    official: int
    kind: str
    label: str
    handle: bytes | None
    sealed: bytes
    counter: int
    created_at: int
    used_at: int | None


def add(connection: Connection, new: NewCredential) -> int:
    values = {
        "official": new.official,
        "kind": new.kind,
        "label": new.label,
        "sealed": new.sealed,
        "handle": new.handle,
        "counter": new.counter,
        "created_at": new.at,
    }
    number: int = connection.execute(insert(credentials).values(**values).returning(credentials.c.id)).scalar_one()
    return number


def of(connection: Connection, official: int) -> tuple[Credential, ...]:
    """Everything the official may show, oldest first."""
    counting = and_(credentials.c.official == official, credentials.c.revoked_at.is_(None))
    return tuple(map(_credential, connection.execute(select(credentials).where(counting).order_by(credentials.c.id))))


def by_handle(connection: Connection, handle: bytes) -> Credential | None:
    """The passkey of this credential id."""
    counting = and_(credentials.c.handle == handle, credentials.c.revoked_at.is_(None))
    row = connection.execute(select(credentials).where(counting)).first()
    return None if row is None else _credential(row)


def handle_taken(connection: Connection, handle: bytes) -> bool:
    """Whether any credential, revoked ones included, has this id."""
    return connection.execute(select(credentials.c.id).where(credentials.c.handle == handle)).first() is not None


def advance(connection: Connection, credential: int, counter: int, at: int) -> bool:
    """Moves the counter on; False where it is not further than before. Of two at once exactly one moves it."""
    return _update_one(connection, and_(_is(credential), credentials.c.counter < counter), counter=counter, used_at=at)


def note_use(connection: Connection, credential: int, at: int) -> bool:
    """Notes a use; False where it has been revoked meanwhile."""
    return _update_one(connection, _is(credential), used_at=at)


def reseal(connection: Connection, credential: int, sealed: bytes) -> None:
    """Seals the secret anew under newer parameters."""
    _update_one(connection, _is(credential), sealed=sealed)


def revoke(connection: Connection, official: int, at: int, *, kind: str = "", credential: int = 0) -> int:
    """Revokes the official's credentials, or only those of one kind, or only one; how many."""
    which = [credentials.c.official == official, credentials.c.revoked_at.is_(None)]
    which += [credentials.c.kind == kind] if kind else []
    which += [credentials.c.id == credential] if credential else []
    return connection.execute(update(credentials).where(*which).values(revoked_at=at)).rowcount


def _update_one(connection: Connection, where: ColumnElement[bool], **values: object) -> bool:
    done = connection.execute(update(credentials).where(where).values(**values).returning(credentials.c.id))
    return done.first() is not None


def _is(credential: int) -> ColumnElement[bool]:
    return and_(credentials.c.id == credential, credentials.c.revoked_at.is_(None))


def _credential(row: Row[tuple[object, ...]]) -> Credential:
    return Credential(*(getattr(row, name) for name in Credential.__slots__))
