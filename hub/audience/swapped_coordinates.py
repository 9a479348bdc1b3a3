"""Shapes on the wrong side of the earth because latitude and longitude were exchanged: refused, never mirrored."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from hub.errors import Invalid
from hub.registry.grounds import ground_of
from hub.rules.rule import Rule
from targeting.audience import Audience
from targeting.extent import BoundingBox
from targeting.region import NATION

FAR_KM = 500.0


def must_not_be_misplaced(connection: Connection, audience: Audience, area: str = "") -> None:
    """Raises Invalid naming a shape that is far from the regions named with it and would lie there if exchanged.

    `area` is what the drafting unit answers for, which stands in where no region is named. Nothing is judged where
    no ground is known: neither an outline nor people with coordinates.
    """
    if not audience.has_shapes:
        return
    keys = audience.regions - {NATION} or frozenset({area}) - {NATION, ""}
    grounds = [box for key in sorted(keys) if (box := ground_of(connection, key)) is not None]
    if not grounds:
        return
    for name, box in extents_of(audience):
        if max(abs(box.south), abs(box.north)) > 90:
            continue  # no place at all: what can only have been exchanged is repaired and told when the shape is read
        away = min(box.apart_km(ground) for ground in grounds)
        if away > FAR_KM and any(box.with_axes_exchanged.apart_km(ground) == 0 for ground in grounds):
            text = (
                f"{name}, at {box.south:.2f},{box.west:.2f}, lies about {away:,.0f} km from the regions it is for; "
                "with latitude and longitude exchanged it would lie there: CAP writes the latitude first "
                "(CAP 1.2 §3.2.4), GeoJSON the longitude (RFC 7946)"
            )
            raise Invalid(text, rule=Rule.SHAPE_MISPLACED, place=name)


def extents_of(audience: Audience) -> Iterator[tuple[str, BoundingBox]]:
    """Every shape by its name with where its corners or its middle lie."""
    for number, polygon in enumerate(audience.polygons, 1):
        yield f"polygon {number}", BoundingBox.around(polygon.ring)
    for number, circle in enumerate(audience.circles, 1):
        yield f"circle {number}", BoundingBox.around([(circle.lat, circle.lon)])
    for number, corridor in enumerate(audience.corridors, 1):
        yield f"corridor {number}", BoundingBox.around(corridor.line)
