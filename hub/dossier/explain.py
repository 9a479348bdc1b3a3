"""Why one person is in the audience of a warning or of a plan; told to those whose area the person is in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from approvals.official import Official
from approvals.territory import under
from hub.alert.views import PlanRequest
from hub.audience.plan import plan_of
from hub.audience.resolve import resolve_request
from hub.audience.select import not_for
from hub.clock import Clock, to_ms
from hub.dossier.order_membership import order_for
from hub.dossier.verified_order import VerifiedOrders
from hub.errors import Forbidden, Invalid, NotFound
from hub.registry.preferences import consent
from hub.registry.preferences.view import PreferencesView
from hub.registry.preferences.view import view as preferences_view
from hub.registry.privacy.disclosure import MACHINE
from hub.registry.privacy.tags import sees_groups
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.records import audit
from hub.store.register import bitmaps, preferences, recipients, regions
from hub.store.register.directory import SqlDirectory
from hub.store.register.purposes import RESPONSIBLE
from hub.store.sql.database import Database
from targeting.audience import Audience
from targeting.explain import Person, SelectionExplanation, SelectionReason, explain
from targeting.geometry import ShapeRefused
from targeting.region import NATION


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """How the register files a person: `person.regions` lowest first, and the channels they have; no address."""

    id: int
    external_id: str
    person: Person
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of a person. `named`: the audience names groups; `shown`: whoever asks may see who is in one."""

    act: str
    alert: int | None = None
    shown: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person, whether an audience holds them, and what every clause of it says; `groups` are null where withheld."""

    external_id: str
    regions: tuple[str, ...]
    groups: tuple[str, ...] | None
    language: str
    located: bool
    channels: tuple[str, ...]
    selected: bool
    reasons: tuple[SelectionReason, ...]


@dataclass(frozen=True, slots=True)
class Explaining:
    """Groups tell who is ill, poor or with child: officials are told of people in their own area only, of groups only
    with the right to reveal (PD-5), and every question stands in the audit log. `groups` are those there are; None
    asks from the machine itself.
    """

    db: Database
    clock: Clock
    groups: Collection[str]
    orders: VerifiedOrders
    personal: Mapping[str, str]

    async def of_alert(self, official: Official | None, external_id: str, alert: int) -> PersonView:
        """By the plan of an alert as it stands; once it is ordered, whether it is for them is what the signed order
        says, and the first of the reasons. Raises NotFound, Forbidden, Invalid for a shape that is refused.
        """
        audience = await self.db.read(lambda connection: audience_of(connection, alert))
        return await self._explain_to(official, external_id, audience, alert)

    async def of_plan(self, official: Official, external_id: str, request: PlanRequest) -> PersonView:
        """By a plan nobody has drafted yet. Raises Invalid, NotFound, Forbidden."""
        audience = await self.db.read(lambda connection: resolve_request(connection, request, self.groups))
        return await self._explain_to(official, external_id, audience, None)

    async def explain_record(self, official: Official | None, external_id: str) -> PersonView:
        """Where a person is filed, in no audience. Raises NotFound, Forbidden."""
        return await self._explain_to(official, external_id, Audience(), None)

    async def preferences(self, official: Official, external_id: str) -> PreferencesView:
        """What a person chose for themselves. Raises NotFound, Forbidden."""
        found = await self._log_question(official, external_id, _Question("preferences-read"))
        return await self.db.read(lambda connection: preferences_view(connection, found.id, external_id))

    async def _explain_to(
        self, official: Official | None, external_id: str, audience: Audience, alert: int | None
    ) -> PersonView:
        shown = await self.db.read(lambda connection: sees_groups(connection, official))
        asks = _Question("explain", alert, shown=shown, named=bool(audience.groups.keys))
        found = await self._log_question(official, external_id, asks)
        why = await self.db.read(lambda connection: self._judge(connection, audience, found, alert))
        return view(found, why, groups=shown)

    def _judge(
        self, connection: Connection, audience: Audience, of: RegisteredPerson, alert: int | None
    ) -> SelectionExplanation:
        """Whom the audience holds is not yet who is told: an Update follows whoever holds what it changes."""
        why = explain_selection(connection, audience, of, self.personal, alert)
        row = alerts.get(connection, alert) if alert is not None else None
        now = to_ms(self.clock.now())
        order = order_for(connection, self.orders, row, of.id, self.personal, now) if row is not None else None
        if order is None:
            return why
        reason = SelectionReason("order", order.part or "whole", order.included, order.why)
        return SelectionExplanation(order.included, (reason, *why.reasons))

    async def _log_question(self, official: Official | None, external_id: str, asks: _Question) -> RegisteredPerson:
        """The person, once the question is in the log. Raises Forbidden, which is there too."""
        found = await self.db.read(lambda connection: _find_person(connection, official, external_id))
        answer = _allow(found, asks)
        refused = isinstance(answer, Forbidden)
        now, actor = to_ms(self.clock.now()), MACHINE if official is None else official.name
        subject = f"recipient/{found.id}" if found else "recipient"
        detail: dict[str, Any] = {"alert": asks.alert} | (
            {"rule": Rule.NEED_TO_KNOW} if refused else {"groups": asks.shown}
        )
        note: dict[str, Any] = {"action": "refused" if refused else asks.act, "subject": subject, "detail": detail}
        await self.db.write(lambda connection: audit.append(connection, at_ms=now, actor=actor, **note))
        if isinstance(answer, Forbidden):
            raise answer
        return answer


def view(filed: RegisteredPerson, why: SelectionExplanation, *, groups: bool) -> PersonView:
    """What is shown of both; `groups` says whether the person's are."""
    person = filed.person
    located, named = person.lat is not None, tuple(sorted(person.groups)) if groups else None
    shown = (filed.external_id, person.regions, named, person.language, located, filed.channels)
    return PersonView(*shown, why.selected, why.reasons)


