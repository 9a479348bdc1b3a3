"""How many people an audience holds, before anything is drafted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.delivery import PlanRequest
from hub.errors import Invalid
from hub.release.asked import asked
from hub.release.targeting import selected
from hub.store import recipients, regions
from hub.store.database import Database
from hub.store.directory import SqlDirectory
from targeting.audience import Audience
from targeting.contribution import Contributions, contributions
from targeting.geometry import ShapeRefused
from targeting.group import Group


@dataclass(frozen=True, slots=True)
class Audiences:
    """Reads only."""

    db: Database
    groups: Mapping[str, Group]

    async def count(self, audience: Audience, channels: Sequence[str]) -> int:
        """Persons who can be reached on any of the channels, or on any at all. Raises Invalid for unknown keys."""
        return await self.db.read(lambda connection: self._count(connection, audience, channels))

    async def contributions(self, audience: Audience, channels: Sequence[str]) -> Contributions:
        """The same count with what every clause of the audience brings to it. Raises Invalid as `count` does."""
        return await self.db.read(lambda connection: self._contributions(connection, audience, channels))

    async def asked(self, request: PlanRequest) -> Audience:
        """What the request asks for, every name in it looked up. Raises Invalid."""
        return await self.db.read(lambda connection: asked(connection, request, self.groups))

    def _count(self, connection: Connection, audience: Audience, channels: Sequence[str]) -> int:
        self._must_be_known(connection, audience)
        persons = selected(connection, audience).persons
        return len(persons if (having := _having(connection, channels)) is None else persons & having)

    def _contributions(self, connection: Connection, audience: Audience, channels: Sequence[str]) -> Contributions:
        self._must_be_known(connection, audience)
        try:
            return contributions(SqlDirectory(connection), audience, _having(connection, channels))
        except ShapeRefused as error:
            raise Invalid(str(error), rule="X9", place="shape") from None

    def _must_be_known(self, connection: Connection, audience: Audience) -> None:
        known = regions.ids_by_key(connection, audience.regions)
        if missing := sorted(audience.regions - set(known)):
            raise Invalid(f"unknown region: {', '.join(missing)}", rule="region-unknown", place="regions")
        if unknown := sorted(audience.groups.named - self.groups.keys()):
            raise Invalid(f"unknown group: {', '.join(unknown)}", rule="group-unknown", place="groups")


def _having(connection: Connection, channels: Sequence[str]) -> BitMap | None:
    """Who can be reached on any of the channels; None where none is named."""
    if not channels:
        return None
    return BitMap.union(BitMap(), *(recipients.channel_bits(connection, name) for name in channels))
