"""How many people an audience holds, before anything is drafted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from hub.alert.views import PlanRequest
from hub.audience.resolve import resolve_request
from hub.audience.select import not_for, select_target
from hub.errors import Invalid
from hub.estimate.service import Estimates, Hypothetical
from hub.rules.rule import Rule
from hub.store.register import regions
from hub.store.register.directory import SqlDirectory
from hub.store.sql.database import Database
from targeting.audience import Audience
from targeting.contribution import Contributions, contributions
from targeting.geometry import ShapeRefused
from targeting.group import Group

#: a warning of which nothing is known: whoever is counted for the lowest level is sent every level
ANY = Hypothetical(Level.BLUE)


@dataclass(frozen=True, slots=True)
class Audiences:
    """Reads only."""

    db: Database
    groups: Mapping[str, Group]
    estimates: Estimates

    async def count(self, audience: Audience, channels: Sequence[str], thought: Hypothetical = ANY) -> int:
        """Persons such a warning would be sent to on any of the channels; with none named, all but those who refused.

        Raises Invalid for unknown keys.
        """
        return await self.db.read(lambda connection: self._count(connection, audience, channels, thought))

    async def contributions(
        self, audience: Audience, channels: Sequence[str], thought: Hypothetical = ANY
    ) -> Contributions:
        """The count of `count`, with what every clause of the audience brings to it. Raises Invalid as `count` does."""
        return await self.db.read(lambda connection: self._contributions(connection, audience, channels, thought))

    async def resolve(self, request: PlanRequest) -> Audience:
        """What the request asks for, every name in it looked up. Raises Invalid."""
        return await self.db.read(lambda connection: resolve_request(connection, request, self.groups))

    def _count(self, connection: Connection, audience: Audience, channels: Sequence[str], thought: Hypothetical) -> int:
        self._must_be_known(connection, audience)
        return len(self._persons_sent_to(connection, select_target(connection, audience).persons, channels, thought))

    def _contributions(
        self, connection: Connection, audience: Audience, channels: Sequence[str], thought: Hypothetical
    ) -> Contributions:
        self._must_be_known(connection, audience)

        def sent(persons: BitMap) -> BitMap:
            return self._persons_sent_to(connection, persons - not_for(connection, audience), channels, thought)

        try:
            return contributions(SqlDirectory(connection), audience, sent)
        except ShapeRefused as error:
            raise Invalid(str(error), rule=Rule.X9, place="shape") from None

    def _persons_sent_to(
        self, connection: Connection, persons: BitMap, channels: Sequence[str], thought: Hypothetical
    ) -> BitMap:
        """Those of these people whom an estimate counts: reached on one of the channels, where any is named."""
        reach = self.estimates.reach(connection, persons, channels or self.estimates.estimator.drivers, thought)
        return BitMap.union(BitMap(), *reach.channels.values()) if channels else reach.persons

    def _must_be_known(self, connection: Connection, audience: Audience) -> None:
        known = regions.ids_by_key(connection, audience.regions)
        if missing := sorted(audience.regions - set(known)):
            raise Invalid(f"unknown region: {', '.join(missing)}", rule=Rule.REGION_UNKNOWN, place="regions")
        if unknown := sorted(audience.groups.keys - self.groups.keys()):
            raise Invalid(f"unknown group: {', '.join(unknown)}", rule=Rule.GROUP_UNKNOWN, place="groups")
