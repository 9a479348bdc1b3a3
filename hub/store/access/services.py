"""Upstream systems in SQL: who may send warnings in, with the hash of the token they show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, insert, select, update

from hub.errors import Conflict, NotFound
from hub.rules.rule import Rule
from hub.store.schema import services
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import read_row, read_rows


class ServiceScope(StrEnum):
    """What a service's token is good for."""

    INGEST = "ingest"  #: may send warnings in; each becomes a draft (SEP-6)
    STANDING = "standing"  #: may ask for a release under a standing authorisation that names it


@dataclass(frozen=True, slots=True)
class NewService:
    """A system as an administrator enters one. `token_hash` is by hub.access.services.known_by; `expires_at` in ms."""

    name: str
    unit: str
    scopes: frozenset[ServiceScope]
    token_hash: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Service:
    """A system that is known here. Times in ms; `used_at` is when it was last heard."""

    id: int
    name: str
    unit: str
    scopes: frozenset[ServiceScope]
    active: bool
    created_at: int
    expires_at: int
    used_at: int | None

    def is_open(self, now: int) -> bool:
        """Whether its token opens anything at `now` (ms)."""
        return self.active and now < self.expires_at


def add(connection: Connection, new: NewService, at: int) -> Service:
    """Keeps a new service. Raises Conflict for a name in use: a revoked one keeps its name, so that none is taken."""
    if by_name(connection, new.name) is not None:
        raise Conflict("a service of this name exists", rule=Rule.SERVICE_EXISTS, place="name")
    values = {
        "name": new.name,
        "unit": new.unit,
        "scopes": ",".join(sorted(new.scopes)),
        "token_hash": new.token_hash,
        "active": True,
        "created_at": at,
        "expires_at": new.expires_at,
    }
    made = add_row(connection, services, insert(services).values(**values))
    return Service(made, new.name, new.unit, new.scopes, True, at, new.expires_at, None)


def by_id(connection: Connection, service: int) -> Service | None:
    return _one(connection.execute(select(services).where(services.c.id == service)).one_or_none())


def by_name(connection: Connection, name: str) -> Service | None:
    return _one(connection.execute(select(services).where(services.c.name == name)).one_or_none())


def everything(connection: Connection) -> tuple[Service, ...]:
    """All of them, also the revoked, in the order they were entered; without those whose rows do not read."""
    return tuple(read_rows(services, connection.execute(select(services).order_by(services.c.id)), _service))


def tokens(connection: Connection) -> tuple[tuple[Service, str], ...]:
    """All of them with what is kept of their tokens; one whose row does not read lets nobody in."""
    rows = connection.execute(select(services))
    return tuple(read_rows(services, rows, lambda row: (_service(row), row.token_hash)))


def revoke(connection: Connection, service: int) -> None:
    """Its token opens nothing from the commit on. Raises NotFound."""
    changed = connection.execute(update(services).where(services.c.id == service).values(active=False))
    if changed.rowcount == 0:
        raise NotFound("there is no such service", rule=Rule.SERVICE_UNKNOWN, place="service")


def note_message(connection: Connection, service: int, at: int) -> None:
    """Notes that it was heard."""
    connection.execute(update(services).where(services.c.id == service).values(used_at=at))


def _one(row: Row[tuple[object, ...]] | None) -> Service | None:
    return None if row is None else read_row(services, row, _service)


def read_scopes(text: str) -> frozenset[ServiceScope]:
    """Scopes as a row keeps them. Raises ValueError for one that is none."""
    return frozenset(ServiceScope(word) for word in text.split(",") if word)


def _service(row: Row[tuple[object, ...]]) -> Service:
    scopes = read_scopes(row.scopes)
    times = (row.created_at, row.expires_at, row.used_at)
    return Service(row.id, row.name, row.unit, scopes, bool(row.active), *times)
