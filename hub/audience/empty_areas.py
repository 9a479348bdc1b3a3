"""Areas of a warning that hold nobody: said by name, because a wrong code and an empty island look alike in a sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from hub.rules.rule import Rule
from hub.store.register import regions
from hub.store.register.directory import SqlDirectory
from targeting.audience import Audience, Point
from targeting.explain import PLACES
from targeting.geometry import ShapeRefused
from targeting.select import Clause, select

_MIRRORED = 20  #: empty shapes looked at the other way round: an alert may have thousands


def find_empty_areas(connection: Connection, audience: Audience, why: Sequence[Clause]) -> list[dict[str, Any]]:
    """One finding for each region and shape that selected nobody, in the form findings are kept."""
    unknown = {each["element"] for each in unknown_regions(connection, audience)}
    named = ((f"{clause.kind} {clause.key}", text) for clause, text in _reasons(connection, audience, why))
    return [
        {"rule": Rule.AREA_SILENT, "element": place, "level": "warn" if place in unknown else "advice", "text": text}
        for place, text in named
    ]


def unknown_regions(connection: Connection, audience: Audience) -> list[dict[str, Any]]:
    """One finding for each region whose code nobody registered: whoever is meant by it is told nothing. It warns, where
    a place that is known and empty only advises.
    """
    known = regions.names_by_key(connection, audience.regions) if audience.regions else {}
    return [
        {"rule": Rule.AREA_SILENT, "element": f"region {key}", "level": "warn", "text": _of_region(connection, key)}
        for key in sorted(audience.regions - known.keys())
    ]


def _reasons(connection: Connection, audience: Audience, why: Sequence[Clause]) -> Iterator[tuple[Clause, str]]:
    # Nobody without coordinates is what one hopes for, and no silence.
    asked = (clause for clause in why if clause.kind in PLACES and clause.kind != "unlocated")
    empty = (clause for clause in asked if not clause.count)
    for number, clause in enumerate(empty):
        if clause.kind == "region":
            yield clause, _of_region(connection, clause.key)
            continue
        other = _mirror_count(connection, audience, clause) if number < _MIRRORED else ""
        yield clause, "holds nobody who is registered with coordinates" + other


def _of_region(connection: Connection, key: str) -> str:
    found = regions.by_key(connection, key)
    if found is None:
        return (
            "is a code that no region here has, and whoever is meant by it is not told: "
            "mend the code (`hub region show NAME` tells that of a place), or import the region (`hub region import`)"
        )
    ground = "nor stands within its outline" if found.outlined else "and no outline of it is known"
    return f"is known, but nobody is registered there, {ground}"


def _mirror_count(connection: Connection, audience: Audience, clause: Clause) -> str:
    """What the polygon would hold with latitude and longitude exchanged: the commonest reason for an empty one."""
    if clause.kind != "polygon":
        return ""
    area = audience.polygons[int(clause.key) - 1]
    turned = replace(area, ring=_exchange_coordinates(area.ring), holes=tuple(map(_exchange_coordinates, area.holes)))
    try:
        count = select(SqlDirectory(connection), Audience(polygons=(turned,))).count
    except ShapeRefused:
        return ""
    return f"; with latitude and longitude exchanged it would hold {count}" if count else ""


def _exchange_coordinates(ring: tuple[Point, ...]) -> tuple[Point, ...]:
    return tuple((lon, lat) for lat, lon in ring)
