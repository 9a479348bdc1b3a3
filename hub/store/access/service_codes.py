"""Statements about one-time codes and how many were asked for: keyed hashes only, nothing that names anybody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.schema import service_codes, service_counts


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A code that was sent; `code` is a keyed hash, times are in ms."""

    code: bytes
    tries: int
    expires_at: int


def store_code(connection: Connection, address: bytes, code: bytes, now: int, expires_at: int) -> None:
    """Keeps the only code of an address: the one before is void."""
    connection.execute(delete(service_codes).where(service_codes.c.address == address))
    row = {"address": address, "code": code, "tries": 0, "sent_at": now, "expires_at": expires_at}
    connection.execute(service_codes.insert().values(row))


def attempt(connection: Connection, address: bytes) -> StoredCode | None:
    """Counts one more attempt; what is kept of the code, this attempt included."""
    here = service_codes.c.address == address
    connection.execute(update(service_codes).where(here).values(tries=service_codes.c.tries + 1))
    columns = (service_codes.c.code, service_codes.c.tries, service_codes.c.expires_at)
    row = connection.execute(select(*columns).where(here)).first()
    return StoredCode(bytes(row.code), row.tries, row.expires_at) if row is not None else None


def drop(connection: Connection, address: bytes) -> None:
    """The code has been used."""
    connection.execute(delete(service_codes).where(service_codes.c.address == address))


def count(connection: Connection, key: bytes, window_ms: int, now: int) -> int:
    """Counts one more of these in the present window; how many there are now. Windows that are over are dropped."""
    connection.execute(delete(service_counts).where(service_counts.c.until <= now))
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    until = (now // window_ms + 1) * window_ms
    first = insert(service_counts).values(key=key, until=until, count=1)
    more = first.on_conflict_do_update(
        index_elements=["key", "until"], set_={"count": service_counts.c.count + 1}
    ).returning(service_counts.c.count)
    found: int = connection.execute(more).scalar_one()
    return found


def forget(connection: Connection, now: int) -> None:
    """Drops codes that are over."""
    connection.execute(delete(service_codes).where(service_codes.c.expires_at <= now))
