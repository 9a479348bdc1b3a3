"""The zones of a paper on the ground: where one lies is looked up before anybody signs it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from approvals.zone import Zone
from hub.audience.jurisdiction import concerned_regions
from hub.audience.select import select_target
from hub.errors import Invalid
from hub.formats.cap.shapes import crossings
from hub.rules.rule import Rule
from hub.store.register import regions
from targeting.audience import Audience
from targeting.region import NATION, covers


def must_lie_within(connection: Connection, zones: Sequence[Zone], areas: Sequence[str]) -> None:
    """Raises Invalid for a region that nobody registered, for an outline that crosses itself, and for one over ground
    or people that are of no area of the paper: each would be refused as the place of a draft, when the alarm is given.

    `areas` are region keys. What a zone names by region, the document itself has compared with them.
    """
    known = regions.ids_by_key(connection, frozenset().union(*(zone.keys for zone in zones)) - {NATION})
    for zone in zones:
        place = f"zones.{zone.name}"
        if unknown := sorted(zone.keys - known.keys() - {NATION}):
            text = f"{unknown[0][:32]} is no registered region: `hub region show NAME` tells its key"
            raise Invalid(text, rule=Rule.REGION_UNKNOWN, place=place)
        if zone.polygon:
            _must_be_ground_of(connection, zone, areas, place)


def _must_be_ground_of(connection: Connection, zone: Zone, areas: Sequence[str], place: str) -> None:
    drawn = Audience(polygons=zone.outlines)
    for breach in crossings((place, outline.ring) for outline in drawn.polygons):
        if breach.case == Rule.X9:
            raise Invalid(f"{breach.text}: draw it as one ring", rule=Rule.X9, place=place)
    held = concerned_regions(connection, drawn, select_target(connection, drawn, place).persons)
    if not held and NATION not in areas:
        text = (
            "it holds nobody, and no outline tells whose ground it is: `hub region import --outlines`, or name regions"
        )
        raise Invalid(text, rule=Rule.AUTH_3, place=place)
    outside = sorted(key for key in held if not any(area == NATION or covers(area, key) for area in areas))
    if outside:
        text = (
            f"it holds ground or people of {outside[0]}, outside the areas of the paper: draw it smaller, or add that"
        )
        raise Invalid(text, rule=Rule.AUTH_3, place=place)
