"""Named areas: places drawn once and used again; a plan takes their content, so a later change changes no plan."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hub.alert.views import PlanRequest
from hub.audience.resolve import must_be_shapes, resolve_request
from hub.errors import Forbidden, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.alerts import areas
from hub.store.alerts.areas import NamedArea
from hub.transaction import Tx
from targeting.audience import Audience

_NAME = re.compile(r"[^\s,/][^,/]{0,62}[^\s,/]|[^\s,/]")


@dataclass(frozen=True, slots=True)
class KeptArea:
    """The area as it is kept now, and what was repaired or assumed of its shapes."""

    area: NamedArea
    notes: tuple[str, ...]


def store_named_area(tx: Tx, unit: str, name: str, request: PlanRequest) -> KeptArea:
    """Keeps the regions, areas and shapes of a request under a name, in place of what was there.

    It belongs to the unit that kept it first: its officials alone change it. The change stands in the audit log. Raises
    Invalid, Forbidden.
    """
    if not _NAME.fullmatch(name):
        raise Invalid("a name is 1 to 64 characters without comma or slash", rule=Rule.AREA_NAME, place="name")
    _must_be_own(tx.connection, name, unit)
    places = replace(resolve_request(tx.connection, request, ()), languages=frozenset())
    if places.is_placeless:
        raise Invalid("an area needs a region or a shape", rule=Rule.AUDIENCE_PLACELESS, place="area")
    kept = NamedArea(name, places, 0, tx.actor, tx.now_ms, areas.owner(tx.connection, name) or unit)
    kept = replace(kept, version=areas.store_area(tx.connection, kept))
    tx.audit("area", "area", {"name": name, "version": kept.version, "unit": kept.unit})
    return KeptArea(kept, must_be_shapes(places))


def remove_named_area(tx: Tx, unit: str, name: str) -> NamedArea:
    """Forgets an area of a unit, and returns it; plans that used it keep its content. Raises NotFound, Forbidden."""
    _must_be_own(tx.connection, name, unit)
    gone = find_named_area(tx, name)
    areas.remove(tx.connection, name)
    tx.audit("area-removed", "area", {"name": name})
    return gone


def list_named_areas(tx: Tx) -> list[NamedArea]:
    """All, by name."""
    return areas.list_areas(tx.connection)


def find_named_area(tx: Tx, name: str) -> NamedArea:
    """One of them. Raises NotFound."""
    found = areas.by_name(tx.connection, (name,))
    if name not in found:
        raise NotFound(f"there is no area {name!r}", rule=Rule.AREA_UNKNOWN, place="name")
    return found[name]


def _must_be_own(connection: Connection, name: str, unit: str) -> None:
    """Raises Forbidden where an area belongs to another unit. The command line acts for no unit, and changes only what
    belongs to nobody.
    """
    owner = areas.owner(connection, name)
    if owner and owner != unit:
        text = (
            f"the area {name!r} belongs to {owner}: keep yours under another name, or have two administrators give it"
        )
        raise Forbidden(text, rule=Rule.AREA_OWNER, place="name")


def regions_and_shapes(places: Audience) -> str:
    """The size of an area in words, for lists."""
    shapes = len(places.polygons) + len(places.circles) + len(places.corridors)
    return f"{len(places.regions)} regions, {shapes} shapes"
