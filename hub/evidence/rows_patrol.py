"""The patrol of rows: an alarm for each row that does not read, by table and row.

Whoever reads a list sets such a row aside and goes on, so that nothing else stops because of it. What was set aside is
told of here, and stays where it is until somebody restores it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection, Table

from hub.alert.alert import MsgType, Scope, Status
from hub.alert.lifecycle import Stage
from hub.alert.priority import PRIORITIES
from hub.audience.plan import plan_of
from hub.clock import Clock, to_ms
from hub.dossier.frozen import content_of
from hub.dossier.issuers import issuers_of
from hub.errors import RowUnreadable
from hub.store import schema
from hub.store.access import admin_requests, officials, services, units
from hub.store.alerts import referrals
from hub.store.alerts.alert_row import findings_of, parts_of
from hub.store.delivery.campaigns import STATES as SHARD_STATES
from hub.store.records import alarms
from hub.store.register import regions
from hub.store.sql.database import Database
from hub.store.sql.rows import ALARM, as_it_lies, place_of, read_row
from targeting.bitmap import unpack

Reader = Callable[[Any], object]

NEWEST = 200  #: rows of each table that every round looks at, and as many of the older ones, in turn


@dataclass(slots=True)
class RowsPatrol:
    """Looks in a read. A row that was read once is read again only when it has changed."""

    db: Database
    clock: Clock
    _read: dict[str, int] = field(default_factory=dict)  #: what of each row was read last, as a hash
    _next: dict[str, int] = field(default_factory=dict)  #: where the look at the older rows of a table goes on

    async def look(self) -> None:
        """One round over every table that has readers."""
        found = await self.db.read(lambda connection: list(self._unreadable(connection)))
        if found:
            await self.db.write(lambda connection: self._tell(connection, found))

    def _tell(self, connection: Connection, found: list[RowUnreadable]) -> None:
        now = to_ms(self.clock.now())
        for error in found:
            alarms.raise_once(connection, now, ALARM, error.place, str(error))

    def _unreadable(self, connection: Connection) -> Iterator[RowUnreadable]:
        read: dict[str, int] = {}
        for table, reader in READERS.items():
            for row in self._rows(connection, table):
                place, seen = place_of(table, row), hash(tuple(row))
                try:
                    if self._read.get(place) != seen:
                        read_row(table, row, reader)
                except RowUnreadable as error:
                    yield error
                else:
                    read[place] = seen
        self._read = read

    def _rows(self, connection: Connection, table: Table) -> Iterator[Any]:
        """The newest rows of a table, and the next of the older ones."""
        keys = [column.desc() for column in table.primary_key]
        query = as_it_lies(table).order_by(*keys).limit(NEWEST)
        newest = connection.execute(query).all()
        yield from newest
        if len(newest) == NEWEST:
            skipped = self._next.get(table.name, NEWEST)
            older = connection.execute(query.offset(skipped)).all()
            self._next[table.name] = skipped + NEWEST if len(older) == NEWEST else NEWEST
            yield from older


def _alert(row: Any) -> None:
    for word, of in ((row.status, Status), (row.scope, Scope), (row.msg_type, MsgType), (row.stage, Stage)):
        of(word)
    content_of(row), plan_of(row), issuers_of(row)
    findings_of(row), parts_of(row)


def _order(row: Any) -> None:
    BitMap.deserialize(row.audience), BitMap.deserialize(row.endpoints)


def _shard(row: Any) -> None:
    BitMap.deserialize(row.recipients)
    if row.priority not in PRIORITIES or row.state not in SHARD_STATES:
        raise ValueError


def _referral(row: Any) -> None:
    if row.state not in referrals.STATES:
        raise ValueError


def _by_type(_row: Any) -> None:
    """The types of the columns are all that there is to say."""


#: by table, what makes a value of a row
READERS: Mapping[Table, Reader] = {
    schema.alerts: _alert,
    schema.alert_authors: _by_type,
    schema.forms: _by_type,
    schema.decisions: _by_type,
    schema.orders: _order,
    schema.order_parts: lambda row: BitMap.deserialize(row.persons),
    schema.campaigns: lambda row: BitMap.deserialize(row.covered),
    schema.shards: _shard,
    schema.units: lambda row: units.read_names(row.public_names),
    schema.officials: lambda row: officials.read_rights(row.rights),
    schema.admin_requests: admin_requests.read,
    schema.referrals: _referral,
    schema.countersignatures: _by_type,
    schema.duties: _by_type,
    schema.standing_authorisations: _by_type,
    schema.standing_decisions: _by_type,
    schema.regions: lambda row: regions.must_be_outline(row.outline),
    schema.bitmaps: lambda row: unpack(bytes(row.bits)),
    schema.services: lambda row: services.read_scopes(row.scopes),
    schema.trusted_senders: _by_type,
    schema.endpoints: _by_type,
    schema.partners: _by_type,
    schema.areas: lambda row: orjson.loads(row.content),
    schema.matters: _by_type,
    schema.calls: _by_type,
    schema.shifts: _by_type,
}
