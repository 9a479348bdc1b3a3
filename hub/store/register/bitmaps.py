"""Statements about the bitmap index: who is in a region, group, cell, who speaks a language or has a channel.

A set is kept in blocks of 2²⁰ ids, one row each: an import touches the blocks its ids fall into, and a reader puts the
blocks of a key together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.errors import RowUnreadable
from hub.store.sql.blocks import SHIFT, Ids, bits_of, split_blocks
from hub.store.sql.bulk import BulkStatement
from hub.store.sql.keyed import rows_by
from hub.store.sql.rows import FAULTS
from targeting.bitmap import pack, unite_bitmaps, unpack

REGION, GROUP, LANGUAGE, ADDRESS_COLUMN, CELL = "region", "group", "language", "address_column", "cell"
PLACE = "place"  #: who chose a place in the region beside the one they are registered in
SEEN = "seen"  #: whom an import that is under way has met already; the key is the import's number
ERASED = "erased"  #: numbers that were people's who were erased: never given again
SEALED, HASHED = "sealed", "hashed"  #: whose addresses which key sealed, and which hashed; the key is its kid
_FOLLOWING = (REGION, GROUP, LANGUAGE, ADDRESS_COLUMN, CELL)  #: kinds that follow from a person's row

_KEEP = BulkStatement(
    sqlite="INSERT INTO bitmaps (kind, key, block, bits) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (kind, key, block) DO UPDATE SET bits = excluded.bits",
    postgres="INSERT INTO bitmaps (kind, key, block, bits) "
    "SELECT * FROM unnest(%s::text[], %s::text[], %s::integer[], %s::bytea[]) "
    "ON CONFLICT (kind, key, block) DO UPDATE SET bits = excluded.bits",
)
_DROP = BulkStatement(
    sqlite="DELETE FROM bitmaps WHERE kind = ? AND key = ? AND block = ?",
    postgres="DELETE FROM bitmaps b USING unnest(%s::text[], %s::text[], %s::integer[]) AS gone(kind, key, block) "
    "WHERE b.kind = gone.kind AND b.key = gone.key AND b.block = gone.block",
)


@dataclass(slots=True)
class Changes:
    """What an import adds to and takes from the bitmaps; collected first, applied in one go."""

    added: defaultdict[tuple[str, str], list[Ids]] = field(default_factory=lambda: defaultdict(list))
    taken: defaultdict[tuple[str, str], list[Ids]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class _Block:
    added: BitMap = field(default_factory=BitMap)
    taken: BitMap = field(default_factory=BitMap)


def apply(connection: Connection, changes: Changes) -> None:
    """Changes the index. A person both taken from and added to one bitmap is in it afterwards. Empty ones go."""
    touched: defaultdict[tuple[str, int], defaultdict[str, _Block]] = defaultdict(lambda: defaultdict(_Block))
    for (kind, key), parts in changes.added.items():
        for block, bits in split_blocks(bits_of(np.concatenate(parts))):
            touched[kind, block][key].added = bits
    for (kind, key), parts in changes.taken.items():
        for block, bits in split_blocks(bits_of(np.concatenate(parts))):
            touched[kind, block][key].taken = bits
    kept, emptied = [], []
    for (kind, block), keys in touched.items():
        before = _block(connection, kind, block, keys)
        for key, change in keys.items():
            bits = before.get(key, BitMap())
            bits -= change.taken
            bits |= change.added
            if bits:
                kept.append((kind, key, block, pack(bits)))
            elif key in before:
                emptied.append((kind, key, block))
    _KEEP.run(connection, kept)
    _DROP.run(connection, emptied)


def _block(connection: Connection, kind: str, block: int, keys: Iterable[str]) -> dict[str, BitMap]:
    statement = f"SELECT key, bits FROM bitmaps WHERE kind = '{kind}' AND block = {block} AND key {{among}}"
    return {key: _unpack(kind, key, bits) for key, bits in rows_by(connection, statement, keys)}


def read(connection: Connection, kind: str, keys: Iterable[str]) -> Mapping[str, BitMap]:
    """The bitmaps of these keys that hold anyone."""
    return of_kinds(connection, (kind,), keys)


def one(connection: Connection, kind: str, key: str) -> BitMap:
    """The bitmap of one key; empty where nobody is filed under it. Raises RowUnreadable, as whatever reads one does:
    who is in a set that does not read nobody knows, and a warning must not pass them over.
    """
    return union(connection, kind, (key,))


def union(connection: Connection, kind: str, keys: Iterable[str]) -> BitMap:
    """Everyone filed under any of the keys."""
    wanted = list(keys)
    rows = rows_by(connection, f"SELECT bits FROM bitmaps WHERE kind = '{kind}' AND key {{among}}", wanted)
    try:
        return unite_bitmaps(bytes(row[0]) for row in rows)
    except FAULTS:
        read(connection, kind, wanted)  # which of them it is
        raise


def of_kinds(connection: Connection, kinds: Iterable[str], keys: Iterable[str]) -> Mapping[str, BitMap]:
    """By key everyone filed under it in any of the kinds, of those that hold anyone."""
    named = ", ".join(f"'{kind}'" for kind in kinds)
    rows = rows_by(connection, f"SELECT kind, key, bits FROM bitmaps WHERE kind IN ({named}) AND key {{among}}", keys)
    return _join_rows(rows)


def all_of(connection: Connection, kind: str) -> Mapping[str, BitMap]:
    """Every bitmap of a kind: for kinds with few keys, languages, channels and groups."""
    return _join_rows(_rows(connection, f"SELECT kind, key, bits FROM bitmaps WHERE kind = '{kind}'"))


def keys(connection: Connection, kind: str) -> list[str]:
    """Every key of a kind, in no order: for kinds with few."""
    return [key for (key,) in _rows(connection, f"SELECT DISTINCT key FROM bitmaps WHERE kind = '{kind}'")]


def keys_between(connection: Connection, kind: str, low: str, high: str) -> list[str]:
    """The keys of a kind in a range of texts, ends included, in order."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"SELECT DISTINCT key FROM bitmaps WHERE kind = '{kind}' AND key BETWEEN {mark} AND {mark} ORDER BY key"
    result = connection.exec_driver_sql(statement, (low, high))
    # The driver's own rows, as in rows_by: a drawing asks for thousands of cells.
    keys = [row[0] for row in result.cursor.fetchall()] if result.cursor is not None else []
    result.close()
    return keys


