"""The one way into the register: rows, keyed hashes, coordinates and bitmap index change in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection, func, select

from hub.crypto.vault import Vault
from hub.store.register import addresses, bitmaps, points, preferences, purposes, refusals, shared
from hub.store.register import regions as region_store
from hub.store.register.batch import NOWHERE, Batch, IndexColumns, RegisterRow, batch_of, cells_of, words_of
from hub.store.register.bitmaps import Changes
from hub.store.register.purposes import ALERT
from hub.store.schema import recipients
from hub.store.sql.blocks import Ids
from hub.store.sql.bulk import BulkStatement
from hub.store.sql.keyed import insert_many, lock_for_numbering, rows_by
from hub.store.sql.packed import group_rows
from targeting import cell
from targeting.recipient import Recipient

_FILED = ("region", "lat", "lon", "language", "groups", "address_columns", "marks")
_COLUMNS = ("id", "external_id", *_FILED, "sealed", "updated_at")
_KNOWN = f"SELECT external_id, id, {', '.join(_FILED)} FROM recipients WHERE external_id {{among}}"
_CHANGED = (*_FILED, "sealed", "updated_at", "id")
_TYPES = ("bigint", "float8", "float8", "text", "text", "text", "bytea", "bytea", "bigint", "bigint")
_CHANGE = BulkStatement(
    sqlite=f"UPDATE recipients SET {', '.join(f'{name} = ?' for name in _CHANGED[:-1])} WHERE id = ?",
    postgres=f"UPDATE recipients p SET {', '.join(f'{name} = n.{name}' for name in _CHANGED[:-1])} "
    f"FROM unnest({', '.join(f'%s::{kind}[]' for kind in _TYPES)}) AS n({', '.join(_CHANGED)}) WHERE p.id = n.id",
)


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    """How many persons an import added and how many it replaced (changed or not)."""

    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of a batch. `repeated` are the lines of people the same import had met before: they stay as then."""

    new: int
    changed: int
    repeated: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftPerson:
    """Who left: their number, and their addresses as they were sealed."""

    id: int
    sealed: bytes


def upsert(connection: Connection, vault: Vault, people: Sequence[Recipient], now_ms: int) -> UpsertCounts:
    """Adds or replaces persons by external id; of two with the same one the later stays. New ids have no gaps.

    Raises ValueError naming a region key that is not stored. `now_ms` is kept as the time of the change.
    """
    wanted = {person.external_id: person for person in people}
    region_ids = region_store.ids_by_key(connection, {person.region for person in wanted.values()})
    if missing := {person.region for person in wanted.values()} - region_ids.keys():
        raise ValueError(f"region {min(missing)} is not known")
    entries = [
        RegisterRow(
            person.external_id,
            person.region,
            person.language,
            person.lat,
            person.lon,
            ",".join(sorted(person.groups)),
            dict(sorted(person.addresses.items())),
        )
        for person in wanted.values()
    ]
    done = enrol(connection, batch_of(vault, region_ids, entries), now_ms)
    shared.compare_few(connection, vault)
    return UpsertCounts(done.new, done.changed)


def enrol(
    connection: Connection, batch: Batch, now_ms: int, *, run: int | None = None, purpose: str = ALERT
) -> Enrolled:
    """Adds or replaces the people of a batch by external id; new ids have no gaps and follow the batch's order.

    `run` is the number of the import the batch belongs to: whom it has met before is left as the first row said.
    `purpose` is what their addresses were given for. With whom they share these is `shared.compare`'s, afterwards.
    """
    lock_for_numbering(connection, "recipients")
    known = {row[0]: row[1:] for row in rows_by(connection, _KNOWN, batch.external_ids)}
    repeated: tuple[int, ...] = ()
    if known and run is not None:
        batch, repeated = _unmet(connection, batch, known, run)
    first = _next_number(connection)
    is_known = np.fromiter((name in known for name in batch.external_ids), dtype=np.bool_, count=len(batch))
    fresh, met = batch.take(np.flatnonzero(~is_known)), batch.take(np.flatnonzero(is_known))
    ids = np.arange(first, first + len(fresh), dtype=np.uint32)
    insert_many(connection, "recipients", _COLUMNS, _rows(fresh, ids, now_ms))
    met = _with_chosen_language(connection, met, [known[name][0] for name in met.external_ids])
    before, after, moved = _change(connection, met, [known[name] for name in met.external_ids], now_ms)
    _reindex(connection, taken=((moved, before),), added=((ids, fresh.filed), (moved, after)))
    entries = [addresses.entries(come, filed.marks) for come, filed in ((ids, fresh.filed), (moved, after))]
    refusals.apply_opt_outs(connection, np.concatenate(entries), now_ms)
    bitmaps.file_keys(connection, batch.kids, np.concatenate((ids, moved)))
    shared.note(connection, np.concatenate((ids, moved)))
    again = np.array([known[name][0] for name in met.external_ids], dtype=np.uint32)
    purposes.bind(connection, purpose, ids, again)
    if run is not None:
        seen = Changes()
        seen.added[bitmaps.SEEN, str(run)].append(np.concatenate((ids, again)))
        bitmaps.apply(connection, seen)
    return Enrolled(len(fresh), len(met), repeated)


