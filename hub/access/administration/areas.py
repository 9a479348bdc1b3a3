"""The act of giving a named area to another unit: its officials alone change it from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from hub.access.administration.kind import Kind, Payload
from hub.access.administration.officials import Name
from hub.errors import Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.access import units
from hub.store.alerts import areas


class AreaOwner(Payload):
    """Which area, and the name of the unit that is to have it."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    unit: Name


def area_kinds() -> tuple[Kind[Any], ...]:
    """The one there is: it needs a second administrator."""
    return (Kind("area-give", AreaOwner, lambda payload: f"area/{payload.name}", _give),)


def _give(connection: Connection, payload: AreaOwner, _at: int) -> Mapping[str, Any]:
    unit = units.by_name(connection, payload.unit)
    if unit is None or not unit.active:
        raise Invalid(f"there is no unit {payload.unit!r} at work", rule=Rule.UNIT_UNKNOWN, place="unit")
    before = areas.owner(connection, payload.name)
    if before is None:
        raise NotFound(f"there is no area {payload.name!r}", rule=Rule.AREA_UNKNOWN, place="name")
    areas.give(connection, payload.name, unit.name)
    return {"area": payload.name, "unit": unit.name, "before": before}
