"""Statements about recipients: the register, its bitmap index, and the addresses dispatch sends to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection, select

from hub.crypto.vault import Vault
from hub.errors import RowUnreadable
from hub.store.register import bitmaps
from hub.store.register.addresses import holders_of
from hub.store.register.directory import SqlDirectory
from hub.store.register.enrolment import UpsertCounts, upsert
from hub.store.schema import recipients
from hub.store.sql.keyed import rows_by
from targeting.recipient import Recipient

__all__ = [
    "RecipientAddress",
    "SqlDirectory",
    "UpsertCounts",
    "by_address",
    "by_external_id",
    "channel_bits",
    "contacts",
    "count",
    "everyone",
    "iterate_recipients",
    "language_bits",
    "languages",
    "regions_of",
    "unreadable",
    "upsert",
]

NO_LANGUAGE = "und"  #: of whoever's does not read (RFC 5646 §4.1: undetermined)
_CONTACTS = "SELECT id, language, sealed FROM recipients WHERE id {among} ORDER BY id"
PAGE = 2000  #: rows of one page of an export


@dataclass(frozen=True, slots=True)
class RecipientAddress:
    """Whom a message goes to on one channel; `address` is canonical and must never be logged."""

    id: int
    language: str
    address: str


def contacts(connection: Connection, vault: Vault, ids: Iterable[int], column: str) -> list[RecipientAddress]:
    """The addresses of these recipients in one column, by id; who has none there is left out, and so is who is
    `unreadable`. Whose language alone does not read is told in whatever language comes first. The hot path.
    """
    opened = vault.try_open
    found = []
    for number, language, sealed in rows_by(connection, _CONTACTS, ids):
        address = (opened(sealed) or {}).get(column)
        if address is not None:
            found.append(RecipientAddress(number, language if isinstance(language, str) else NO_LANGUAGE, address))
    return found


def unreadable(connection: Connection, vault: Vault, ids: Iterable[int]) -> list[RowUnreadable]:
    """Of these recipients, the rows that do not read: no key of ours opens what is sealed, or the language is none."""
    found = []
    for number, language, sealed in rows_by(connection, _CONTACTS, ids):
        columns = {"language": isinstance(language, str), "sealed": vault.try_open(sealed) is not None}
        if wrong := [name for name, reads in columns.items() if not reads]:
            found.append(RowUnreadable(f"{recipients.name}/{number}", ", ".join(wrong)))
    return found


def languages(connection: Connection, bits: BitMap) -> dict[str, int]:
    """How many of these people speak each language, most spoken first."""
    counted = {
        key: spoken
        for key, speakers in bitmaps.all_of(connection, bitmaps.LANGUAGE).items()
        if (spoken := bits.intersection_cardinality(speakers))
    }
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def channel_bits(connection: Connection, column: str) -> BitMap:
    """Everyone with an address in the column."""
    return bitmaps.one(connection, bitmaps.ADDRESS_COLUMN, column)


def language_bits(connection: Connection, language: str) -> BitMap:
    """Everyone who wants this language."""
    return bitmaps.one(connection, bitmaps.LANGUAGE, language)


def by_address(connection: Connection, vault: Vault, column: str, address: str) -> list[int]:
    """Everyone who has this canonical address in the column; a family may share a telephone."""
    hashes = vault.fingerprints(column, address)
    return holders_of(connection, [hashes]).get(hashes[0], [])


def regions_of(connection: Connection, ids: Iterable[int]) -> dict[int, int]:
    """The region id each recipient is registered in."""
    rows = rows_by(connection, "SELECT id, region FROM recipients WHERE id {among}", ids)
    return dict(rows)


def by_external_id(connection: Connection, external_id: str) -> int | None:
    """The internal id of a person of the register."""
    return connection.execute(select(recipients.c.id).where(recipients.c.external_id == external_id)).scalar()


def count(connection: Connection) -> int:
    """How many recipients there are."""
    return len(everyone(connection))  # counting the rows of ten million would read them


def everyone(connection: Connection) -> BitMap:
    """All recipients: each is filed under one language."""
    return BitMap.union(BitMap(), *bitmaps.all_of(connection, bitmaps.LANGUAGE).values())


def iterate_recipients(
    connection: Connection, vault: Vault | None, bits: BitMap | None = None
) -> Iterator[tuple[int, Recipient]]:
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
