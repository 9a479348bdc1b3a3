"""Statements about coordinates: who stands where, packed by cell, so that a border is decided without reading rows.

Coordinates lie by H3 cell of the finest resolution (about 250 km²) and block of ids; a cell of a city is some
megabytes, one of the country some kilobytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from hub.store.register.batch import NOWHERE
from hub.store.sql.blocks import SHIFT, Ids
from hub.store.sql.packed import Entries, PackedTable, group_rows

ENTRY = np.dtype([("id", "<u4"), ("lat", "<f8"), ("lon", "<f8")])  #: packed, 20 bytes a person


def _without(held: Entries, gone: Entries) -> Entries:
    left: Entries = held[~np.isin(held["id"], gone)]
    return left


_TABLE = PackedTable("points", "cell", "bigint", ENTRY, _without)


def entries(ids: Ids, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> Entries:
    """Entries of people who stand somewhere."""
    made = np.empty(len(ids), dtype=ENTRY)
    made["id"], made["lat"], made["lon"] = ids, lats, lons
    return made


def apply(
    connection: Connection,
    added: tuple[NDArray[np.int64], Entries],
    taken: tuple[NDArray[np.int64], Ids],
) -> None:
    """Takes people out of the cells they stood in, then puts people into those they stand in (finest cells)."""
    gone = ((key, taken[1][rows]) for key, rows in _places(taken[0], taken[1]))
    come = ((key, added[1][rows]) for key, rows in _places(added[0], added[1]["id"]))
    _TABLE.change(connection, gone, come)


def within(connection: Connection, cells: Iterable[int]) -> Entries:
    """Everyone with coordinates in these cells."""
    return _TABLE.read(connection, cells)


def _places(cells: NDArray[np.int64], ids: Ids) -> Iterator[tuple[tuple[int, int], NDArray[np.intp]]]:
    """The rows of each (cell, block), of those who stand anywhere."""
    standing = np.flatnonzero(cells != NOWHERE)
    for block, part in group_rows((ids[standing] >> SHIFT).astype(np.int64)):
        here = standing[part]
        for place, rows in group_rows(cells[here]):
            yield (place, block), here[rows]