def _with_chosen_language(connection: Connection, met: Batch, ids: Sequence[int]) -> Batch:
    """The batch with the language that people chose for themselves in the place of the register's."""
    languages = preferences.heed_languages(connection, met.filed, np.array(ids, dtype=np.uint32))
    return replace(met, filed=replace(met.filed, languages=languages))


def _next_number(connection: Connection) -> int:
    """One more than anybody ever had: the number of who was erased stands in what is kept of deliveries."""
    gone = bitmaps.one(connection, bitmaps.ERASED, "")
    newest: int = connection.execute(select(func.max(recipients.c.id))).scalar() or 0
    return max(newest, gone.max() if gone else 0) + 1


def leave(connection: Connection, ids: Sequence[int]) -> list[LeftPerson]:
    """Takes people out of the register and every index over it, for good; who was there, lowest number first.

    Their numbers are given to nobody again.
    """
    lock_for_numbering(connection, "recipients")
    statement = f"SELECT id, {', '.join(_FILED)}, sealed FROM recipients WHERE id {{among}} ORDER BY id"
    rows = rows_by(connection, statement, ids)
    if not rows:
        return []
    numbers = np.array([row[0] for row in rows], dtype=np.uint32)
    _reindex(connection, taken=((numbers, _to_columns([row[1:8] for row in rows])),), added=_NOBODY)
    bitmaps.take_out(connection, numbers)
    gone = Changes()
    gone.added[bitmaps.ERASED, ""].append(numbers)
    bitmaps.apply(connection, gone)
    rows_by(connection, "DELETE FROM recipients WHERE id {among} RETURNING 0", numbers.tolist())
    return [LeftPerson(row[0], bytes(row[8])) for row in rows]


def _unmet(
    connection: Connection, batch: Batch, known: Mapping[str, tuple[Any, ...]], run: int
) -> tuple[Batch, tuple[int, ...]]:
    """The batch without those the import has met before, and their lines."""
    seen = bitmaps.one(connection, bitmaps.SEEN, str(run)) & BitMap([row[0] for row in known.values()])
    if not seen:
        return batch, ()
    again = np.fromiter(
        (name in known and known[name][0] in seen for name in batch.external_ids), dtype=np.bool_, count=len(batch)
    )
    return batch.take(np.flatnonzero(~again)), tuple(sorted(batch.lines[again].tolist()))


def _columns(filed: IndexColumns) -> list[list[Any]]:
    """The columns of `_FILED`, as the database takes them."""
    coordinates = [_degrees(filed.lats), _degrees(filed.lons)]
    words = [column.texts_of_rows() for column in (filed.languages, filed.groups, filed.channels)]
    return [filed.regions.tolist(), *coordinates, *words, filed.marks]


def _degrees(column: NDArray[np.float64]) -> list[float | None]:
    missing = np.isnan(column)
    degrees: list[float | None] = column.tolist()
    for row in np.flatnonzero(missing).tolist():
        degrees[row] = None
    return degrees


def _rows(batch: Batch, ids: Ids, now_ms: int) -> list[tuple[Any, ...]]:
    columns = (ids.tolist(), batch.external_ids, *_columns(batch.filed), batch.sealed, repeat(now_ms))
    return list(zip(*columns, strict=False))