def tally(connection: Connection, kind: str, bits: BitMap, keys: Iterable[str] | None = None) -> dict[str, int]:
    """How many of these people are filed under each key of a kind, or each of `keys`; who holds none is left out."""
    return {key: counts[0] for key, counts in tallies(connection, kind, (bits,), keys).items()}


def tallies(
    connection: Connection, kind: str, sets: Sequence[BitMap], keys: Iterable[str] | None = None
) -> dict[str, list[int]]:
    """`tally` of several sets of people at once, by key a count of each; a key that holds none of them is left out.

    Blocks are read one by one and let go: however many keys there are, little is held.
    """
    parts: defaultdict[int, list[tuple[int, BitMap]]] = defaultdict(list)
    for place, bits in enumerate(sets):
        for block, part in split_blocks(bits):
            parts[block].append((place, part))
    among = f"AND block IN ({', '.join(map(str, parts))})" if parts else "AND 0 = 1"
    statement = f"SELECT key, block, bits FROM bitmaps WHERE kind = '{kind}' {among}"
    rows = _rows(connection, statement) if keys is None else rows_by(connection, f"{statement} AND key {{among}}", keys)
    found: dict[str, list[int]] = {}
    for key, block, data in rows:
        bits = _unpack(kind, key, data)
        for place, part in parts[block]:
            if held := part.intersection_cardinality(bits):
                if key not in found:
                    found[key] = [0] * len(sets)
                found[key][place] += held
    return found


def file_keys(connection: Connection, kids: tuple[str, str], ids: Ids) -> None:
    """Files people under the keys that sealed and hashed their addresses, and under no other."""
    if not len(ids):
        return
    changes = Changes()
    for kind, kid in zip((SEALED, HASHED), kids, strict=True):
        for known in keys_between(connection, kind, "", "~"):
            changes.taken[kind, known].append(ids)
        changes.added[kind, kid].append(ids)
    apply(connection, changes)


def take_out(connection: Connection, ids: Ids) -> None:
    """Takes people out of every bitmap that does not follow from their rows, whichever kinds there are."""
    numbers = bits_of(ids)
    kept: list[tuple[Any, ...]] = []
    emptied: list[tuple[Any, ...]] = []
    for block, gone in split_blocks(numbers):
        among = ", ".join(f"'{kind}'" for kind in (*_FOLLOWING, ERASED))
        statement = f"SELECT kind, key, bits FROM bitmaps WHERE block = {block} AND kind NOT IN ({among})"
        for kind, key, data in _rows(connection, statement):
            bits = _unpack(kind, key, data)
            if not bits.isdisjoint(gone):
                left = bits - gone
                (kept if left else emptied).append((kind, key, block, pack(left)))
    _KEEP.run(connection, kept)
    _DROP.run(connection, [row[:3] for row in emptied])


def forget(connection: Connection, kind: str, key: str) -> None:
    """Removes a bitmap whole."""
    rows_by(connection, f"DELETE FROM bitmaps WHERE kind = '{kind}' AND key {{among}} RETURNING 0", (key,))


def _rows(connection: Connection, statement: str) -> Iterator[tuple[Any, ...]]:
    """Rows as the driver brings them, a few at a time."""
    result = connection.exec_driver_sql(statement)
    cursor = result.cursor
    try:
        while rows := cursor.fetchmany(200) if cursor is not None else []:
            yield from rows
    finally:
        result.close()


def _unpack(kind: str, key: object, data: Any) -> BitMap:
    """Raises RowUnreadable."""
    try:
        return unpack(bytes(data))
    except FAULTS as error:
        raise RowUnreadable(f"bitmaps/{kind}/{key}", "bits") from error


def _join_rows(rows: Iterable[tuple[Any, ...]]) -> dict[str, BitMap]:
    found: dict[str, BitMap] = {}
    for kind, key, data in rows:
        bits = _unpack(kind, key, data)
        if key in found:
            found[key] |= bits
        else:
            found[key] = bits
    return found


__all__ = [
    "ADDRESS_COLUMN",
    "CELL",
    "ERASED",
    "GROUP",
    "HASHED",
    "LANGUAGE",
    "PLACE",
    "REGION",
    "SEALED",
    "SEEN",
    "SHIFT",
    "Changes",
    "all_of",
    "apply",
    "file_keys",
    "forget",
    "keys",
    "keys_between",
    "of_kinds",
    "one",
    "read",
    "take_out",
    "tallies",
    "tally",
    "union",
]
