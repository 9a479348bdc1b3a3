"""Statements about addresses that several people have: a family's telephone, that of a village committee.

Who has such an address is filed, so that nobody else's row need be read when a warning is cut. The set may hold people
who share no more; it lacks nobody, except those whose addresses have not been compared with everybody's yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.crypto.vault import Sealer, Vault
from hub.errors import RowUnreadable
from hub.store.register import addresses, bitmaps, purposes
from hub.store.register.batch import MARK_BYTES
from hub.store.sql.blocks import Ids, bits_of
from hub.store.sql.keyed import lock_for_numbering, rows_by
from targeting.group import DUTY

SHARED = "shared"  #: kind of the bitmap index: who has an address on any channel that somebody else has too
UNCOMPARED = "uncompared"  #: whose addresses were written since they were last compared with everybody's
FEW = 1000  #: so many are compared as they are written; more wait until the last of them is there
PAGE = 20_000  #: people of one comparison while hash keys are changing: each of their addresses is opened
CROWD = 5  #: a number of more people than this is no family's

_MARKS = "SELECT id, language, address_columns, marks FROM recipients WHERE id {among} ORDER BY id"
_SEALED = "SELECT id, language, sealed FROM recipients WHERE id {among} ORDER BY id"


class Number(NamedTuple):
    """An address of a person without the address: its marks under the key in force and those before, newest first."""

    person: int
    language: str
    marks: tuple[bytes, ...]

    @property
    def mark(self) -> bytes:
        """Equal for equal addresses, whatever key their rows are under."""
        return self.marks[0]


@dataclass(frozen=True, slots=True)
class Sharing:
    """How many numbers of a channel several of some people have: `crowded` ones more than CROWD, at `most` so many."""

    channel: str
    numbers: int
    persons: int
    crowded: int
    crowded_persons: int
    most: int


def note(connection: Connection, ids: Ids) -> None:
    """The addresses of these people are new, and with whose they are the same is not known yet."""
    if len(ids):
        changes = bitmaps.Changes()
        changes.added[UNCOMPARED, ""].append(ids)
        bitmaps.apply(connection, changes)


def awaiting_comparison(connection: Connection) -> BitMap:
    """Whose addresses wait to be compared with everybody's."""
    return _people_under(connection, UNCOMPARED)


def compare_few(connection: Connection, vault: Vault) -> None:
    """Compares what waits if it is little; much is compared once, when all of it is there."""
    if len(awaiting_comparison(connection)) <= FEW:
        compare(connection, vault)


def compare(connection: Connection, vault: Vault) -> int:
    """Files whoever shares an address with one of those who wait; how many waited, 0 when nobody does.

    Much is one look through all hashes: half a second for a million people, and nothing when nobody waits.
    """
    waiting = awaiting_comparison(connection)
    if not waiting:
        return 0
    lock_for_numbering(connection, "recipients")  # as an import does: neither writes between the other's steps
    box, found = vault.box, BitMap()
    if _are_changing(connection, box):
        waiting = waiting[:PAGE]
        found = _under_any_key(connection, box, waiting)
    for people in addresses.people_sharing_addresses(connection, _buckets(connection, waiting)):
        found |= bits_of(people)
    changes = bitmaps.Changes()
    changes.added[SHARED, ""].append(np.array(found, dtype=np.uint32))
    changes.taken[UNCOMPARED, ""].append(np.array(waiting, dtype=np.uint32))
    bitmaps.apply(connection, changes)
    return len(waiting)


def sharing(connection: Connection) -> BitMap:
    """Who may have an address that somebody else has too; who has none is not among them."""
    return _people_under(connection, SHARED)


def _people_under(connection: Connection, kind: str) -> BitMap:
    """Nobody where the row does not read: then whoever shares a number is told twice, and everybody is told."""
    try:
        return bitmaps.one(connection, kind, "")
    except RowUnreadable:
        return BitMap()


def responsible(connection: Connection) -> BitMap:
    """Responsible persons: each of them is told and answers for himself, whoever else has the number."""
    groups = [key for key in bitmaps.keys(connection, bitmaps.GROUP) if key.startswith(DUTY)]
    return bitmaps.union(connection, bitmaps.GROUP, groups) | purposes.persons_of_purpose(
        connection, purposes.RESPONSIBLE
    )


def numbers(connection: Connection, vault: Vault, people: Iterable[int], column: str) -> list[Number]:
    """The numbers of those of these people who have one in the column, by id, and of rows that read: of whoever is
    left out nobody bears a message.
    """
    box = vault.box
    if _are_changing(connection, box):  # then one address has several hashes, and is read
        opened = ((row[0], row[1], box.try_open(row[2]) or {}) for row in rows_by(connection, _SEALED, people))
        return [
            Number(person, language, _marks(box, column, held[column]))
            for person, language, held in opened
            if column in held
        ]
    places: dict[str, slice | None] = {}  # of the column's mark, by the columns a person has: a few lists of them
    found = []
    for person, language, channels, marks in rows_by(connection, _MARKS, people):
        if not _reads(language, channels, marks):
            continue
        if channels not in places:
            names = channels.split(",")
            at = names.index(column) * MARK_BYTES if column in names else None
            places[channels] = None if at is None else slice(at, at + MARK_BYTES)
        if (place := places[channels]) is not None:
            found.append(Number(person, language, (marks[place],)))
    return found


