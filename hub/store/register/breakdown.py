"""How a set of people is spread over townships, groups, languages and channels: counts, and nobody's row is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store.register import bitmaps
from hub.store.sql.keyed import rows_by
from targeting.region import TOWNSHIP

_TOPS = "SELECT id, key, parent, level FROM regions WHERE parent IS NULL"
_BELOW = "SELECT id, key, parent, level FROM regions WHERE parent {among}"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Persons by key. Every person is in one region and one language; in any number of groups and channels.

    `others` are the regions of the further sets that were asked about.
    """

    regions: dict[str, int]
    groups: dict[str, int]
    languages: dict[str, int]
    channels: dict[str, int]
    others: tuple[dict[str, int], ...] = ()


def breakdown(connection: Connection, bits: BitMap, others: Sequence[BitMap] = ()) -> Breakdown:
    """Counts the people of a set; of others only where they are, which costs little on the same way."""
    regions, *further = by_region(connection, (bits, *others))
    kinds = (bitmaps.GROUP, bitmaps.LANGUAGE, bitmaps.ADDRESS_COLUMN)
    groups, languages, channels = (bitmaps.tally(connection, kind, bits) for kind in kinds)
    return Breakdown(regions, groups, languages, channels, tuple(further))


def by_region(connection: Connection, sets: Sequence[BitMap], level: int = TOWNSHIP) -> list[dict[str, int]]:
    """Of each set its persons by region of a level; who is registered only in one above is counted there.

    Goes down the tree once, only where somebody is, so sets of one county cost one county.
    """
    found: list[dict[str, int]] = [{} for _ in sets]

    def put(key: str, counts: Sequence[int]) -> None:
        for place, count in enumerate(counts):
            if count:
                found[place][key] = count

    own: dict[int, tuple[str, list[int]]] = {}  # how many of a region's people none of its parts has claimed yet
    rows: Sequence[tuple[int, str, int | None, int]] = list(connection.exec_driver_sql(_TOPS).fetchall())
    while rows:
        tallied = bitmaps.tallies(connection, bitmaps.REGION, sets, [key for _, key, _, _ in rows])
        above: dict[int, tuple[str, list[int]]] = {}
        for number, key, parent, depth in rows:
            if (counts := tallied.get(key)) is None:
                continue
            if parent in own:
                left = own[parent][1]
                for place, count in enumerate(counts):
                    left[place] -= count
            if depth >= level:
                put(key, counts)
            else:
                above[number] = key, counts
        for key, left in own.values():
            put(key, left)
        own = above
        rows = rows_by(connection, _BELOW, own)
    for key, left in own.values():
        put(key, left)
    return found
