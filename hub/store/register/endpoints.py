"""Statements about endpoints: robots, broadcasters and partners, each reaching many people at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pyroaring import BitMap
from sqlalchemy import Connection, select, update

from hub.crypto.vault import Vault
from hub.errors import RowUnreadable
from hub.store.register import regions as region_store
from hub.store.schema import endpoints
from hub.store.sql.keyed import lock_for_numbering, rows_by
from hub.store.sql.numbers import free_number
from hub.store.sql.rows import fitting, read_rows

_CONTACTS = "SELECT id, name, sealed FROM endpoints WHERE id {among} ORDER BY id"


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint to be stored. `target` is where its channel sends to, `secret` what signs; sealed.

    `callback_keys`, separated by spaces, are what its operator signs reports with; sealed too. Without them no report
    is believed.

    `region` is the key of the region it serves; None serves everywhere.
    """

    channel: str
    name: str
    target: str = field(repr=False)
    secret: str = field(default="", repr=False)
    region: str | None = None
    callback_keys: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EndpointContact:
    """What dispatch needs to send to an endpoint."""

    id: int
    name: str
    target: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as it may be shown: no target, no secret. `region` is a region id."""

    id: int
    channel: str
    name: str
    region: int | None
    active: bool


def add(connection: Connection, vault: Vault, endpoint: NewEndpoint) -> int:
    """Stores an endpoint and returns its id; the same channel and name again replaces target, secret and region.

    Raises ValueError naming a region key that is not stored.
    """
    region = None
    if endpoint.region is not None:
        region = region_store.ids_by_key(connection, (endpoint.region,)).get(endpoint.region)
        if region is None:
            raise ValueError(f"region {endpoint.region} is not known")
    secrets = {"target": endpoint.target, "secret": endpoint.secret, "callback_keys": endpoint.callback_keys}
    sealed = vault.seal(secrets)
    lock_for_numbering(connection, "endpoints")
    same = (endpoints.c.channel == endpoint.channel) & (endpoints.c.name == endpoint.name)
    known: int | None = connection.execute(select(endpoints.c.id).where(same)).scalar()
    values = {"region": region, "sealed": sealed, "active": True}
    if known is not None:
        connection.execute(update(endpoints).where(endpoints.c.id == known).values(**values))
        return known
    number = free_number(connection, endpoints)
    connection.execute(endpoints.insert().values(id=number, channel=endpoint.channel, name=endpoint.name, **values))
    return number


def deactivate(connection: Connection, endpoint: int) -> bool:
    """Takes an endpoint out of service; False where there is none."""
    done = connection.execute(update(endpoints).where(endpoints.c.id == endpoint).values(active=False))
    return bool(done.rowcount)


def contacts(connection: Connection, vault: Vault, ids: Iterable[int]) -> list[EndpointContact]:
    """Targets and secrets of these endpoints, by id, in service or not: an order may be older than its endpoint. Those
    that are `unreadable` are left out.
    """
    found = []
    for number, name, sealed in rows_by(connection, _CONTACTS, ids):
        opened = vault.try_open(sealed)
        if opened is not None:
            found.append(EndpointContact(number, str(name), opened["target"], opened["secret"]))
    return found


def unreadable(connection: Connection, vault: Vault, ids: Iterable[int]) -> list[RowUnreadable]:
    """Of these endpoints, the rows that do not read: no key of ours opens what is sealed."""
    rows = rows_by(connection, _CONTACTS, ids)
    return [
        RowUnreadable(f"{endpoints.name}/{number}", "sealed")
        for number, _, sealed in rows
        if vault.try_open(sealed) is None
    ]


def callback_keys(connection: Connection, vault: Vault, channel: str, endpoint: int) -> tuple[str, ...]:
    """What an endpoint in service on this channel signs its reports with; empty where it has none or is not there."""
    mine = (endpoints.c.id == endpoint) & (endpoints.c.channel == channel) & endpoints.c.active
    sealed = connection.execute(select(endpoints.c.sealed).where(mine)).scalar()
    return tuple(vault.open(bytes(sealed)).get("callback_keys", "").split()) if sealed is not None else ()


def serving(connection: Connection, channel: str, region_ids: Iterable[int] | None) -> BitMap:
    """The endpoints in service on a channel whose region covers, or lies in, any of these; None asks for all.

    An endpoint without a region serves everywhere.
    """
    statement = select(endpoints.c.id, endpoints.c.region).where(endpoints.c.channel == channel, endpoints.c.active)
    rows = fitting(endpoints, connection.execute(statement).all())
    if region_ids is None:
        return BitMap(row.id for row in rows)
    wanted = set(region_ids)
    above_wanted = _above(connection, wanted)
    over = set().union(*above_wanted.values()) if above_wanted else set()
    above = _above(connection, {row.region for row in rows if row.region is not None})
    return BitMap(
        row.id for row in rows if row.region is None or row.region in over or wanted & above.get(row.region, set())
    )


def list_all(connection: Connection, channel: str | None = None) -> list[Endpoint]:
    """Every endpoint, or those of one channel, by id."""
    statement = select(
        endpoints.c.id, endpoints.c.channel, endpoints.c.name, endpoints.c.region, endpoints.c.active
    ).order_by(endpoints.c.id)
    if channel is not None:
        statement = statement.where(endpoints.c.channel == channel)
    return read_rows(endpoints, connection.execute(statement), lambda row: Endpoint(*row))


def by_channel(connection: Connection) -> dict[str, BitMap]:
    """The endpoints that were ever registered, in service or not, by their channel."""
    found: dict[str, BitMap] = {}
    for row in fitting(endpoints, connection.execute(select(endpoints.c.id, endpoints.c.channel)).all()):
        found.setdefault(row.channel, BitMap()).add(row.id)
    return found


def _above(connection: Connection, ids: set[int]) -> dict[int, set[int]]:
    chains = region_store.ancestors(connection, ids)
    return {number: {above for above, _ in chain} for number, chain in chains.items()}
