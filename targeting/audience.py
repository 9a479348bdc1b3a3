"""The audience of a warning, as officials state it: places and groups, not people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle on the sphere: centre in WGS 84 degrees, radius in kilometres (CAP 1.2 §3.2.4 circle)."""

    lat: float
    lon: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed ring of (lat, lon) pairs in WGS 84 degrees, first equal to last (CAP 1.2 §3.2.4 polygon)."""

    ring: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Audience:
    """(regions ∪ polygons ∪ circles) ∩ any of the groups; no group named means everyone there.

    `regions` are region keys: a 12-digit Chinese code, or ``scheme:code`` for any other geocode.
    """

    regions: frozenset[str] = frozenset()
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()
    groups: frozenset[str] = frozenset()

    @property
    def is_placeless(self) -> bool:
        """True where no place is named at all: such an audience is nobody, never everybody."""
        return not (self.regions or self.polygons or self.circles)
