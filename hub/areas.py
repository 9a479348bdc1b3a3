"""Named areas: places drawn once and used again; a plan takes their content, so a later change changes no plan."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from approvals.official import Official
from hub.clock import Clock, to_ms
from hub.delivery import PlanRequest
from hub.errors import Invalid, NotFound
from hub.release.asked import asked, must_be_shapes
from hub.store import areas, audit
from hub.store.areas import NamedArea
from hub.store.database import Database
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
        """Keeps the regions, areas and shapes of a request under a name, in place of what was there. Raises Invalid."""
        if not _NAME.fullmatch(name):
            raise Invalid("a name is 1 to 64 characters without comma or slash", rule="area-name", place="name")
        by = actor if isinstance(actor, str) else actor.name

        def work(connection: Connection) -> KeptArea:
            places = replace(asked(connection, request, ()), languages=frozenset())
            if places.is_placeless:
                raise Invalid("an area needs a region or a shape", rule="audience-placeless", place="area")
            now = to_ms(self.clock.now())
            version = areas.put(connection, name, places, by, now)
            detail = {"name": name, "version": version}
            audit.append(connection, at_ms=now, actor=by, action="area", subject="area", detail=detail)
            return KeptArea(NamedArea(name, places, version, by, now), must_be_shapes(places))

        return await self.db.write(work)

    async def remove(self, actor: Official | str, name: str) -> None:
        """Forgets an area; plans that used it keep its content. Raises NotFound."""
        by = actor if isinstance(actor, str) else actor.name

        def work(connection: Connection) -> None:
            if not areas.remove(connection, name):
                raise NotFound(f"there is no area {name!r}", rule="area-unknown", place="name")
            now, detail = to_ms(self.clock.now()), {"name": name}
            audit.append(connection, at_ms=now, actor=by, action="area-removed", subject="area", detail=detail)

        await self.db.write(work)

    async def listed(self) -> list[NamedArea]:
        """All, by name."""
        return await self.db.read(areas.listed)

    async def get(self, name: str) -> NamedArea:
        """One of them. Raises NotFound."""
        found = await self.db.read(lambda connection: areas.by_name(connection, (name,)))
        if name not in found:
            raise NotFound(f"there is no area {name!r}", rule="area-unknown", place="name")
        return found[name]


def regions_and_shapes(places: Audience) -> str:
    """The size of an area in words, for lists."""
    shapes = len(places.polygons) + len(places.circles) + len(places.corridors)
    return f"{len(places.regions)} regions, {shapes} shapes"
