"""Where people are filed, as a selection asks for it: over the bitmap index and the packed coordinates."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store import bitmaps, points
from hub.store import regions as region_store
from hub.store.blocks import bits_of
from hub.store.packed import Entries
from targeting import cell
from targeting.audience import in_range
from targeting.select import Located

AT_ONCE = 32  #: shelves of one statement
HELD_BYTES = 64 * 2**20  #: coordinates one directory remembers: a selection asks for the same cells three times
_NOBODY = np.empty(0, dtype=points.ENTRY)


@dataclass(frozen=True, slots=True)
class SqlDirectory:
    """`targeting.select.Directory` over the store; reads only what a selection touches. For one selection."""

    connection: Connection
    _held: OrderedDict[int, Entries] = field(default_factory=OrderedDict, repr=False, compare=False)

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
        if resolution == cell.FINEST:
            for shelf, people in self._standing(self._shelves_under(parents)):
                found += np.unique(points.finest(shelf, people)).tolist()
            return found
        for parent in [None] if parents is None else parents:
            low, high = (cell.text_of(number) for number in cell.range_of(parent, resolution))
            found += [int(key, 16) for key in bitmaps.keys_between(self.connection, bitmaps.CELL, low, high)]
        return found

    def cells(self, cells: Sequence[int]) -> BitMap:
        coarse = [cell.text_of(number) for number in cells if cell.resolution_of(number) != cell.FINEST]
        finest = [number for number in cells if cell.resolution_of(number) == cell.FINEST]
        return bitmaps.union(self.connection, bitmaps.CELL, coarse) | bits_of(self.located(finest).ids)

    def located(self, cells: Sequence[int]) -> Located:
        wanted = np.unique(np.asarray(cells, dtype=np.int64))
        shelves = np.unique(cell.parents(wanted, points.SHELF)).tolist()
        parts = [_NOBODY]
        for shelf, people in self._standing(shelves):
            parts.append(people[np.isin(points.finest(shelf, people), wanted)])
        found = np.concatenate(parts)
        return Located(found["id"].astype(np.uint32), found["lat"].astype(np.float64), found["lon"].astype(np.float64))

    def _shelves_under(self, parents: Sequence[int] | None) -> Sequence[int]:
        if parents is not None and all(cell.resolution_of(parent) == points.SHELF for parent in parents):
            return parents
        return self.occupied(points.SHELF, parents)

    def _standing(self, shelves: Sequence[int]) -> Iterator[tuple[int, Entries]]:
        """Everyone on each of these shelves; those that were read before and are still held cost nothing."""
        for start in range(0, len(shelves), AT_ONCE):
            asked = shelves[start : start + AT_ONCE]
            fresh: dict[int, list[Entries]] = {shelf: [] for shelf in asked if shelf not in self._held}
            for shelf, people in points.on_shelves(self.connection, fresh):
                fresh[shelf].append(people)
            known = {shelf: self._held[shelf] for shelf in asked if shelf in self._held}
            for shelf in asked:
                people = known[shelf] if shelf in known else np.concatenate([_NOBODY, *fresh[shelf]])
                self._keep(shelf, people)
                yield shelf, people

    def _keep(self, shelf: int, people: Entries) -> None:
        self._held[shelf] = people
        self._held.move_to_end(shelf)
        while sum(each.nbytes for each in self._held.values()) > HELD_BYTES:
            self._held.popitem(last=False)
