"""Why one person is in the audience of a warning or of a plan; told to those whose area the person is in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from approvals.official import Official
from approvals.territory import under
from hub.choices import consent
from hub.choices.view import ChoicesView
from hub.choices.view import view as choices_view
from hub.clock import Clock, to_ms
from hub.delivery import PlanRequest
from hub.errors import Forbidden, Invalid, NotFound
from hub.release.asked import asked
from hub.release.plan import Plan
from hub.store import alerts, audit, bitmaps, choices, recipients, regions
from hub.store.database import Database
from hub.store.directory import SqlDirectory
from targeting.audience import Audience
from targeting.explain import Explanation, Person, Reason, explain
from targeting.geometry import ShapeRefused
from targeting.region import NATION

NEED = "need-to-know"


@dataclass(frozen=True, slots=True)
class Filed:
    """How the register files a person: `person.regions` lowest first, and the channels they have; no address."""

    id: int
    external_id: str
    person: Person
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person, whether an audience holds them, and what every clause of it says."""

    external_id: str
    regions: tuple[str, ...]
    groups: tuple[str, ...]
    language: str
    located: bool
    channels: tuple[str, ...]
    selected: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explaining:
    """Groups tell who is ill, poor or with child: officials are told of people in their own area only, and every
    question stands in the audit log. `groups` are those there are.
    """

    db: Database
    clock: Clock
    groups: Collection[str]

    async def of_alert(self, official: Official, external_id: str, alert: int) -> PersonView:
        """By the plan of an alert as it stands. Raises NotFound, Forbidden, Invalid for a shape that is refused."""
        audience = await self.db.read(lambda connection: audience_of(connection, alert))
        return await self._told(official, external_id, audience, alert)

    async def of_plan(self, official: Official, external_id: str, request: PlanRequest) -> PersonView:
        """By a plan nobody has drafted yet. Raises Invalid, NotFound, Forbidden."""
        audience = await self.db.read(lambda connection: asked(connection, request, self.groups))
        return await self._told(official, external_id, audience, None)

    async def choices(self, official: Official, external_id: str) -> ChoicesView:
        """What a person chose for themselves. Raises NotFound, Forbidden."""
        found = await self._entered(official, external_id, "choices-read", None)
        return await self.db.read(lambda connection: choices_view(connection, found.id, external_id))

    async def _told(self, official: Official, external_id: str, audience: Audience, alert: int | None) -> PersonView:
        found = await self._entered(official, external_id, "explain", alert)
        why = await self.db.read(lambda connection: judged(connection, audience, found, alert))
        return view(found, why)

    async def _entered(self, official: Official, external_id: str, act: str, alert: int | None) -> Filed:
        found = await self.db.read(lambda connection: _known(connection, official, external_id))
        now = to_ms(self.clock.now())
        subject = f"recipient/{found.id}" if found else "recipient"
        detail: dict[str, Any] = {"alert": alert} if found else {"alert": alert, "rule": NEED}
        note: dict[str, Any] = {"action": act if found else "refused", "subject": subject, "detail": detail}
        await self.db.write(lambda connection: audit.append(connection, at_ms=now, actor=official.name, **note))
        if found is None:
            text = "nobody of this external id is registered in your area; whom others hold is theirs to know"
            refusal = Forbidden(text, rule=NEED, place="external_id")
            refusal.audited = True
            raise refusal
        return found


def view(filed: Filed, why: Explanation) -> PersonView:
    """What is shown of both."""
    person = filed.person
    located, groups = person.lat is not None, tuple(sorted(person.groups))
    shown = (filed.external_id, person.regions, groups, person.language, located, filed.channels)
    return PersonView(*shown, why.selected, why.reasons)


def filed(connection: Connection, external_id: str) -> Filed:
    """Raises NotFound."""
    number = recipients.by_external_id(connection, external_id)
    if number is None:
        raise NotFound("there is no recipient of this external id", rule="unknown_recipient", place="external_id")
    [(_, one)] = recipients.listed(connection, None, BitMap([number]))
    region = recipients.regions_of(connection, [number])[number]
    chain = tuple(key for _, key in regions.ancestors(connection, [region])[region])
    having = bitmaps.all_of(connection, bitmaps.CHANNEL)
    channels = tuple(sorted(name for name, bits in having.items() if number in bits))
    chosen = choices.regions_of(connection, number)
    return Filed(number, external_id, Person(chain, one.lat, one.lon, one.groups, one.language, chosen), channels)


def judged(connection: Connection, audience: Audience, of: Filed, alert: int | None = None) -> Explanation:
    """Every clause, and whether it holds the person; of an alert also what the person chose and what overrides it.

    Raises Invalid naming the shape that is refused.
    """
    try:
        why = explain(audience, of.person, SqlDirectory(connection).outline)
    except ShapeRefused as error:
        raise Invalid(str(error), rule="X9", place="shape") from None
    row = alerts.get(connection, alert) if alert is not None else None
    if row is None:
        return why
    return consented(connection, why, of.id, Plan.from_json(row.plan), Level(row.level))


def consented(connection: Connection, why: Explanation, recipient: int, plan: Plan, level: Level) -> Explanation:
    """The same with what the person chose of the plan's channels and of the level, and what overrides it."""
    said = consent.reasons(connection, recipient, plan.channels, level, override=plan.override)
    taking = consent.reachable(connection, BitMap([recipient]), plan.channels, level, override=plan.override)
    return Explanation(why.selected and bool(taking.persons), (*why.reasons, *said))


def audience_of(connection: Connection, alert: int) -> Audience:
    """Whom an alert is planned for. Raises NotFound."""
    row = alerts.get(connection, alert)
    if row is None:
        raise NotFound(f"there is no alert {alert}", rule="alert-unknown", place="alert")
    return Plan.from_json(row.plan).audience


def _known(connection: Connection, official: Official, external_id: str) -> Filed | None:
    """The person, where the official answers for one of their regions.

    Elsewhere an unknown id and somebody else's are the same: whether a person is registered is to know, too.
    """
    try:
        found = filed(connection, external_id)
    except NotFound:
        if official.area == NATION:
            raise
        return None
    return found if any(under(official.area, key) for key in found.person.regions) else None
