"""Who stands where, by the schoolbook: plain arithmetic on one point at a time; no index, no cells, no geometry library.

Every answer is a signed distance to the edge, negative inside, so that a test can leave out whom rounding alone decides.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from targeting.audience import Audience, Circle, Corridor, Point, Polygon

R = 6371.0088
#: closer to an edge than this, the oracle does not judge: a metre for distances, 1e-9 degrees for a ray
METRE_KM = 1e-3
HAIR_DEGREES = 1e-9


def haversine(one: Point, other: Point) -> float:
    (lat0, lon0), (lat1, lon1) = one, other
    a, b = math.radians(lat0), math.radians(lat1)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon1 - lon0) / 2) ** 2
    return 2 * R * math.asin(min(1.0, math.sqrt(half)))


def bearing(one: Point, other: Point) -> float:
    a, b, turn = math.radians(one[0]), math.radians(other[0]), math.radians(other[1] - one[1])
    return math.atan2(
        math.sin(turn) * math.cos(b), math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(turn)
    )


def to_arc(point: Point, start: Point, end: Point) -> float:
    """Cross-track where the foot of the perpendicular lies between the ends, else to the nearer end."""
    nearer = min(haversine(point, start), haversine(point, end))
    whole = haversine(start, end)
    if whole == 0:
        return nearer
    away = haversine(start, point) / R
    angle = bearing(start, point) - bearing(start, end)
    if math.cos(angle) <= 0:
        return nearer
    across = math.asin(max(-1.0, min(1.0, math.sin(away) * math.sin(angle))))
    along = math.atan2(math.sin(away) * math.cos(angle), math.cos(away)) * R
    return abs(across) * R if 0 <= along <= whole else nearer


def unwrapped(ring: Sequence[Point]) -> list[Point]:
    """Each longitude written as near to the one before as it can be: a side never is more than half way round."""
    found = [ring[0]]
    for lat, lon in ring[1:]:
        before = found[-1][1]
        found.append((lat, lon + 360 * round((before - lon) / 360)))
    return found


def crossings(ring: Sequence[Point], lat: float, lon: float) -> tuple[bool, float]:
    """Inside by the ray to the east, and how far (degrees) the nearest side is."""
    inside, near = False, math.inf
    for (y0, x0), (y1, x1) in itertools.pairwise(ring):
        if (y0 > lat) != (y1 > lat) and lon < x0 + (x1 - x0) * (lat - y0) / (y1 - y0):
            inside = not inside
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        at = max(0.0, min(1.0, ((lon - x0) * (x1 - x0) + (lat - y0) * (y1 - y0)) / length)) if length else 0.0
        near = min(near, math.hypot(lon - x0 - at * (x1 - x0), lat - y0 - at * (y1 - y0)))
    return inside, near


def to_side(point: Point, start: Point, end: Point) -> float:
    """To the nearest point of a side that is straight on the map of longitude and latitude: by search, not by formula."""
    parts = max(1, math.ceil(max(abs(end[0] - start[0]), abs(end[1] - start[1])) / 2))

    def at(share: float) -> float:
        return haversine(point, (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))

    best = min(range(parts + 1), key=lambda number: at(number / parts))
    low, high = max(0.0, (best - 1) / parts), min(1.0, (best + 1) / parts)
    for _ in range(48):
        third = (high - low) / 3
        if at(low + third) < at(high - third):
            high -= third
        else:
            low += third
    return at((low + high) / 2)


def to_polygon(area: Polygon, point: Point) -> float:
    rings = [unwrapped(area.ring), *map(unwrapped, area.holes)]
    sides = [pair for ring in rings for pair in itertools.pairwise(ring)]
    best = math.inf
    for turn in (-720, -360, 0, 360, 720):
        lat, lon = point[0], point[1] + turn
        (held, near), *gone = (crossings(ring, lat, lon) for ring in rings)
        near = min([near, *(distance for _, distance in gone)])
        if held and not any(out for out, _ in gone):
            return -near if near > HAIR_DEGREES else 0.0
        best = min(best, near)
    if best <= HAIR_DEGREES:
        return 0.0
    if not area.buffer_km:
        return best
    return min(to_side(point, *side) for side in sides) - area.buffer_km


def to_shape(shape: Polygon | Circle | Corridor, point: Point) -> float:
    """Negative inside, positive outside, about 0 where it is not for the oracle to say."""
    match shape:
        case Polygon():
            return to_polygon(shape, point)
        case Circle():
            return haversine((shape.lat, shape.lon), point) - shape.radius_km - shape.buffer_km
        case Corridor():
            arcs = itertools.pairwise(shape.line)
            return min(to_arc(point, *arc) for arc in arcs) - shape.half_width_km - shape.buffer_km


def shapes(audience: Audience) -> Iterator[Polygon | Circle | Corridor]:
    yield from audience.polygons
    yield from audience.circles
    yield from audience.corridors


def is_undecided(audience: Audience, point: Point) -> bool:
    """True within a metre of an edge that is a distance, or a hair of a drawn one."""
    for shape in shapes(audience):
        measured = not isinstance(shape, Polygon) or shape.buffer_km > 0
        if abs(to_shape(shape, point)) <= (METRE_KM if measured else HAIR_DEGREES):
            return True
    return False


def is_unlocated(audience: Audience, region: str, point: Point | None) -> bool:
    """True for who has no point on the map and is registered in a region the audience means such people of, or below."""
    if point is not None:
        return False
    # A Chinese code lies under another that is the same up to where the other has only zeros.
    return any(region == key or region.startswith(key.rstrip("0") or "!") for key in audience.unlocated)


def is_placed(audience: Audience, point: Point) -> bool:
    """True where any shape of the audience holds the point."""
    return any(to_shape(shape, point) <= 0 for shape in shapes(audience))