def holders_together(
    connection: Connection, columns: Collection[str], people: Iterable[int]
) -> Iterator[Sequence[int]]:
    """Those of these people who have one number in one of the columns, number by number; alone is nobody.

    From what is filed, as `count_shared` counts.
    """
    at: dict[tuple[str, bytes], list[int]] = {}
    for person, column, mark in _addresses_of(connection, people):
        if column in columns:
            at.setdefault((column, mark), []).append(person)
    return (holders for holders in at.values() if len(holders) > 1)


def _reads(language: object, channels: object, marks: object) -> bool:
    """SQLite keeps in a cell whatever somebody writes there."""
    return isinstance(language, str) and isinstance(channels, str) and isinstance(marks, bytes)


def count_shared(
    connection: Connection, taking: Mapping[str, BitMap], columns: Mapping[str, str], apart: Sequence[BitMap] = ()
) -> tuple[Sharing, ...]:
    """By channel, how many numbers several of those who take it have; channels without any are left out. `columns` has
    the column of the register of each.

    `apart` are people by the text they are told, each in one of the sets: another text is another message to the same
    number. Responsible persons are told one by one. From what is filed, so that an estimate opens no address: while
    hash keys change, a number may count as two.
    """
    merged = sharing(connection) - responsible(connection)
    those = BitMap.union(BitMap(), *(merged & bits for bits in taking.values()))
    holders: dict[str, list[int]] = {channel: [] for channel in taking}
    for alike in apart or (those,):
        for channel, marks in _marks_held(connection, taking, columns, those & alike).items():
            holders[channel] += _holders(marks)
    told = (measure_sharing(channel, counts) for channel, counts in holders.items())
    return tuple(each for each in told if each.numbers)


def _marks_held(
    connection: Connection, taking: Mapping[str, BitMap], columns: Mapping[str, str], people: BitMap
) -> dict[str, list[int]]:
    """By channel, the mark of the number of each of these people who takes it."""
    held: dict[str, list[int]] = {channel: [] for channel in taking}
    for person, column, mark in _addresses_of(connection, people):
        for channel, bits in taking.items():
            if columns[channel] == column and person in bits:
                held[channel].append(int.from_bytes(mark, "big"))
    return held


def _addresses_of(connection: Connection, people: Iterable[int]) -> Iterator[tuple[int, str, bytes]]:
    """Person, column and mark of every address of these people, as filed: while hash keys change, under either."""
    statement = "SELECT id, address_columns, marks FROM recipients WHERE id {among}"
    for person, channels, marks in rows_by(connection, statement, people):
        if not _reads("", channels, marks):
            continue
        for at, column in enumerate(channels.split(",")):
            yield person, column, bytes(marks[at * MARK_BYTES : (at + 1) * MARK_BYTES])


def measure_sharing(channel: str, holders: Sequence[int]) -> Sharing:
    """What a channel shares, from how many people each number has."""
    several = [count for count in holders if count > 1]
    crowds = [count for count in several if count > CROWD]
    return Sharing(channel, len(several), sum(several), len(crowds), sum(crowds), max(several, default=0))


def _holders(marks: Sequence[int]) -> list[int]:
    counts: list[int] = np.unique(np.array(marks, dtype=np.uint64), return_counts=True)[1].tolist()
    return counts


def _are_changing(connection: Connection, box: Sealer) -> bool:
    """Whether rows are under an older hash key: then equal addresses may have different hashes."""
    return any(kid != box.hash_kid for kid in bitmaps.keys(connection, bitmaps.HASHED))


def _buckets(connection: Connection, waiting: BitMap) -> Iterable[int]:
    """Where the hashes of these people lie; everywhere, for more than a few."""
    if len(waiting) > FEW:
        return range(addresses.BUCKETS)
    rows = rows_by(connection, "SELECT marks FROM recipients WHERE id {among}", waiting)
    return sorted({bucket for (marks,) in rows if isinstance(marks, bytes) for bucket in marks[::MARK_BYTES]})


def _under_any_key(connection: Connection, box: Sealer, waiting: BitMap) -> BitMap:
    """Whoever has an address of these people under whatever key, where that is more than one."""
    rows = rows_by(connection, "SELECT sealed FROM recipients WHERE id {among}", waiting)
    told = [(channel, to) for (sealed,) in rows for channel, to in (box.try_open(sealed) or {}).items()]
    held = addresses.holders_of(connection, [_marks(box, channel, to) for channel, to in told])
    return BitMap.union(BitMap(), *(BitMap(people) for people in held.values() if len(people) > 1))


def _marks(box: Sealer, channel: str, address: str) -> tuple[bytes, ...]:
    return tuple(hashed[:MARK_BYTES] for hashed in box.fingerprints(channel, address))
