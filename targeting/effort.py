"""How much work a drawing may be. A warning waits for its shapes, and so does everybody else who writes meanwhile.

The bounds lie far above real drawings: the largest alert seen has 212 polygons with 93,040 corners in all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from targeting.audience import Audience, Point
from targeting.earth import Floats, ShapeRefused

MOST_CORNERS = 500_000  #: of one audience: an alert may bring 250,000, and its official draw as many again
MOST_SHAPES = 2_000  #: of one audience, holes counted
_WIDE = 20  #: a corridor or a buffer costs as much as so many plain shapes
#: most pairs of segments that may meet; a ring of 34,066 pairs from a real warning has under a million
MOST_MEETINGS = 8_000_000
_SMALL_RING = 48
_FIRST_SIDES, _PAIRS_AT_ONCE = 16, 1_000_000
_MOST_CROSSINGS = 10_000
_MOST_FACES_BY_SIDES = 100_000_000  #: every face of a ring that crosses itself is held against every side
_MOST_ROWS = 100_000  #: points of the lines that are followed on the sphere
_LONGEST_KM = 200_000  #: five times round the earth


def must_be_tractable(audience: Audience) -> None:
    """Raises ShapeRefused where all shapes together are too many or have too many corners."""
    buffers = [part.buffer_km for part in audience.polygons] + [part.buffer_km for part in audience.circles]
    cost = len(audience.circles) + sum(1 + len(part.holes) for part in audience.polygons)
    cost += _WIDE * (len(audience.corridors) + sum(map(bool, buffers)))
    if cost > MOST_SHAPES:
        words = f"{MOST_SHAPES:,} shapes and holes at most, of which a corridor or a buffer counts for {_WIDE}"
        raise ShapeRefused(f"too many shapes, they count for {cost:,}: {words}")
    corners = sum(map(len, _lines(audience)))
    if corners > MOST_CORNERS:
        raise ShapeRefused(f"{corners:,} corners are more than {MOST_CORNERS:,}")


@dataclass(slots=True)
class ShapeBudget:
    """What may still be spent on the shapes of one audience: they are made one after the other."""

    meetings: int = MOST_MEETINGS
    crossings: int = _MOST_CROSSINGS
    faces_by_sides: int = _MOST_FACES_BY_SIDES
    rows: float = _MOST_ROWS
    km: float = _LONGEST_KM

    def follow(self, ring: Floats, name: str) -> None:
        """Raises ShapeRefused for a ring so entangled that to look for its crossings alone would take minutes."""
        self.meetings -= meetings(ring)
        if self.meetings < 0:
            text = f"the {name} runs to and fro over itself too often to be tested for crossings; draw it anew"
            raise ShapeRefused(text)

    def repair(self, ring: Floats, name: str) -> None:
        """Raises ShapeRefused for a ring that crosses itself too often to find every part it goes round."""
        sides = shapely.linestrings(np.stack((ring[:-1], ring[1:]), axis=1))
        pairs = shapely.STRtree(sides).query(sides, predicate="intersects").shape[1]
        crossings = max(0, (pairs - len(sides)) // 2 - len(sides))  # but for each with itself and with its neighbours
        self.crossings -= crossings
        self.faces_by_sides -= crossings * len(sides)
        if self.crossings < 0 or self.faces_by_sides < 0:
            text = f"the {name} crosses itself at {crossings:,} places: too often to be repaired; draw it anew"
            raise ShapeRefused(text)

    def walk(self, rows: float, length_km: float, name: str) -> None:
        """Raises ShapeRefused for a line too long or too fine to be followed round the earth; `name` is what it is."""
        self.rows -= rows
        self.km -= length_km
        if self.rows < 0 or self.km < 0:
            raise ShapeRefused(
                f"the {name} is too long or too fine: {length_km:,.0f} km in {rows:,.0f} steps, where all lines "
                f"together may have {_LONGEST_KM:,} km in {_MOST_ROWS:,} steps"
            )


def meetings(points: Floats) -> int:
    """About how many pairs of segments have boxes that meet, and never fewer; not counted on beyond what is too many.

    `points` are rows of a ring.
    """
    if len(points) <= _SMALL_RING:
        return len(points) ** 2 // 2
    low = np.minimum(points[:-1], points[1:])
    high = np.maximum(points[:-1], points[1:])
    bounds = []
    for axis in (0, 1):
        begun = np.searchsorted(np.sort(low[:, axis]), high[:, axis], side="right").sum()
        ended = np.searchsorted(np.sort(high[:, axis]), low[:, axis], side="left").sum()
        bounds.append((int(begun) - int(ended)) // 2)
    # Segments above one another count as meeting so far, which is enough for most rings and costs next to nothing.
    return min(bounds) if min(bounds) <= MOST_MEETINGS // 8 else _count_pairs(points)


def _count_pairs(points: Floats) -> int:
    sides = shapely.linestrings(np.stack((points[:-1], points[1:]), axis=1))
    tree = shapely.STRtree(sides)
    pairs, start, step = 0, 0, _FIRST_SIDES
    while start < len(sides) and pairs <= 2 * MOST_MEETINGS:
        found = tree.query(sides[start : start + step]).shape[1]
        pairs, start = pairs + found, start + step
        step = max(_FIRST_SIDES, min(4 * step, step * _PAIRS_AT_ONCE // max(1, found)))  # bounds memory
    return pairs // 2


def _lines(audience: Audience) -> Iterator[Sequence[Point]]:
    for polygon in audience.polygons:
        yield polygon.ring
        yield from polygon.holes
    for corridor in audience.corridors:
        yield corridor.line
