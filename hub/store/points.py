"""Statements about coordinates: who stands where, packed by cell, so that a border is decided without reading rows.

Coordinates lie by the H3 cell of resolution 5 (about 250 km²) and block of ids; a cell of a city is some megabytes,
one of the country some kilobytes. Each entry has the two digits that lead down to its cell of the finest resolution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from hub.store.batch import NOWHERE
from hub.store.blocks import SHIFT, Ids
from hub.store.packed import Entries, Packed, grouped
from targeting import cell

SHELF = 5  #: the resolution under which coordinates lie together
ENTRY = np.dtype([("id", "<u4"), ("way", "u1"), ("lat", "<f8"), ("lon", "<f8")])  #: packed, 21 bytes a person
_LOW = 3 * (15 - cell.FINEST)  #: H3 writes three bits a resolution: where the finest digit stands
_DIGITS = (1 << 3 * (cell.FINEST - SHELF)) - 1


def _without(held: Entries, gone: Entries) -> Entries:
    left: Entries = held[~np.isin(held["id"], gone)]
    return left


_TABLE = Packed("points", "cell", "bigint", ENTRY, _without)


def entries(ids: Ids, cells: NDArray[np.int64], lats: NDArray[np.float64], lons: NDArray[np.float64]) -> Entries:
    """Entries of people who stand in these finest cells."""
    made = np.empty(len(ids), dtype=ENTRY)
    made["id"], made["way"], made["lat"], made["lon"] = ids, cells >> _LOW & _DIGITS, lats, lons
    return made


def finest(shelf: int, found: Entries) -> NDArray[np.int64]:
    """The finest cell of each entry of one shelf."""
    lowest, _ = cell.range_of(shelf, cell.FINEST)
    return (lowest & ~(_DIGITS << _LOW)) | (found["way"].astype(np.int64) << _LOW)


def apply(
    connection: Connection,
    added: tuple[NDArray[np.int64], Entries],
    taken: tuple[NDArray[np.int64], Ids],
) -> None:
    """Takes people out of the cells they stood in, then puts people into those they stand in (finest cells)."""
    gone = ((key, taken[1][rows]) for key, rows in _shelves(taken[0], taken[1]))
    come = ((key, added[1][rows]) for key, rows in _shelves(added[0], added[1]["id"]))
    _TABLE.change(connection, gone, come)


def on_shelves(connection: Connection, shelves: Iterable[int]) -> Iterator[tuple[int, Entries]]:
    """Everyone with coordinates under these cells of resolution 5, shelf by shelf (one may come in several parts)."""
    yield from _TABLE.read(connection, shelves)


def _shelves(cells: NDArray[np.int64], ids: Ids) -> Iterator[tuple[tuple[int, int], NDArray[np.intp]]]:
    """The rows of each (shelf, block), of those who stand anywhere."""
    standing = np.flatnonzero(cells != NOWHERE)
    shelves = cell.parents(cells[standing], SHELF)
    for shelf, rows in grouped(shelves):
        here = standing[rows]
        for block, part in grouped((ids[here] >> SHIFT).astype(np.int64)):
            yield (shelf, block), here[part]
