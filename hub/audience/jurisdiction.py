"""Which regions a warning stakes that draws its place: where its people are registered, and whose ground it covers.

突发事件应对法 (2024) art. 18: beyond one's own area, the common superior decides. So it must be known whose area it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import shapely
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.audience.select import Target, at_home, target
from hub.store.register import bitmaps, regions
from targeting.audience import Audience
from targeting.geometry import ShapeRefused
from targeting.region import FOREIGN_LEVEL, TOWNSHIP
from targeting.select import shapes_of

COUNTY = 3  #: 0 nation, 1 province, 2 prefecture, 3 county
#: part of a shape that must lie on a region's ground: outlines of two sources never agree along a common border
SLIVER = 0.01


def concerned_regions(connection: Connection, audience: Audience, persons: BitMap) -> frozenset[str]:
    """The regions named; of a drawing those its people are registered in and those it covers a part of.

    `persons` are the selected. Raises ShapeRefused.
    """
    if not audience.has_shapes:
        return audience.regions
    living = at_home(connection, audience, persons)
    return audience.regions | regions_touched(connection, living) | regions_covered(connection, audience)


@dataclass(frozen=True, slots=True)
class DrawingSelection:
    """What a drawing stakes now and whom it selects.

    Nothing, which stakes the whole country, and None where nothing is drawn or a shape is refused: submitting refuses
    that.
    """

    areas: frozenset[str] = frozenset()
    found: Target | None = None


def select_drawing(connection: Connection, audience: Audience) -> DrawingSelection:
    """Selects anew: people move."""
    if not audience.has_shapes:
        return DrawingSelection()
    try:
        found = target(connection, audience)
        return DrawingSelection(concerned_regions(connection, audience, found.persons), found)
    except ShapeRefused:
        return DrawingSelection()


def regions_touched(connection: Connection, persons: BitMap) -> frozenset[str]:
    """Counties where any of the people are registered, or townships where all are in one county; else what is lowest.

    By intersection of bitmaps, level by level: no row of a person is read.
    """
    counties = homes_of(connection, persons, COUNTY)
    return homes_of(connection, persons, TOWNSHIP) if len(counties) == 1 else counties


def homes_of(connection: Connection, persons: BitMap, lowest: int) -> frozenset[str]:
    """The regions of the lowest level looked at, or above it, where any of the people are registered."""
    found = set[str]()
    level = _regions_of(connection, regions.roots(connection), persons)
    while level:
        deeper = {number: (key, bits) for number, key, depth, bits in level if depth < lowest}
        found |= {key for _, key, depth, _ in level if depth >= lowest}
        children = regions.below(connection, deeper)
        level = _regions_of(connection, children, persons)
        inside = {number: parent for parent, number, _, _ in children}
        housed = defaultdict[int, BitMap](BitMap)
        for number, _, _, bits in level:
            housed[inside[number]] |= bits
        # Who is registered in a region itself, and in none below it, stakes the whole of it.
        found |= {key for number, (key, bits) in deeper.items() if bits - housed[number]}
    return frozenset(found)


def _regions_of(
    connection: Connection, rows: list[tuple[int, int, str, int]], persons: BitMap
) -> list[tuple[int, str, int, BitMap]]:
    """Id, key, level and people of the regions that hold any of them."""
    held = bitmaps.read(connection, bitmaps.REGION, (key for _, _, key, _ in rows))
    found = ((number, key, depth, held[key] & persons) for _, number, key, depth in rows if key in held)
    return [row for row in found if row[3]]


def regions_covered(connection: Connection, audience: Audience) -> frozenset[str]:
    """Counties and foreign regions of which a shape covers some ground, as far as their outlines are known."""
    found = set[str]()
    for _, _, shape in shapes_of(audience):
        # Between the two outlines only distance decides; for whose area it is, that ring is narrow enough.
        flat = shape.inner if shape.inner.area > 0 else shape.outer
        for key in regions.outlines_within(connection, flat.bounds, min(COUNTY, FOREIGN_LEVEL)):
            ground = regions.outline(connection, key)
            if ground is not None and shapely.intersection(flat, ground).area > SLIVER * min(flat.area, ground.area):
                found.add(key)
    return frozenset(found)
