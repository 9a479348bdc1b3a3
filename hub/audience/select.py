"""Whom a plan reaches: persons by the bitmap index, endpoints by the regions they serve."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.register import bitmaps, endpoints, purposes, regions
from hub.store.register.recipients import SqlDirectory
from targeting.audience import Audience
from targeting.geometry import ShapeRefused
from targeting.group import DUTY
from targeting.select import Clause, select


@dataclass(frozen=True, slots=True)
class Target:
    """The persons and endpoints of one plan. `why` says which clause brought how many."""

    persons: BitMap
    endpoints: BitMap
    why: tuple[Clause, ...]


def target(connection: Connection, audience: Audience) -> Target:
    """Selects the persons, and no endpoints. Raises targeting's ShapeRefused."""
    selection = select(SqlDirectory(connection), audience)
    return Target(selection.bits - not_for(connection, audience), BitMap(), selection.why)


def not_for(connection: Connection, audience: Audience) -> BitMap:
    """Whose addresses were given for something narrower than this audience (PD-1): they are left out.

    Who is known as a responsible person only is told what is for responsible persons.
    """
    asked = audience.groups.any | audience.groups.all
    return (
        BitMap()
        if any(key.startswith(DUTY) for key in asked)
        else purposes.persons_of_purpose(connection, purposes.RESPONSIBLE)
    )


def with_endpoints(connection: Connection, found: Target, audience: Audience, many_channels: Iterable[str]) -> Target:
    """The target with the endpoints of every one-to-many channel named that serve these persons."""
    living = at_home(connection, audience, found.persons)
    serving = (_serving(connection, channel, living, audience) for channel in many_channels)
    return replace(found, endpoints=BitMap.union(BitMap(), *serving))


def select_target(connection: Connection, audience: Audience, place: str = "shape") -> Target:
    """`target`, for callers whose shapes come from outside. Raises Invalid naming the shape refused, at `place`."""
    try:
        return target(connection, audience)
    except ShapeRefused as error:
        raise Invalid(str(error), rule=Rule.X9, place=place) from None


def at_home(connection: Connection, audience: Audience, persons: BitMap) -> BitMap:
    """Less those whom only a place of their own choosing puts into the audience.

    Because somebody elsewhere wants to know of a place, their own county is not concerned, and its loudspeakers stay
    silent.
    """
    chosen = bitmaps.union(connection, bitmaps.PLACE, audience.regions) & persons
    return persons - (chosen - select(SqlDirectory(connection, chosen=False), audience).bits) if chosen else persons


def _serving(connection: Connection, channel: str, persons: BitMap, audience: Audience) -> BitMap:
    """Endpoints without a region serve everywhere; the others where someone of the audience lives."""
    directory = SqlDirectory(connection, chosen=False)
    found = BitMap()
    for endpoint in endpoints.list_all(connection, channel):
        if not endpoint.active:
            continue
        region = regions.by_id(connection, endpoint.region) if endpoint.region is not None else None
        key = region.key if region is not None else ""
        if not key or key in audience.regions or directory.region(key).intersect(persons):
            found.add(endpoint.id)
    return found
