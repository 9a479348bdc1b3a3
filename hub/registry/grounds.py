"""Where regions lie, by whatever is known: their outline, the extents that ship with the hub, their located residents.

A place above stands in for one of which nothing is known: a township lies somewhere in its county.
"""

from __future__ import annotations

import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.settings.settings import CONFIG_DIR
from hub.store.register import bitmaps, recipients, regions
from targeting.extent import DEGREE_KM, BoundingBox
from targeting.region import parent_of

SHIPPED = CONFIG_DIR / "regions" / "extents.tsv.xz"
FAR_KM = 20.0  #: beyond the box of a region: nobody lives there and is registered here by mistake of the survey alone
NULL_DEG = 0.01  #: about 0,0, where software puts what it could not place
RESIDENTS = 500  #: people whose coordinates stand for a region of which nothing else is known
RESIDENTS_LEAST = 20  #: fewer say nothing: they may be the mistakes themselves
REGIONS_MOST = 500  #: regions looked at in this way before an import

Floats = NDArray[np.float64]
Kinds = NDArray[np.int8]
FINE, AWAY, EXCHANGED, NULL = range(4)  #: what coordinates can be


@cache
def load_extents(file: Path = SHIPPED) -> MappingProxyType[str, BoundingBox]:
    """The extents of Chinese regions down to counties, by key."""
    found = {}
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            key, *box = line.split("\t")
            found[key] = BoundingBox(*map(float, box))
    return MappingProxyType(found)


def ground_of(connection: Connection, key: str) -> BoundingBox | None:
    """Where one region lies; None where nothing of it is known."""
    outline = regions.outline(connection, key)
    if outline is not None:
        west, south, east, north = outline.bounds
        return BoundingBox(south, west, north, east)
    return load_extents().get(key) or _of_residents(connection, key, least=1) or _by_code(key)


@dataclass(frozen=True, slots=True)
class Grounds:
    """Of each region by its number south, west, north and east; NaN where nothing is known, not even above it."""

    boxes: Floats

    @classmethod
    def nothing(cls) -> Grounds:
        """Nothing is known of any region."""
        return cls(np.full((1, 4), np.nan))

    def judge(self, numbers: NDArray[np.int64], lats: Floats, lons: Floats) -> tuple[Kinds, Floats]:
        """What the coordinates of people of these regions can be, and how many kilometres away they lie.

        NaN is who has none. Coordinates beyond the poles or the antimeridian are nowhere, so infinitely far.
        """
        box = self.boxes[np.where(numbers < len(self.boxes), numbers, 0)]
        with np.errstate(invalid="ignore"):
            away = _away_km(box, lats, lons)
            other = _away_km(box, lons, lats)
            away = np.where((np.abs(lats) > 90) | (np.abs(lons) > 180), np.inf, away)
            null = (np.abs(lats) < NULL_DEG) & (np.abs(lons) < NULL_DEG) & ~(away <= FAR_KM)
            far = away > FAR_KM
            # Where nothing is known of the region, exchanged is only what can be no latitude but a longitude.
            turned = far & ((other <= FAR_KM) | (np.isnan(other) & (np.abs(lats) <= 180) & (np.abs(lons) <= 90)))
        kinds = np.zeros(len(lats), dtype=np.int8)
        kinds[far], kinds[turned], kinds[null] = AWAY, EXCHANGED, NULL
        return kinds, away


def _away_km(box: Floats, lats: Floats, lons: Floats) -> Floats:
    """From the nearest side of each box; 0 inside."""
    south, west, north, east = box.T
    up = np.maximum(0.0, np.maximum(south - lats, lats - north))
    across = np.maximum(0.0, np.maximum(west - lons, lons - east))
    across = np.minimum(across, np.maximum(0.0, 360 - np.maximum(east, lons) + np.minimum(west, lons)))
    nearest = np.clip(lats, south, north)
    distances: Floats = np.hypot(up, across * np.cos(np.radians(nearest))) * DEGREE_KM
    return distances


def grounds(connection: Connection) -> Grounds:
    """Of every region that is stored, from the best that is known of it or of a region above it."""
    rows = regions.extents(connection)
    known = load_extents()
    parents = {row.id: row.parent for row in rows}
    own = {row.id: row.extent or known.get(row.key) for row in rows}
    boxes = np.full((max(parents, default=0) + 1, 4), np.nan)
    homeless = []
    for row in rows:
        found = _nearest(row.id, own, parents) or _by_code(row.key)
        if found is not None:
            boxes[row.id] = (found.south, found.west, found.north, found.east)
        else:
            homeless.append((row.id, row.key))
    for number, extent in _extents_of_inhabited(connection, homeless).items():
        boxes[number] = (extent.south, extent.west, extent.north, extent.east)
    return Grounds(boxes)


def _nearest(
    number: int, own: Mapping[int, BoundingBox | None], parents: Mapping[int, int | None]
) -> BoundingBox | None:
    """The extent of the region or of the first above it that has one."""
    at: int | None = number
    for _ in range(regions.DEEPEST):
        if at is None or at not in own:
            return None
        if (found := own[at]) is not None:
            return found
        at = parents[at]
    return None


def _by_code(key: str) -> BoundingBox | None:
    """What ships of the first place above that the code itself names, for one that is stored without those above."""
    while (above := parent_of(key)) is not None:
        if (found := load_extents().get(above)) is not None:
            return found
        key = above
    return None


def _extents_of_inhabited(connection: Connection, places: list[tuple[int, str]]) -> dict[int, BoundingBox]:
    """Of those of the regions that have located residents, as far as so many are looked at."""
    held = bitmaps.read(connection, bitmaps.REGION, (key for _, key in places)) if places else {}
    some = [(number, key) for number, key in places if key in held][:REGIONS_MOST]
    found = ((number, _of_residents(connection, key, least=RESIDENTS_LEAST)) for number, key in some)
    return {number: extent for number, extent in found if extent is not None}


def _of_residents(connection: Connection, key: str, *, least: int) -> BoundingBox | None:
    """Around the located residents, less the outermost twentieth on each side where there are enough to tell."""
    some = BitMap(bitmaps.one(connection, bitmaps.REGION, key)[:RESIDENTS])
    people = (one for _, one in recipients.iterate_recipients(connection, None, some))
    points = [(one.lat, one.lon) for one in people if one.lat is not None and one.lon is not None]
    if len(points) < least:
        return None
    if len(points) < RESIDENTS_LEAST:
        return BoundingBox.around(points)
    low, high = np.quantile(np.array(points), (0.05, 0.95), axis=0)
    spare = (high - low) / 2  # the outermost are taken in again where they lie close
    (south, west), (north, east) = low - spare, high + spare
    return BoundingBox(float(south), float(west), float(north), float(east))
