"""Statements about who has an address: keyed hashes, packed, so that an address is found without being readable.

A hash falls anywhere, so a tree of single hashes would be rewritten all over by every import. They lie in 256 buckets
by their first byte, and in each bucket by block of ids: an import adds to the newest block of each bucket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from sqlalchemy import Connection

from hub.store.register.batch import MARK_BYTES
from hub.store.sql.blocks import Ids
from hub.store.sql.packed import Entries, PackedTable, group_rows

SHIFT = 16  #: a block of a bucket is that of 65,536 ids: a few kilobytes
BUCKETS = 256
ENTRY = np.dtype([("mark", "<u8"), ("id", "<u4")])  #: packed, 12 bytes; the mark is the beginning of the keyed hash


def _without(held: Entries, gone: Entries) -> Entries:
    """`held` less exactly these pairs of mark and id; two people may share a mark."""
    doubtful = np.flatnonzero(np.isin(held["mark"], gone["mark"]) & np.isin(held["id"], gone["id"]))
    pairs = set(gone.tolist())
    left = np.ones(len(held), dtype=np.bool_)
    left[[place for place in doubtful.tolist() if held[place].item() in pairs]] = False
    return held[left]


_TABLE = PackedTable("address_hashes", "bucket", "smallint", ENTRY, _without)


def entries(ids: Ids, marks: Sequence[bytes]) -> Entries:
    """One entry for each mark; `marks` holds each person's, one after the other, 8 bytes each."""
    counts = np.fromiter(map(len, marks), dtype=np.int64, count=len(marks)) // MARK_BYTES
    made = np.empty(int(counts.sum()), dtype=ENTRY)
    made["mark"] = np.frombuffer(b"".join(marks), dtype=">u8")
    made["id"] = np.repeat(ids, counts)
    return made


def apply(connection: Connection, added: Entries, taken: Entries) -> None:
    """Takes entries out, then puts entries in."""
    _TABLE.change(connection, _buckets(taken), _buckets(added))


def holders(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, list[int]]:
    """Keyed hash of an address, or its mark, to the recipients who have it, lowest first; a household may share one.

    The channel is part of what is hashed, so it need not be said.
    """
    sought: defaultdict[int, dict[int, bytes]] = defaultdict(dict)
    for hashed in hashes:
        mark = int.from_bytes(hashed[:MARK_BYTES], "big")
        sought[hashed[0]][mark] = hashed
    found: defaultdict[bytes, list[int]] = defaultdict(list)
    for bucket, marks in sought.items():
        wanted = np.fromiter(marks, dtype=np.uint64, count=len(marks))
        held = _TABLE.read(connection, (bucket,))
        for mark, number in held[np.isin(held["mark"], wanted)].tolist():
            found[marks[mark]].append(number)
    return {hashed: sorted(people) for hashed, people in found.items()}


def holders_of(connection: Connection, addresses: Iterable[Sequence[bytes]]) -> dict[bytes, list[int]]:
    """As `holders`, of addresses with a hash under each key that rows may be under; by the first of them."""
    wanted = {hashes[0]: hashes for hashes in addresses}
    found = holders(connection, {hashed for hashes in wanted.values() for hashed in hashes})
    people = {first: {person for each in hashes for person in found.get(each, ())} for first, hashes in wanted.items()}
    return {first: sorted(those) for first, those in people.items() if those}


def people_sharing_addresses(connection: Connection, buckets: Iterable[int]) -> Iterator[Ids]:
    """Bucket by bucket the people who have an address in it that somebody else has too."""
    for bucket in buckets:
        held = _TABLE.read(connection, (bucket,))
        marks = np.ascontiguousarray(held["mark"])
        order = np.argsort(marks)
        same = np.diff(marks[order]) == 0
        if same.any():
            several = np.append(same, False) | np.append(False, same)
            yield np.unique(held["id"][order[several]])


def _buckets(changed: Entries) -> Iterator[tuple[tuple[int, int], Entries]]:
    """The entries of each (bucket, block)."""
    buckets = (changed["mark"].astype(np.uint64) >> np.uint64(56)).astype(np.int64)
    for key, rows in group_rows((changed["id"].astype(np.int64) >> SHIFT) << 8 | buckets):
        yield (key & 255, key >> 8), changed[rows]
