"""Named areas: places drawn once and used again; a plan takes their content, so a later change changes no plan."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from approvals.official import Official
from hub.alert.views import PlanRequest
from hub.audience.resolve import must_be_shapes, resolve_request
from hub.clock import Clock, to_ms
from hub.errors import Forbidden, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.alerts import areas
from hub.store.alerts.areas import NamedArea
from hub.store.records import audit
from hub.store.sql.database import Database
from targeting.audience import Audience

_NAME = re.compile(r"[^\s,/][^,/]{0,62}[^\s,/]|[^\s,/]")


@dataclass(frozen=True, slots=True)
class KeptArea:
    """The area as it is kept now, and what was repaired or assumed of its shapes."""

    area: NamedArea
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedAreas:
    """Every change stands in the audit log."""

    db: Database
    clock: Clock

    async def put(self, actor: Official | str, name: str, request: PlanRequest) -> KeptArea:
        """Keeps the regions, areas and shapes of a request under a name, in place of what was there.

        It belongs to the unit that kept it first: its officials alone change it. Raises Invalid, Forbidden.
        """
        if not _NAME.fullmatch(name):
            raise Invalid("a name is 1 to 64 characters without comma or slash", rule=Rule.AREA_NAME, place="name")
        by, unit = (actor, "") if isinstance(actor, str) else (actor.name, actor.unit)

        def work(connection: Connection) -> KeptArea:
            _must_be_own(connection, name, unit)
            places = replace(resolve_request(connection, request, ()), languages=frozenset())
            if places.is_placeless:
                raise Invalid("an area needs a region or a shape", rule=Rule.AUDIENCE_PLACELESS, place="area")
            now = to_ms(self.clock.now())
            kept = NamedArea(name, places, 0, by, now, areas.owner(connection, name) or unit)
            kept = replace(kept, version=areas.store_area(connection, kept))
            detail = {"name": name, "version": kept.version, "unit": kept.unit}
            audit.append(connection, at_ms=now, actor=by, action="area", subject="area", detail=detail)
            return KeptArea(kept, must_be_shapes(places))

        return await self.db.write(work)

    async def remove(self, actor: Official | str, name: str) -> None:
        """Forgets an area; plans that used it keep its content. Raises NotFound, Forbidden."""
        by, unit = (actor, "") if isinstance(actor, str) else (actor.name, actor.unit)

        def work(connection: Connection) -> None:
            _must_be_own(connection, name, unit)
            if not areas.remove(connection, name):
                raise NotFound(f"there is no area {name!r}", rule=Rule.AREA_UNKNOWN, place="name")
            now, detail = to_ms(self.clock.now()), {"name": name}
            audit.append(connection, at_ms=now, actor=by, action="area-removed", subject="area", detail=detail)

        await self.db.write(work)

    async def listed(self) -> list[NamedArea]:
        """All, by name."""
        return await self.db.read(areas.list_areas)

    async def get(self, name: str) -> NamedArea:
        """One of them. Raises NotFound."""
        found = await self.db.read(lambda connection: areas.by_name(connection, (name,)))
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