def find_registered(connection: Connection, external_id: str) -> RegisteredPerson:
    """Raises NotFound."""
    number = recipients.by_external_id(connection, external_id)
    if number is None:
        raise NotFound("there is no recipient of this external id", rule=Rule.RECIPIENT_UNKNOWN, place="external_id")
    [(_, one)] = recipients.iterate_recipients(connection, None, BitMap([number]))
    region = recipients.regions_of(connection, [number])[number]
    chain = tuple(key for _, key in regions.ancestors(connection, [region])[region])
    having = bitmaps.all_of(connection, bitmaps.ADDRESS_COLUMN)
    channels = tuple(sorted(name for name, bits in having.items() if number in bits))
    chosen = preferences.regions_of(connection, number)
    return RegisteredPerson(
        number, external_id, Person(chain, one.lat, one.lon, one.groups, one.language, chosen), channels
    )


def explain_selection(
    connection: Connection,
    audience: Audience,
    of: RegisteredPerson,
    columns: Mapping[str, str],
    alert: int | None = None,
) -> SelectionExplanation:
    """Every clause, and whether it holds the person; of an alert also what the person chose and what overrides it.

    Raises Invalid naming the shape that is refused.
    """
    try:
        why = explain(audience, of.person, SqlDirectory(connection).outline)
    except ShapeRefused as error:
        raise Invalid(str(error), rule=Rule.X9, place="shape") from None
    if of.id in not_for(connection, audience):
        bound = SelectionReason("purpose", RESPONSIBLE, holds=False, how="list")
        why = SelectionExplanation(selected=False, reasons=(*why.reasons, bound))
    row = alerts.get(connection, alert) if alert is not None else None
    if row is None:
        return why
    plan = plan_of(row)
    channels = {name: columns.get(name, name) for name in plan.channels}
    return explain_consent(connection, why, of.id, channels, Level(row.level), override=plan.override)


def explain_consent(
    connection: Connection,
    why: SelectionExplanation,
    recipient: int,
    channels: Mapping[str, str],
    level: Level,
    *,
    override: bool,
) -> SelectionExplanation:
    """The explanation with what the person chose of these channels and of the level, and what overrides it."""
    said = consent.reasons(connection, recipient, channels, level, override=override)
    taking = consent.reachable(connection, BitMap([recipient]), channels, level, override=override)
    return SelectionExplanation(why.selected and bool(taking.persons), (*why.reasons, *said))


def audience_of(connection: Connection, alert: int) -> Audience:
    """Whom an alert is planned for. Raises NotFound."""
    row = alerts.get(connection, alert)
    if row is None:
        raise NotFound(f"there is no alert {alert}", rule=Rule.ALERT_UNKNOWN, place="alert")
    return plan_of(row).audience


def _allow(found: RegisteredPerson | None, asks: _Question) -> RegisteredPerson | Forbidden:
    """Whether an audience that names groups holds somebody says who is in one, whatever else is hidden."""
    if found is not None and (asks.shown or not asks.named):
        return found
    if found is None:
        text = "nobody of this external id is registered in your area; whom others hold is theirs to know"
    else:
        text = "this audience names groups: who is in one is told with the right to reveal"
    refusal = Forbidden(text, rule=Rule.NEED_TO_KNOW, place="external_id" if found is None else "groups")
    refusal.audited = True
    return refusal


def _find_person(connection: Connection, official: Official | None, external_id: str) -> RegisteredPerson | None:
    """The person, where the official answers for one of their regions.

    Elsewhere an unknown id and somebody else's are the same: whether a person is registered is to know, too.
    """
    area = NATION if official is None else official.area
    try:
        found = find_registered(connection, external_id)
    except NotFound:
        if area == NATION:
            raise
        return None
    return found if any(under(area, key) for key in found.person.regions) else None
