"""Shapes on the wrong side of the earth because latitude and longitude were exchanged: refused, never mirrored."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.store import bitmaps, recipients, regions
from targeting.audience import Audience, Point
from targeting.region import NATION

RULE = "shape-misplaced"
FAR_KM = 500.0
_DEGREE_KM = 111.2  #: of a meridian
_LOOKED_AT = 500  #: people whose coordinates stand for a region without an outline


@dataclass(frozen=True, slots=True)
class _Box:
    """Degrees. A shape across the antimeridian has a box round the world, which is far from nothing."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def around(cls, points: Iterable[Point]) -> _Box:
        lats, lons = zip(*points, strict=True)
        return cls(min(lats), min(lons), max(lats), max(lons))

    @property
    def exchanged(self) -> _Box:
        return _Box(self.west, self.south, self.east, self.north)

    def apart_km(self, other: _Box) -> float:
        """About how far the nearest sides are; 0 where they meet. A distance of hundreds of kilometres asks no more."""
        up = max(0.0, other.south - self.north, self.south - other.north)
        across = max(0.0, other.west - self.east, self.west - other.east)
        across = min(across, max(0.0, 360 - max(self.east, other.east) + min(self.west, other.west)))
        nearest = min(abs(self.south), abs(self.north), abs(other.south), abs(other.north))
        return math.hypot(up, across * math.cos(math.radians(min(nearest, 90.0)))) * _DEGREE_KM


def must_not_be_misplaced(connection: Connection, audience: Audience, area: str = "") -> None:
    """Raises Invalid naming a shape that is far from the regions named with it and would lie there if exchanged.

    `area` is what the drafting unit answers for, which stands in where no region is named. Nothing is judged where
    no ground is known: neither an outline nor people with coordinates.
    """
    if not audience.has_shapes:
        return
    keys = audience.regions - {NATION} or frozenset({area}) - {NATION, ""}
    grounds = [box for key in sorted(keys) if (box := _ground(connection, key)) is not None]
    if not grounds:
        return
    for name, box in _drawn(audience):
        if max(abs(box.south), abs(box.north)) > 90:
            continue  # no place at all: what can only have been exchanged is repaired and told when the shape is read
        away = min(box.apart_km(ground) for ground in grounds)
        if away > FAR_KM and any(box.exchanged.apart_km(ground) == 0 for ground in grounds):
            text = (
                f"{name}, at {box.south:.2f},{box.west:.2f}, lies about {away:,.0f} km from the regions it is for; "
                "with latitude and longitude exchanged it would lie there: CAP writes the latitude first "
                "(CAP 1.2 §3.2.4), GeoJSON the longitude (RFC 7946)"
            )
            raise Invalid(text, rule=RULE, place=name)


def _drawn(audience: Audience) -> Iterator[tuple[str, _Box]]:
    for number, polygon in enumerate(audience.polygons, 1):
        yield f"polygon {number}", _Box.around(polygon.ring)
    for number, circle in enumerate(audience.circles, 1):
        yield f"circle {number}", _Box.around([(circle.lat, circle.lon)])
    for number, corridor in enumerate(audience.corridors, 1):
        yield f"corridor {number}", _Box.around(corridor.line)


def _ground(connection: Connection, key: str) -> _Box | None:
    outline = regions.outline(connection, key)
    if outline is not None:
        west, south, east, north = outline.bounds
        return _Box(south, west, north, east)
    some = BitMap(bitmaps.one(connection, bitmaps.REGION, key)[:_LOOKED_AT])
    people = (one for _, one in recipients.listed(connection, None, some))
    points = [(one.lat, one.lon) for one in people if one.lat is not None and one.lon is not None]
    return _Box.around(points) if points else None
