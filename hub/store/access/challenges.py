"""What somebody must answer, once and soon: a passkey's challenge, an invitation, a round to an identity provider."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, insert, select

from hub.store.schema import challenges


@dataclass(frozen=True, slots=True)
class Challenge:
    """`id` is a hash of the secret; `official` is 0 where nobody is known yet; `expires_at` in ms."""

    id: str
    purpose: str
    official: int
    value: bytes
    detail: str
    expires_at: int


def add(connection: Connection, challenge: Challenge) -> None:
    connection.execute(insert(challenges).values(**{name: getattr(challenge, name) for name in Challenge.__slots__}))


def look(connection: Connection, challenge: str, purpose: str, now: int) -> Challenge | None:
    """One that may still be answered, left where it is."""
    which = (challenges.c.id == challenge, challenges.c.purpose == purpose, challenges.c.expires_at > now)
    row = connection.execute(select(challenges).where(*which)).first()
    return None if row is None else _challenge(row)


def take(connection: Connection, challenge: str, purpose: str, now: int) -> Challenge | None:
    """Takes it away, so that nobody answers it twice; None where there is none for this purpose, or no longer."""
    which = (challenges.c.id == challenge, challenges.c.purpose == purpose)
    row = connection.execute(delete(challenges).where(*which).returning(challenges)).first()
    return None if row is None or row.expires_at <= now else _challenge(row)


def drop(connection: Connection, official: int, purpose: str) -> int:
    """Drops the official's open ones of this purpose; how many."""
    which = (challenges.c.official == official, challenges.c.purpose == purpose)
    return connection.execute(delete(challenges).where(*which)).rowcount


def forget(connection: Connection, now: int) -> int:
    return connection.execute(delete(challenges).where(challenges.c.expires_at <= now)).rowcount


def _challenge(row: Row[tuple[object, ...]]) -> Challenge:
    return Challenge(*(getattr(row, name) for name in Challenge.__slots__))
