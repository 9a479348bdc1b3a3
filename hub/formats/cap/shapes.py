"""Polygons as shapes: closed, simple, not overlapping (CAP 1.2 §3.2.4)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import shapely

from hub.alert.alert import Area
from hub.formats.cap.finding import Breach
from hub.formats.cap.lexical import in_range
from targeting.effort import MOST_MEETINGS, meetings
from targeting.region import covers, normalise

Ring = Sequence[tuple[float, float]]

#: the work of looking for crossings in one alert: a ring drawn to be slow would cost thousands of millions
CROSSING_BUDGET = MOST_MEETINGS
_RING_COST = 1_000
# Overlap is advice: it is worked out for alerts of ordinary size only.
MAX_OVERLAP_POLYGONS = 60
MAX_OVERLAP_PAIRS = 5_000
OVERLAP_M2 = 1_000.0
_KM_PER_DEGREE = 111.195  # mean sphere, 6371 km


def crossings(placed: Iterable[tuple[str, Ring]]) -> Iterator[Breach]:
    """X9 for closed rings with their paths; stops looking, and says so, when the alert's budget is spent."""
    budget = CROSSING_BUDGET
    for path, ring in placed:
        if len(ring) <= 4:  # a triangle
            continue
        cost = _RING_COST + meetings(np.asarray(ring, dtype=np.float64))
        if cost > budget:
            yield Breach("X9.untested", path, "not tested for crossing itself: the shapes are too many or entangled")
            continue
        budget -= cost
        breach = _crossing(ring)
        if breach:
            yield Breach(breach[0], path, breach[1])


def _crossing(ring: Ring) -> tuple[str, str] | None:
    """The case and text of a ring that crosses or touches itself; None for a simple one."""
    shape = shapely.polygons(ring)
    if shapely.is_valid(shape):
        return None
    reason = shapely.is_valid_reason(shape)
    if reason.startswith("Self-intersection"):
        return "X9", "the polygon crosses itself"
    return "X9.touch", "the polygon touches itself or encloses nothing"


def ring_breach(ring: Ring) -> tuple[str, str] | None:
    """The first rule a ring of the model breaks: range, length, closure."""
    outside = next((pair for pair in ring if not in_range(*pair)), None)
    if outside is not None:
        return "L9", f"the pair {outside[0]},{outside[1]} is out of range"
    if len(ring) < 4:
        return "L8", f"{len(ring)} pairs are too few for a polygon"
    if ring[0] != ring[-1]:
        return "L8", "the ring is open"
    return None


def overlaps(areas: Sequence[Area]) -> list[tuple[int, int]]:
    """Pairs of areas (by position) whose polygons share more than the threshold; none for very large alerts."""
    rings = [(place, polygon.ring) for place, area in enumerate(areas) for polygon in area.polygons]
    if len(rings) > MAX_OVERLAP_POLYGONS or sum(len(ring) for _, ring in rings) > MAX_OVERLAP_PAIRS:
        return []
    shapes = [(place, shapely.Polygon(ring)) for place, ring in rings if ring_breach(ring) is None]
    found: set[tuple[int, int]] = set()
    for position, (first, one) in enumerate(shapes):
        for second, other in shapes[position + 1 :]:
            if first != second and one.intersects(other) and _square_metres(one.intersection(other)) > OVERLAP_M2:
                found.add((first, second))
    return sorted(found)


def share_ground(one: Sequence[Area], other: Sequence[Area]) -> bool:
    """Whether two blocks speak of a place together: one that names no area speaks of every place.

    Where one names its place by codes and the other draws it nobody can tell, and it is not said.
    """
    if not one or not other:
        return True
    mine, theirs = _places(one), _places(other)
    if any(covers(first, second) or covers(second, first) for first in mine for second in theirs):
        return True
    drawn, beside = _shapes_of(one), _shapes_of(other)
    if drawn & beside or any(first < len(one) <= second for first, second in overlaps((*one, *other))):
        return True
    placed = mine or theirs or drawn or beside
    return not placed and bool({area.description for area in one} & {area.description for area in other})


def _shapes_of(areas: Sequence[Area]) -> frozenset[object]:
    return frozenset((area.polygons, area.circles) for area in areas if area.polygons or area.circles)


def _places(areas: Sequence[Area]) -> frozenset[str]:
    return frozenset(normalise(code.name, code.value) for area in areas for code in area.geocodes)


def _square_metres(shape: shapely.Geometry) -> float:
    """Area of a (lat, lon) shape; the plane approximation is enough for a threshold."""
    if shape.is_empty:
        return 0.0
    lat = math.radians(shape.centroid.x)
    return float(shape.area) * (_KM_PER_DEGREE * 1000) ** 2 * max(math.cos(lat), 0.0)


def repaired_rings(ring: Ring) -> list[Ring]:
    """A crossing ring as simple ones covering the same ground (holes are filled); empty where nothing is enclosed."""
    shape = shapely.make_valid(shapely.Polygon(ring))
    parts = shapely.get_parts(shape) if shape.geom_type != "Polygon" else [shape]
    rings: list[Ring] = []
    for part in parts:
        # make_valid may leave lines and points: they enclose no one.
        pieces = [piece for piece in shapely.get_parts(part) if piece.geom_type == "Polygon"]
        rings += [[(lat, lon) for lat, lon in piece.exterior.coords] for piece in pieces]
    return [one for one in rings if ring_breach(one) is None and _crossing(one) is None]
