"""Where people are filed, as a selection asks for it: over the bitmap index and the packed coordinates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store.register import bitmaps, points
from hub.store.register import regions as region_store
from targeting import cell
from targeting.audience import in_range
from targeting.select import LocatedPeople


@dataclass(frozen=True, slots=True)
class SqlDirectory:
    """`targeting.select.Directory` over the store; reads only what a selection touches.

    `chosen` says whether a region also holds those who chose a place in it beside the one they are registered in.
    """

    connection: Connection
    chosen: bool = True

    def region(self, key: str) -> BitMap:
        """Of one, as `regions`."""
        return self.regions((key,)).get(key, BitMap())

    def regions(self, keys: Collection[str]) -> Mapping[str, BitMap]:
        kinds = (bitmaps.REGION, bitmaps.PLACE) if self.chosen else (bitmaps.REGION,)
        return bitmaps.of_kinds(self.connection, kinds, keys)

    def outline(self, key: str) -> Any | None:
        """Of one, as `outlines`."""
        return region_store.outline(self.connection, key)

    def outlines(self, keys: Collection[str]) -> Mapping[str, Any]:
        return region_store.outlines(self.connection, keys)

    def language(self, wanted: str) -> BitMap:
        # Few languages are spoken, but each bitmap may hold millions: only those in the range are read.
        spoken = bitmaps.keys_between(self.connection, bitmaps.LANGUAGE, "", "\x7f")
        return bitmaps.union(self.connection, bitmaps.LANGUAGE, (tag for tag in spoken if in_range(tag, wanted)))

    def group(self, key: str) -> BitMap:
        return bitmaps.one(self.connection, bitmaps.GROUP, key)

    def occupied_cells(self, resolution: int, parents: Sequence[int] | None) -> Sequence[int]:
        found: list[int] = []
        for parent in [None] if parents is None else parents:
            low, high = (cell.text_of(number) for number in cell.range_of(parent, resolution))
            found += [int(key, 16) for key in bitmaps.keys_between(self.connection, bitmaps.CELL, low, high)]
        return found

    def cells(self, cells: Sequence[int]) -> BitMap:
        return bitmaps.union(self.connection, bitmaps.CELL, map(cell.text_of, cells))

    def located_persons(self, cells: Sequence[int]) -> LocatedPeople:
        found = points.within(self.connection, cells)
        return LocatedPeople(
            found["id"].astype(np.uint32), found["lat"].astype(np.float64), found["lon"].astype(np.float64)
        )
