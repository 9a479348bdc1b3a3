"""Estimates of drafts, and of plans that are only thought of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.authority import Policy
from approvals.level import Level
from approvals.policy_input import PolicyInput
from channels.driver import channels_named
from hub.alert.alert import MsgType
from hub.alert.views import PlanRequest
from hub.audience.jurisdiction import concerned_regions
from hub.audience.overreach import overreaching
from hub.audience.resolve import resolve_request
from hub.audience.select import select_target
from hub.audience.unlocated import count_unplaced, findings_of, with_usual
from hub.clock import Clock, to_ms
from hub.compose.joined_parts import join_parts
from hub.dossier import frozen
from hub.dossier.consent import as_ruled
from hub.dossier.last_messages import LastMessages
from hub.dossier.missing_channels import finding_of
from hub.dossier.update_audience import Carryover
from hub.dossier.verified_order import VerifiedOrders
from hub.errors import Invalid, Refusal
from hub.estimate.breakdown import BreakdownReader, list_counts
from hub.estimate.estimator import Estimator, Subject
from hub.estimate.jurisdiction import ahead
from hub.estimate.subject import people_by_text, persons_of, subject_of
from hub.estimate.view import Estimate
from hub.registry.preferences.consent import ConsentedReach, reachable
from hub.rules.rule import Rule
from hub.store.register.breakdown import breakdown
from hub.store.sql.database import Database
from targeting.audience import Audience


@dataclass(frozen=True, slots=True)
class Hypothetical:
    """What is known of a warning that nobody has written: level by its colour, event, the languages it will be in.

    `unit` is the name of the unit whose jurisdiction is looked at; empty looks at none.
    """

    level: Level
    event: str = ""
    written: frozenset[str] | None = None
    unit: str = ""

    @property
    def stakes(self) -> PolicyInput:
        """What would be at stake, its places and people aside."""
        return PolicyInput(self.level, self.event, frozenset(), frozenset(), persons=0, msg_type="Alert", world="live")


@dataclass(frozen=True, slots=True)
class Estimates:
    """Reads only: an estimate is advice of a moment, and no part of what is frozen."""

    db: Database
    clock: Clock
    policy: Policy
    estimator: Estimator
    orders: VerifiedOrders

    async def of_alert(self, alert_id: int) -> Estimate:
        """What releasing the alert now would do. Raises NotFound, Invalid for a shape that is refused."""
        return await self.db.read(lambda connection: self.of_alert_on(connection, alert_id))

    async def of_plan(self, request: PlanRequest, thought: Hypothetical) -> Estimate:
        """What a plan would do. Raises Invalid naming what is unknown or refused, Refusal where no place is named."""
        return await self.db.read(lambda connection: self._of_plan(connection, request, thought))

    def reach(
        self, connection: Connection, persons: BitMap, channels: Collection[str], thought: Hypothetical
    ) -> ConsentedReach:
        """Whom of these people such a warning may be sent to, by the policy and by what they chose."""
        override = self.policy.overrides(thought.stakes)
        return reachable(connection, persons, self.estimator.personal(channels), thought.level, override=override)

    def of_alert_on(self, connection: Connection, alert_id: int) -> Estimate:
        """`of_alert` on a connection of the caller's."""
        dossier = as_ruled(self.policy, frozen.with_current_regions(connection, frozen.of(connection, alert_id)))
        personal = self.estimator.personal(dossier.plan.channels)
        persons = persons_of(connection, dossier, personal)
        subject = subject_of(connection, dossier, persons, self.estimator.drivers, personal)
        now = to_ms(self.clock.now())
        told = Carryover(connection, self.orders, personal, now).persons_told(dossier, subject.persons)
        divided = LastMessages.read(connection, self.orders, personal, dossier, now).divide(told)
        divided = join_parts(connection, divided, told, personal, dossier.forms or None)
        apart = people_by_text(connection, dossier.alert.languages, divided.persons.values())
        subject = replace(subject, apart=apart)
        seen = self._measure(connection, subject, (dossier.row.unit, dossier.stakes), alert_id)
        missing = finding_of(subject.channels, self.estimator.drivers)
        seen = replace(seen, told=len(told), parts=divided.views, findings=(*missing, *seen.findings))
        if dossier.alert.msg_type is MsgType.CANCEL:
            return seen
        return self._with_shapes(connection, seen, dossier.plan.audience, dossier.row.unit)

    def _of_plan(self, connection: Connection, request: PlanRequest, thought: Hypothetical) -> Estimate:
        audience = resolve_request(connection, request, self.estimator.groups)
        if audience.is_placeless:
            raise Refusal("name at least one region, area or shape", rule=Rule.AUDIENCE_PLACELESS, place="regions")
        if request.unlocated is None:
            audience = with_usual(connection, audience, self.estimator.settings.unlocated_share, thought.level.word)
        named = channels_named(request.channels, self.estimator.drivers)
        if unknown := sorted(set(named) - self.estimator.drivers.keys()):
            raise Invalid(f"no such channel: {', '.join(unknown)}", rule=Rule.CHANNEL_UNKNOWN, place="channels")
        persons = select_target(connection, audience).persons
        channels = named or tuple(sorted(self.estimator.drivers))
        stakes = replace(
            thought.stakes,
            areas=concerned_regions(connection, audience, persons),
            channels=frozenset(channels),
            persons=len(persons),
            at=self.clock.now(),
            lasts=timedelta(0),  # not known yet: a bound on it is no matter of whose area it is
        )
        reach = self.reach(connection, persons, channels, thought)
        subject = Subject(
            persons=reach.persons,
            channels=channels,
            taking=reach.channels,
            level=thought.level.word,
            written=thought.written,
            refusing=len(persons) - len(reach.persons),
            overridden=len(reach.overridden),
        )
        seen = self._measure(connection, subject, (thought.unit, stakes), None)
        return self._with_shapes(connection, seen, audience, thought.unit)

    def _with_shapes(self, connection: Connection, seen: Estimate, audience: Audience, unit: str) -> Estimate:
        """With what its shapes tell: how far they reach, and who may be inside and cannot be placed."""
        nowhere = count_unplaced(connection, audience)
        findings = (*overreaching(connection, audience, unit), *findings_of(nowhere), *seen.findings)
        return replace(seen, findings=findings, unlocated=nowhere)

    def _measure(
        self, connection: Connection, subject: Subject, stake: tuple[str, PolicyInput], alert_id: int | None
    ) -> Estimate:
        now = self.clock.now()
        look = self.estimator.look(connection, subject, to_ms(now))
        told = ahead(connection, self.policy, *stake, subject.persons)
        findings: list[Mapping[str, Any]] = [*(told.findings if told else ()), *self.estimator.judge(look, subject)]
        portrait = BreakdownReader(connection, self.estimator, subject)
        counted = breakdown(connection, subject.persons, (look.unreachable, *portrait.over_budget(look)))
        missed, *burdened = counted.others
        return Estimate(
            at=now,
            alert=alert_id,
            level=subject.level,
            persons=len(subject.persons),
            refusing=subject.refusing,
            overridden=subject.overridden,
            townships=portrait.spread_of(counted.regions),
            groups=portrait.groups(counted.groups),
            languages=list_counts(counted.languages),
            channels=list_counts({name: len(bits) for name, bits in subject.taking.items()}),
            shared=look.shared,
            unreachable=portrait.unreachable(look, missed),
            unwritten=look.unwritten,
            formless=look.formless,
            recent=portrait.recent(look, burdened),
            jurisdiction=told.jurisdiction if told else None,
            findings=tuple(findings),
        )
