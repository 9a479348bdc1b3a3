"""The trust list in SQL: which certificate may sign incoming CAP, as which sender, for which area and event."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, select, update

from hub.errors import Conflict, NotFound
from hub.rules.rule import Rule
from hub.store.schema import trusted_senders
from hub.store.sql.numbers import add_row


@dataclass(frozen=True, slots=True)
class NewTrust:
    """One line of the list. `certificate` is PEM, `fingerprint` the SHA-256 (hex) of its DER form; times in ms."""

    sender: str
    certificate: str
    fingerprint: str
    areas: tuple[str, ...]
    events: tuple[str, ...]
    valid_from: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class Trust:
    """A line as it is kept; `revoked_at` in ms, None while it stands."""

    id: int
    line: NewTrust
    revoked_at: int | None
    created_at: int

    def stands(self, now: int) -> bool:
        return self.revoked_at is None and self.line.valid_from <= now < self.line.valid_until


def add(connection: Connection, new: NewTrust, at: int) -> Trust:
    """Keeps a line. Raises Conflict where this certificate already stands for this sender, also revoked."""
    known = select(trusted_senders.c.id).where(
        trusted_senders.c.sender == new.sender, trusted_senders.c.fingerprint == new.fingerprint
    )
    if connection.execute(known).first() is not None:
        raise Conflict(
            "this certificate was already entered for this sender", rule=Rule.TRUST_EXISTS, place="certificate"
        )
    values = {
        "sender": new.sender,
        "certificate": new.certificate,
        "fingerprint": new.fingerprint,
        "areas": ",".join(sorted(new.areas)),
        "events": ",".join(sorted(new.events)),
        "valid_from": new.valid_from,
        "valid_until": new.valid_until,
        "created_at": at,
    }
    made = add_row(connection, trusted_senders, insert(trusted_senders).values(**values))
    return Trust(made, new, None, at)


def of_sender(connection: Connection, sender: str, now: int) -> tuple[Trust, ...]:
    """The lines that stand for this CAP sender at `now` (ms), newest first."""
    query = select(trusted_senders).where(trusted_senders.c.sender == sender).order_by(trusted_senders.c.id.desc())
    return tuple(found for row in connection.execute(query) if (found := _trust(row)).stands(now))


def everything(connection: Connection) -> tuple[Trust, ...]:
    return tuple(_trust(row) for row in connection.execute(select(trusted_senders).order_by(trusted_senders.c.id)))


def revoke(connection: Connection, trust: int, at: int) -> Trust:
    """From the commit on the certificate signs nothing for the sender; a second time changes nothing.

    Raises NotFound.
    """
    row = connection.execute(select(trusted_senders).where(trusted_senders.c.id == trust)).one_or_none()
    if row is None:
        raise NotFound("there is no such line in the trust list", rule=Rule.TRUST_UNKNOWN, place="trust")
    if row.revoked_at is None:
        connection.execute(update(trusted_senders).where(trusted_senders.c.id == trust).values(revoked_at=at))
    found = _trust(row)
    return Trust(found.id, found.line, found.revoked_at or at, found.created_at)


def _trust(row: Row[tuple[object, ...]]) -> Trust:
    line = NewTrust(
        row.sender,
        row.certificate,
        row.fingerprint,
        tuple(row.areas.split(",")),
        tuple(row.events.split(",")),
        row.valid_from,
        row.valid_until,
    )
    return Trust(row.id, line, row.revoked_at, row.created_at)
