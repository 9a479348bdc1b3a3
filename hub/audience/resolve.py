"""What an official asks for beside the alert's own areas, with every name in it looked up."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from hub.alert.views import PlanRequest
from hub.audience.codes import expand_codes
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.alerts import areas
from hub.store.register import regions
from targeting.audience import Audience, Groups, unite_audiences
from targeting.geometry import ShapeRefused
from targeting.region import normalise
from targeting.select import shapes_of


def resolve_request(connection: Connection, request: PlanRequest, groups: Collection[str]) -> Audience:
    """Named areas stand in it with their content of now: a later change of the area changes no plan.

    `groups` are those there are. Raises Invalid naming an unknown region, area or group, or a shape that is refused.
    """
    keys = expand_codes(connection, (normalise("", key) for key in (*request.regions, *request.also.regions)))
    if missing := sorted(keys - set(regions.ids_by_key(connection, keys))):
        raise Invalid(f"unknown region: {', '.join(missing)}", rule=Rule.REGION_UNKNOWN, place="regions")
    named = areas.by_name(connection, request.areas)
    if missing := [name for name in request.areas if name not in named]:
        raise Invalid(f"unknown area: {', '.join(missing)}", rule=Rule.AREA_UNKNOWN, place="areas")
    places = (named[name].places for name in request.areas)
    unlocated = frozenset(normalise("", key) for key in request.unlocated or ())
    if missing := sorted(unlocated - set(regions.ids_by_key(connection, unlocated))):
        raise Invalid(f"unknown region: {', '.join(missing)}", rule=Rule.REGION_UNKNOWN, place="unlocated")
    added = unite_audiences(Audience(keys, groups=Groups(request.groups), unlocated=unlocated), request.also, *places)
    if strange := sorted(added.groups.keys - set(groups)):
        raise Invalid(f"unknown group: {', '.join(strange)}", rule=Rule.GROUP_UNKNOWN, place="groups")
    if both := sorted(added.groups.all & added.groups.none):
        raise Invalid(f"nobody is in {', '.join(both)} and not in it", rule=Rule.GROUP_CONTRADICTION, place="groups")
    must_be_shapes(request.also)
    return added


def must_be_shapes(places: Audience) -> tuple[str, ...]:
    """What was repaired or assumed, shape by shape. Raises Invalid naming the shape and why it is refused."""
    try:
        found = list(shapes_of(places))
    except ShapeRefused as error:
        raise Invalid(str(error), rule=Rule.X9, place="shape") from None
    return tuple(f"{kind} {number}: {note}" for kind, number, shape in found for note in shape.notes)
