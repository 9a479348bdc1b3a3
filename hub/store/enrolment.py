"""The one way into the register: rows, keyed hashes and bitmap index change in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from hub.store import bitmaps
from hub.store import regions as region_store
from hub.store.bitmaps import Changes
from hub.store.keyed import insert_many, lock_for_numbering, rows_by
from hub.store.schema import recipients
from hub.vault import Vault
from targeting import cell
from targeting.recipient import Recipient

_COLUMNS = tuple(column.name for column in recipients.columns)
_KNOWN = (
    "SELECT p.external_id, p.id, p.region, p.cell, p.language, p.groups, p.channels "
    "FROM recipients p WHERE p.external_id {among}"
)


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many persons an import added and how many it replaced (changed or not)."""

    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class _Filed:
    """Where a person is, or is to be, filed: the index keys follow from it."""

    region: int
    cell: int | None
    language: str
    groups: str
    channels: str


def upsert(connection: Connection, vault: Vault, people: Sequence[Recipient], now_ms: int) -> Upserted:
    """Adds or replaces persons by external id; of two with the same one the later stays. New ids have no gaps.

    Raises ValueError naming a region key that is not stored. `now_ms` is kept as the time of the change.
    """
    wanted = {person.external_id: person for person in people}
    lock_for_numbering(connection, "recipients")
    region_ids = region_store.ids_by_key(connection, {person.region for person in wanted.values()})
    if missing := {person.region for person in wanted.values()} - region_ids.keys():
        raise ValueError(f"region {min(missing)} is not known")
    known = {row[0]: (row[1], _Filed(*row[2:])) for row in rows_by(connection, _KNOWN, wanted)}
    next_id = (connection.execute(select(func.max(recipients.c.id))).scalar() or 0) + 1
    rows, hashes, before, after = [], [], {}, {}
    for external_id, person in wanted.items():
        if external_id in known:
            number, before[number] = known[external_id]
        else:
            number, next_id = next_id, next_id + 1
        filed = _filed(person, region_ids[person.region])
        after[number] = filed
        hashes += [(channel, vault.fingerprint(channel, to), number) for channel, to in person.addresses.items()]
        place = (person.lat, person.lon, filed.cell)
        rest = (filed.language, filed.groups, filed.channels, vault.seal(person.addresses), now_ms)
        rows.append((number, external_id, filed.region, *place, *rest))
    _replace(connection, rows, hashes, before)
    _reindex(connection, before, after)
    return Upserted(new=len(after) - len(before), changed=len(before))


def _filed(person: Recipient, region: int) -> _Filed:
    here = None if person.lat is None or person.lon is None else cell.cell_of(person.lat, person.lon)
    return _Filed(region, here, person.language, ",".join(sorted(person.groups)), ",".join(sorted(person.addresses)))


def _replace(
    connection: Connection, rows: Sequence[tuple[Any, ...]], hashes: Sequence[tuple[Any, ...]], old: Iterable[int]
) -> None:
    if replaced := list(old):
        rows_by(connection, "DELETE FROM address_hashes WHERE recipient {among} RETURNING 0", replaced)
        rows_by(connection, "DELETE FROM recipients WHERE id {among} RETURNING 0", replaced)
    insert_many(connection, "recipients", _COLUMNS, rows)
    insert_many(connection, "address_hashes", ("channel", "hash", "recipient"), hashes)


def _reindex(connection: Connection, before: Mapping[int, _Filed], after: Mapping[int, _Filed]) -> None:
    """Files everyone under every region above theirs, and every cell, group, language and channel."""
    moved = [number for number, filed in after.items() if before.get(number) != filed]
    touched = {filed.region for number in moved for filed in (after[number], before.get(number)) if filed}
    chains = {
        region: [key for _, key in chain] for region, chain in region_store.ancestors(connection, touched).items()
    }
    changes = Changes()
    _file(changes.taken, ((number, before[number]) for number in moved if number in before), chains)
    _file(changes.added, ((number, after[number]) for number in moved), chains)
    bitmaps.apply(connection, changes)


def _file(
    into: defaultdict[tuple[str, str], list[int]],
    people: Iterable[tuple[int, _Filed]],
    chains: Mapping[int, Sequence[str]],
) -> None:
    """Sorts people by what they share first: a batch has far fewer regions, cells and group lists than people."""
    shared: tuple[defaultdict[Any, list[int]], ...] = tuple(defaultdict(list) for _ in range(5))
    regions, cells, languages, groups, channels = shared
    for number, filed in people:
        regions[filed.region].append(number)
        languages[filed.language].append(number)
        groups[filed.groups].append(number)
        channels[filed.channels].append(number)
        if filed.cell is not None:
            cells[filed.cell].append(number)
    for region, numbers in regions.items():
        for key in chains[region]:
            into[bitmaps.REGION, key] += numbers
    for finest, numbers in cells.items():
        for number in cell.ladder_of(finest):
            into[bitmaps.CELL, cell.text_of(number)] += numbers
    for language, numbers in languages.items():
        into[bitmaps.LANGUAGE, language] += numbers
    for kind, lists in ((bitmaps.GROUP, groups), (bitmaps.CHANNEL, channels)):
        for keys, numbers in lists.items():
            for key in filter(None, keys.split(",")):
                into[kind, key] += numbers
