"""Statements about recipients: the register, its bitmap index, and the addresses dispatch sends to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, func, select

from hub.store import bitmaps
from hub.store import regions as region_store
from hub.store.enrolment import Upserted, upsert
from hub.store.keyed import rows_by
from hub.store.schema import recipients
from hub.vault import Vault
from targeting import cell
from targeting.audience import in_range
from targeting.recipient import Recipient
from targeting.select import Located

__all__ = [
    "Contact",
    "SqlDirectory",
    "Upserted",
    "by_address",
    "by_external_id",
    "channel_bits",
    "contacts",
    "count",
    "everyone",
    "language_bits",
    "languages",
    "listed",
    "regions_of",
    "upsert",
]

PAGE = 2000  #: rows of one page of an export


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a message goes to on one channel; `address` is canonical and must never be logged."""

    id: int
    language: str
    address: str


@dataclass(frozen=True, slots=True)
class SqlDirectory:
    """`targeting.select.Directory` over the bitmaps table; reads only what a selection touches."""

    connection: Connection

    def region(self, key: str) -> BitMap:
        return bitmaps.one(self.connection, bitmaps.REGION, key)

    def outline(self, key: str) -> Any | None:
        return region_store.outline(self.connection, key)

    def language(self, wanted: str) -> BitMap:
        # Few languages are spoken, but each bitmap may hold millions: only those in the range are read.
        spoken = bitmaps.keys_between(self.connection, bitmaps.LANGUAGE, "", "\x7f")
        return bitmaps.union(self.connection, bitmaps.LANGUAGE, (tag for tag in spoken if in_range(tag, wanted)))

    def group(self, key: str) -> BitMap:
        return bitmaps.one(self.connection, bitmaps.GROUP, key)

    def occupied(self, resolution: int, parents: Sequence[int] | None) -> Sequence[int]:
        found: list[int] = []
        for parent in [None] if parents is None else parents:
            low, high = (cell.text_of(number) for number in cell.range_of(parent, resolution))
            found += [int(key, 16) for key in bitmaps.keys_between(self.connection, bitmaps.CELL, low, high)]
        return found

    def cells(self, cells: Sequence[int]) -> BitMap:
        return bitmaps.union(self.connection, bitmaps.CELL, map(cell.text_of, cells))

    def located(self, cells: Sequence[int]) -> Located:
        rows = rows_by(self.connection, "SELECT id, lat, lon FROM recipients WHERE cell {among}", cells)
        table = np.array(rows, dtype=np.float64).reshape(-1, 3)
        return Located(table[:, 0].astype(np.uint32), table[:, 1], table[:, 2])


def contacts(connection: Connection, vault: Vault, ids: Iterable[int], channel: str) -> list[Contact]:
    """The addresses of these recipients on one channel, by id; who has none there is left out. The hot path."""
    rows = rows_by(connection, "SELECT id, language, sealed FROM recipients WHERE id {among} ORDER BY id", ids)
    opened = vault.open
    found = []
    for number, language, sealed in rows:
        address = opened(sealed).get(channel)
        if address is not None:
            found.append(Contact(number, language, address))
    return found


def languages(connection: Connection, bits: BitMap) -> dict[str, int]:
    """How many of these people speak each language, most spoken first."""
    counted = {
        key: spoken
        for key, speakers in bitmaps.all_of(connection, bitmaps.LANGUAGE).items()
        if (spoken := bits.intersection_cardinality(speakers))
    }
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def channel_bits(connection: Connection, channel: str) -> BitMap:
    """Everyone with an address on the channel."""
    return bitmaps.one(connection, bitmaps.CHANNEL, channel)


def language_bits(connection: Connection, language: str) -> BitMap:
    """Everyone who wants this language."""
    return bitmaps.one(connection, bitmaps.LANGUAGE, language)


def by_address(connection: Connection, vault: Vault, channel: str, address: str) -> list[int]:
    """Everyone who has this canonical address on the channel; a family may share a telephone."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"SELECT recipient FROM address_hashes WHERE channel = {mark} AND hash = {mark} ORDER BY recipient"
    rows = connection.exec_driver_sql(statement, (channel, vault.fingerprint(channel, address)))
    return [row[0] for row in rows]


def regions_of(connection: Connection, ids: Iterable[int]) -> dict[int, int]:
    """The region id each recipient is registered in."""
    rows = rows_by(connection, "SELECT id, region FROM recipients WHERE id {among}", ids)
    return dict(rows)


def by_external_id(connection: Connection, external_id: str) -> int | None:
    """The internal id of a person of the register."""
    return connection.execute(select(recipients.c.id).where(recipients.c.external_id == external_id)).scalar()


def count(connection: Connection) -> int:
    """How many recipients there are."""
    return connection.execute(select(func.count()).select_from(recipients)).scalar_one()


def everyone(connection: Connection) -> BitMap:
    """All recipients: each is filed under one language."""
    return BitMap.union(BitMap(), *bitmaps.all_of(connection, bitmaps.LANGUAGE).values())


def listed(connection: Connection, vault: Vault | None, bits: BitMap | None = None) -> Iterator[tuple[int, Recipient]]:
    """Recipients by id, page by page; addresses only with a vault, otherwise none. `bits` limits who."""
    ids = everyone(connection) if bits is None else bits
    statement = (
        "SELECT p.id, p.external_id, r.key, p.language, p.lat, p.lon, p.groups, p.sealed "
        "FROM recipients p JOIN regions r ON r.id = p.region WHERE p.id {among} ORDER BY p.id"
    )
    for start in range(0, len(ids), PAGE):
        rows = rows_by(connection, statement, ids[start : start + PAGE])
        for number, external_id, region, language, lat, lon, groups, sealed in rows:
            addresses: Mapping[str, str] = vault.open(sealed) if vault else {}
            members = frozenset(groups.split(",") if groups else ())
            yield number, Recipient(external_id, region, language, lat, lon, members, addresses)
