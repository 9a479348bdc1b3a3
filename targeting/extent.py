"""How far a place reaches: a box in degrees, enough to tell a place hundreds of kilometres away from one next door."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from targeting.audience import Point

DEGREE_KM = 111.2  #: of a meridian


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """Degrees WGS 84. A shape across the antimeridian has a box round the world, which is far from nothing."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def around(cls, points: Iterable[Point]) -> BoundingBox:
        """Of points (lat, lon), at least one."""
        lats, lons = zip(*points, strict=True)
        return cls(min(lats), min(lons), max(lats), max(lons))

    @property
    def with_axes_exchanged(self) -> BoundingBox:
        """With latitude and longitude written the other way round."""
        return BoundingBox(self.west, self.south, self.east, self.north)

    def widen(self, km: float) -> BoundingBox:
        """With so much more on every side; no further than the poles."""
        north = km / DEGREE_KM
        furthest = min(max(abs(self.south), abs(self.north)) + north, 89.0)
        east = min(north / math.cos(math.radians(furthest)), 180.0)
        south = max(self.south - north, -90.0)
        return BoundingBox(south, self.west - east, min(self.north + north, 90.0), self.east + east)

    @property
    def across_km(self) -> float:
        """About its diagonal."""
        middle = math.radians(min(abs(self.south + self.north) / 2, 90.0))
        return math.hypot(self.north - self.south, (self.east - self.west) * math.cos(middle)) * DEGREE_KM

    def apart_km(self, other: BoundingBox) -> float:
        """About how far the nearest sides are; 0 where they meet. A distance of hundreds of kilometres asks no more."""
        up = max(0.0, other.south - self.north, self.south - other.north)
        across = max(0.0, other.west - self.east, self.west - other.east)
        across = min(across, max(0.0, 360 - max(self.east, other.east) + min(self.west, other.west)))
        nearest = min(abs(self.south), abs(self.north), abs(other.south), abs(other.north))
        return math.hypot(up, across * math.cos(math.radians(min(nearest, 90.0)))) * DEGREE_KM

    def beyond_km(self, other: BoundingBox) -> float:
        """About how far it reaches beyond the other on its worst side; 0 where it lies within."""
        up = max(0.0, other.south - self.south, self.north - other.north)
        across = max(0.0, other.west - self.west, self.east - other.east)
        middle = math.radians(min(abs(other.south + other.north) / 2, 90.0))
        return max(up, across * math.cos(middle)) * DEGREE_KM
