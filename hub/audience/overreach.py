"""Shapes that reach far beyond the area of the unit that draws them: told at the draft, before anyone signs.

A superior may mean such a shape, and whose area it is the policy decides (突发事件应对法 2024 art. 18): a finding.
Most often it is a radius written in metres, which CAP 1.2 §3.2.4 wants in kilometres.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from hub.registry.grounds import ground_of
from hub.rules.rule import Rule
from hub.store.access import units
from targeting.audience import Audience, Circle
from targeting.extent import BoundingBox
from targeting.region import NATION

RULES = frozenset({Rule.SHAPE_BEYOND_AREA, Rule.RADIUS_IN_METRES})
LEAST_KM = 50.0  #: beyond the area that are never told: neighbours watch a common river
MOST_KM = 500.0  #: and that are always told, however large the area


def overreaching(connection: Connection, audience: Audience, unit: str) -> list[dict[str, Any]]:
    """One finding for each such shape, in the form findings are kept; none where nobody knows where the area lies."""
    if not audience.has_shapes:
        return []
    found = units.by_name(connection, unit)
    area = found.area if found is not None else NATION
    ground = ground_of(connection, area)
    if ground is None:
        return []
    bound = max(LEAST_KM, min(MOST_KM, ground.across_km / 2))
    return [
        _finding(name, circle, beyond, area, ground, bound)
        for name, circle, extent in _reaching(audience)
        if (beyond := extent.beyond_km(ground)) > bound
    ]


def _finding(
    name: str, circle: Circle | None, beyond: float, area: str, ground: BoundingBox, bound: float
) -> dict[str, Any]:  # fmt: skip
    values: dict[str, Any] = {"shape": name, "beyond_km": round(beyond), "area": area}
    text = f"{name} reaches about {beyond:,.0f} km beyond {area}, the area of the unit"
    if circle is None or _around(circle, circle.radius_km / 1000).beyond_km(ground) > bound:
        return {"rule": Rule.SHAPE_BEYOND_AREA, "element": name, "level": "warn", "text": text, "values": values}
    radius, meant = circle.radius_km, circle.radius_km / 1000
    text += f"; its radius is {radius:,g} km (CAP 1.2 §3.2.4): were metres meant, write {meant:g}"
    values |= {"radius_km": radius, "meant_km": meant}
    return {"rule": Rule.RADIUS_IN_METRES, "element": name, "level": "warn", "text": text, "values": values}


def _reaching(audience: Audience) -> Iterator[tuple[str, Circle | None, BoundingBox]]:
    """Every shape by its name with all it may hold: radius, width and buffer included."""
    for number, polygon in enumerate(audience.polygons, 1):
        yield f"polygon {number}", None, BoundingBox.around(polygon.ring).widen(polygon.buffer_km)
    for number, circle in enumerate(audience.circles, 1):
        yield f"circle {number}", circle, _around(circle, circle.radius_km)
    for number, band in enumerate(audience.corridors, 1):
        yield f"corridor {number}", None, BoundingBox.around(band.line).widen(band.half_width_km + band.buffer_km)


def _around(circle: Circle, radius_km: float) -> BoundingBox:
    return BoundingBox.around([(circle.lat, circle.lon)]).widen(radius_km + circle.buffer_km)