def _change(
    connection: Connection, batch: Batch, known: Sequence[tuple[Any, ...]], now_ms: int
) -> tuple[IndexColumns, IndexColumns, Ids]:
    """Replaces rows that differ from what is stored; what these were filed under, will be, and their ids.

    Who is the same in everything keeps the row as it is: a register that comes every night costs only its reading.
    """
    wanted = list(zip(*_columns(batch.filed), strict=True))
    stored = [(*row[1:7], bytes(row[7])) for row in known]
    differing = np.array([at for at, (old, new) in enumerate(zip(stored, wanted, strict=True)) if old != new], np.intp)
    changed = batch.take(differing)
    ids = np.array([known[at][0] for at in differing.tolist()], dtype=np.uint32)
    ends = (changed.sealed, repeat(now_ms), ids.tolist())
    _CHANGE.run(connection, list(zip(*_columns(changed.filed), *ends, strict=False)))
    return _to_columns([stored[at] for at in differing.tolist()]), changed.filed, ids


def _to_columns(rows: Sequence[tuple[Any, ...]]) -> IndexColumns:
    """Stored rows of `_FILED` as columns."""
    regions, lats, lons, languages, groups, channels, marks = zip(*rows, strict=True) if rows else ((),) * 7
    return IndexColumns(
        np.array(regions, dtype=np.int64),
        cells_of(lats, lons),
        np.array(lats, dtype=np.float64),
        np.array(lons, dtype=np.float64),
        words_of(languages),
        words_of(groups),
        words_of(channels),
        list(marks),
    )


_People = Sequence[tuple[Ids, IndexColumns]]
_NOBODY: _People = ((np.empty(0, dtype=np.uint32), _to_columns(())),)


def _reindex(connection: Connection, taken: _People, added: _People) -> None:
    """Files everyone under every region above theirs, and every cell, group, language and channel."""
    regions = {int(region) for _, filed in (*taken, *added) for region in np.unique(filed.regions)}
    chains = {
        region: [key for _, key in chain] for region, chain in region_store.ancestors(connection, regions).items()
    }
    changes = Changes()
    for into, people in ((changes.taken, taken), (changes.added, added)):
        for ids, filed in people:
            for kind, key, rows in _index_keys(filed, chains):
                into[kind, key].append(ids[rows])
    bitmaps.apply(connection, changes)
    gone, come = _join_points(taken), _join_points(added)
    located = points.entries(come[0], *come[1][1:])
    points.apply(connection, added=(come[1][0], located), taken=(gone[1][0], gone[0]))
    addresses.apply(
        connection,
        added=np.concatenate([addresses.entries(ids, filed.marks) for ids, filed in added]),
        taken=np.concatenate([addresses.entries(ids, filed.marks) for ids, filed in taken]),
    )


def _join_points(people: _People) -> tuple[Ids, tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]:
    """Ids; finest cells, latitudes and longitudes."""
    return np.concatenate([ids for ids, _ in people]), (
        np.concatenate([filed.cells for _, filed in people]),
        np.concatenate([filed.lats for _, filed in people]),
        np.concatenate([filed.lons for _, filed in people]),
    )


def _index_keys(
    filed: IndexColumns, chains: Mapping[int, Sequence[str]]
) -> Iterable[tuple[str, str, NDArray[np.intp]]]:
    """Kind, key and rows of every bitmap that people are filed under."""
    for region, rows in group_rows(filed.regions):
        for key in chains[region]:
            yield bitmaps.REGION, key, rows
    standing = np.flatnonzero(filed.cells != NOWHERE)
    for resolution in cell.RESOLUTIONS:
        for number, rows in group_rows(cell.parents(filed.cells[standing], resolution)):
            yield bitmaps.CELL, cell.text_of(number), standing[rows]
    for code, rows in group_rows(filed.languages.codes.astype(np.int64)):
        yield bitmaps.LANGUAGE, filed.languages.texts[code], rows
    for kind, column in ((bitmaps.GROUP, filed.groups), (bitmaps.ADDRESS_COLUMN, filed.channels)):
        for code, rows in group_rows(column.codes.astype(np.int64)):
            for key in filter(None, column.texts[code].split(",")):
                yield kind, key, rows
