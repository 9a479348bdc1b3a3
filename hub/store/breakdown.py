"""How a set of people is spread over townships, groups, languages and channels: counts, and nobody's row is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store import bitmaps
from hub.store.keyed import rows_by
from targeting.region import TOWNSHIP

_TOPS = "SELECT id, key, parent, level FROM regions WHERE parent IS NULL"
_BELOW = "SELECT id, key, parent, level FROM regions WHERE parent {among}"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Persons by key. Every person is in one region and one language; in any number of groups and channels."""

    regions: dict[str, int]
    groups: dict[str, int]
    languages: dict[str, int]
    channels: dict[str, int]


def breakdown(connection: Connection, bits: BitMap) -> Breakdown:
    """Counts the people of a set."""
    kinds = (bitmaps.GROUP, bitmaps.LANGUAGE, bitmaps.CHANNEL)
    return Breakdown(by_region(connection, bits), *(bitmaps.tally(connection, kind, bits) for kind in kinds))


def by_region(connection: Connection, bits: BitMap, level: int = TOWNSHIP) -> dict[str, int]:
    """Persons by region of a level; who is registered only in one above is counted there.

    Goes down the tree only where somebody is, so a set of one county costs one county.
    """
    found: dict[str, int] = {}
    own: dict[int, tuple[str, int]] = {}  # how many of a region's people none of its parts has claimed yet
    rows: Sequence[tuple[int, str, int | None, int]] = list(connection.exec_driver_sql(_TOPS).fetchall())
    while rows:
        counts = bitmaps.tally(connection, bitmaps.REGION, bits, [key for _, key, _, _ in rows])
        above: dict[int, tuple[str, int]] = {}
        for number, key, parent, depth in rows:
            count = counts.get(key, 0)
            if parent in own:
                name, left = own[parent]
                own[parent] = name, left - count
            if count and depth >= level:
                found[key] = count
            elif count:
                above[number] = key, count
        found |= {name: left for name, left in own.values() if left}
        own = above
        rows = rows_by(connection, _BELOW, own)
    return found | {name: left for name, left in own.values() if left}
