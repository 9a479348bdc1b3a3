"""The fixed zones of a paper: places by name, each of regions or of one drawn outline (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from approvals.approval_rule import ApprovalRule
from approvals.paper import STRICT, StandingRefused
from targeting.audience import Polygon
from targeting.region import NATION, covers, normalise

MOST_ZONES, MOST_CORNERS = 50, 500  #: of one paper; of one outline
LONGEST_NAME = 60
_FEWEST_PAIRS = 4  # CAP 1.2 §3.2.4 polygon: a closed ring


@dataclass(frozen=True, slots=True)
class Zone:
    """`polygon` is an outline as CAP 1.2 §3.2.4 writes it: ``lat,lon lat,lon …``, the last pair being the first."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    regions: tuple[str, ...] = ()
    polygon: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """Its region keys."""
        return frozenset(normalise("", key) for key in self.regions)

    @property
    def outlines(self) -> tuple[Polygon, ...]:
        """Its outline, if it has one. Raises ValueError for what is none."""
        return (Polygon(_ring(self.polygon)),) if self.polygon else ()


def must_be_zones(zones: Sequence[Zone], areas: Iterable[str]) -> None:
    """Raises StandingRefused for a zone without a place or a name of its own, and for a region beyond the areas of the
    paper. Whose ground an outline holds the register alone can tell.
    """
    names = [zone.name.strip() for zone in zones]
    if len(zones) > MOST_ZONES or len(set(names)) != len(names):
        raise StandingRefused("zones", f"at most {MOST_ZONES}, each under a name of its own")
    held = [normalise("", key) for key in areas]
    for zone in zones:
        place = f"zones.{zone.name[:LONGEST_NAME]}"
        if not 1 <= len(zone.name.strip()) <= LONGEST_NAME or zone.name != zone.name.strip():
            raise StandingRefused("zones", f"a zone has a name of 1 to {LONGEST_NAME} characters")
        if not zone.regions and not zone.polygon:
            raise StandingRefused(place, "a zone has regions or a polygon")
        for key in sorted(zone.keys):
            if not any(area == NATION or covers(area, key) for area in held):
                raise StandingRefused(place, f"{key} lies outside the areas of the paper", ApprovalRule.AUTH_3)
        try:
            outlines = zone.outlines
        except ValueError as error:
            raise StandingRefused(place, str(error)) from None
        if any(len(outline.ring) > MOST_CORNERS for outline in outlines):
            raise StandingRefused(place, f"at most {MOST_CORNERS} corners")


def _ring(text: str) -> tuple[tuple[float, float], ...]:
    try:
        pairs = [tuple(map(float, pair.split(","))) for pair in text.split()]
        ring = tuple((lat, lon) for lat, lon in pairs)
    except ValueError:
        raise ValueError("a polygon is pairs of latitude,longitude separated by blanks") from None
    if len(ring) < _FEWEST_PAIRS or ring[0] != ring[-1]:
        raise ValueError("a polygon is closed: its last pair is its first, and it has at least three corners")
    if not all(-90 <= lat <= 90 and -180 <= lon <= 180 for lat, lon in ring):
        raise ValueError("a latitude is within 90 degrees, a longitude within 180")
    return ring
