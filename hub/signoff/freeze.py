"""Freezing a draft: every rule of a submission is asked, the audience selected and every form rendered, in memory.

Nothing is written and no lock is needed: what comes of it is a value, which `hub.signoff.submit` writes in one short
transaction. So nobody's write waits while a large drawing is intersected or a thousand forms are rendered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Unpack

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.acts import SUBMIT
from approvals.authority import Policy
from approvals.grant import EMERGENCY, FULL
from channels.driver import Driver, carries
from hub.alert.alert import MsgType, Scope, Status
from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.alert.views import Finding
from hub.audience.empty_areas import find_empty_areas
from hub.audience.sections import missing_languages, must_agree_in_level, sections_of
from hub.audience.select import select_target
from hub.audience.unlocated import must_hold_somebody
from hub.clock import Clock, to_ms
from hub.compose.area_name import misnamed_areas
from hub.compose.changed_level import must_change_what_holds, unknown_changes
from hub.compose.issuer_name import RULES as NAMES
from hub.compose.issuer_name import Naming, find_wrong_names, must_name_its_issuers, naming_of, with_issuer_names
from hub.compose.prepared_notice import must_be_prepared
from hub.compose.required_content import must_be_all_clear, must_state
from hub.compose.stated_content import RULES as STATING
from hub.compose.stated_content import doubts, must_say_what_is_signed
from hub.compose.term import wrong_terms
from hub.dossier import chain, frozen
from hub.dossier.acts import NewAct
from hub.dossier.advance import next_stage
from hub.dossier.co_issuers import find_unstated, must_be_joint
from hub.dossier.competent_officials import Judgement
from hub.dossier.consent import as_ruled, consenting
from hub.dossier.delegation import Lending
from hub.dossier.event import must_be_one_event
from hub.dossier.frozen import Dossier
from hub.dossier.last_messages import LastMessages
from hub.dossier.mandate_terms import must_be_as_lent
from hub.dossier.missing_channels import must_be_configured, untold_of_missing
from hub.dossier.relay import must_be_unaltered
from hub.dossier.update_audience import Carryover
from hub.dossier.verified_order import Dispute, VerifiedOrders
from hub.drafting.questions.open_questions import Asking
from hub.drafting.reissue import restated_columns
from hub.drafting.usual_period import far_longer
from hub.errors import Conflict, Invalid
from hub.estimate.estimator import Estimator
from hub.estimate.judgement import BLOCK, RULES
from hub.estimate.subject import persons_of, subject_of
from hub.rules.rule import Rule
from hub.settings.settings import Settings
from hub.signoff.forms import FormRenderer
from hub.store.access import units
from hub.store.alerts.alert_row import (
    UNSAVED,
    AlertCells,
    AlertChange,
    AlertRow,
    changed_values,
    findings_of,
    with_id,
    with_values,
)
from hub.transaction import Tx
from templates.catalog import Catalog

_DOUBTS = STATING | {
    Rule.LEVEL_CHANGE_SAID,
    Rule.PERIOD_LONG,
    Rule.TERM_WRONG,
    Rule.MISSING_LANGUAGE_OF_PART,
    Rule.CONSULTED_UNSTATED,
    Rule.AREA_NAME_DIFFERS,
}

_PLAN_ANEW = "have it enabled again (`config/channels.toml`), or plan the draft for other channels"


@dataclass(frozen=True, slots=True)
class FrozenDraft:
    """What a submission comes to, ready to be written.

    `stored` is the row as it was read, `dossier` the alert as it will be read back: the digest is taken over that.
    `disputes` are orders on record that turned out to be disputed.
    """

    stored: AlertRow
    dossier: Dossier
    act: NewAct
    disputes: tuple[Dispute, ...] = ()

    def stored_as(self, number: int) -> FrozenDraft:
        """What is to be written of a draft that got its number only now."""
        row = with_id(self.dossier.row, number)
        return replace(self, stored=with_id(self.stored, number), dossier=replace(self.dossier, row=row))

    @property
    def values(self) -> AlertChange:
        """The columns of the row that change beside its stage."""
        values = changed_values(self.stored, self.dossier.row)
        values.pop("stage", None)
        return values


@dataclass(frozen=True, slots=True)
class DraftFreezer:
    """Judges, selects and renders one draft. Reads only: `orders` notes which orders are disputed."""

    clock: Clock
    settings: Settings
    policy: Policy
    drivers: Mapping[str, Driver]
    catalog: Catalog
    estimator: Estimator
    lending: Lending
    orders: VerifiedOrders

    def freeze(self, tx: Tx, dossier: Dossier, stored: AlertRow) -> FrozenDraft:
        """Freezes a draft; its way is that of the row. `stored` is its row as it was read. Raises Invalid, Conflict,
        PolicyRefused, TemplateRefused.
        """
        connection, now, at = tx.connection, tx.now, tx.now_ms
        stage = next_stage(Stage(stored.stage), LifecycleEvent.SUBMIT)
        naming = naming_of(connection, stored)
        dossier = self._restate(connection, dossier, naming, now)
        self._must_pass(connection, dossier, naming, now)
        dossier = self._with_channels(self._with_channels_left(connection, dossier))
        doubtful = self._doubts(connection, dossier)
        dossier = self._with_audience(connection, with_findings(dossier, _DOUBTS, doubtful))
        persons = persons_of(connection, dossier, self._personal(dossier))
        persons = consenting(connection, dossier, persons, self.drivers)
        told = self._estimate(connection, dossier, persons, at)
        dossier = with_findings(dossier, RULES, told)
        dossier = self._with_forms(connection, dossier, persons, at)
        # For the record the decisions before become void: they name another digest, and are no decisions on this one.
        dossier = replace(dossier, decisions=(), deciders=frozenset())
        dossier = with_row(dossier, stage=str(stage), rule=self._rule(dossier))
        digest = dossier.digest()
        dossier = with_row(dossier, digest=digest)
        detail: dict[str, Any] = {"digest": digest, "persons": len(persons), "forms": len(dossier.forms)}
        detail |= {"path": dossier.row.path, "rule": frozen.frozen_of(dossier).rule}
        detail |= {"findings": [f"{finding['rule']}: {finding['text']}" for finding in told]}
        act = NewAct(SUBMIT, stage, tx.actor, at, digest=digest, submits=True, detail=detail)
        on_duty = Judgement(self.clock, self.policy, self.lending).findings(connection, dossier)
        dossier = with_findings(dossier, frozenset({Rule.DUTY_LACKS_STEP}), on_duty)
        return FrozenDraft(stored, dossier, act, tuple(dict.fromkeys(self.orders.noted or ())))

    def _restate(self, connection: Connection, dossier: Dossier, naming: Naming, now: datetime) -> Dossier:
        """The draft as it stands at this hour: its issuers and the hour of its own text filled in. Raises Conflict,
        Invalid with the questions that are open.
        """
        row = dossier.row
        before = 0 if row.id == UNSAVED else self.lending.acts.must_agree(connection, row).newest.submission
        submission = before + 1
        asking = Asking(self.clock, self.settings, self.policy, self.catalog, self.orders)
        asking.must_be_answered(connection, row)
        # Rules that hold for a time are asked about this moment; a yes to an earlier submission is no yes to this one.
        row = with_values(row, submitted_at=to_ms(now), submission=submission)
        row = with_issuer_names(row, naming)
        row = with_values(row, **restated_columns(row, self.catalog, now))
        # A unit may have registered its names since the draft was judged.
        return with_findings(frozen.with_row(dossier, row), NAMES, find_wrong_names(row, naming))

    def _must_pass(self, connection: Connection, dossier: Dossier, naming: Naming, now: datetime) -> None:
        """Raises Invalid or Conflict by the first rule of a submission that the draft does not keep."""
        row, alert, events = dossier.row, dossier.alert, self.policy.events
        self._must_be_releasable(row, to_ms(now))
        if row.relays is None:  # what its issuer states is passed on as it is
            must_state(alert, self.settings.content)
        must_be_all_clear(alert)
        must_be_as_lent(connection, dossier)
        must_be_prepared(connection, dossier, self.policy, self.catalog, now, self.settings.hub.world)
        must_be_one_event(alert)
        must_be_unaltered(connection, dossier, self.orders, to_ms(now))
        must_name_its_issuers(row, alert, naming)
        must_say_what_is_signed(alert, events)
        chain.must_name_its_chain(connection, row, alert)
        must_change_what_holds(connection, row, alert, events)
        must_be_joint(connection, self.policy, dossier)

    def _must_be_releasable(self, row: AlertRow, now: int) -> None:
        must_not_be_over(row, now)
        if row.status == Status.DRAFT:
            raise Invalid("CAP status Draft never leaves the hub", rule=Rule.X20, place="alert/status")
        if row.world != self.settings.hub.world:
            # Worlds are apart by construction: an exercise has its own hub, keys, channels and recipients.
            raise Conflict(
                f"status {row.status} belongs to the {row.world} world; this hub is {self.settings.hub.world}",
                rule=Rule.EX_1,
                place="alert/status",
            )
        if row.scope != Scope.PUBLIC:
            raise Invalid(f"scope {row.scope} may not reach public channels", rule=Rule.X2, place="alert/scope")

    def _doubts(self, connection: Connection, dossier: Dossier) -> list[Mapping[str, Any]]:
        """What of the text is shown to those who sign, and blocks nothing."""
        row, alert, events = dossier.row, dossier.alert, self.policy.events
        found: list[Mapping[str, Any]] = [*far_longer(alert, events, self.settings.content), *doubts(alert, events)]
        found += unknown_changes(connection, row, alert)
        if row.relays is None:
            found += wrong_terms(alert, events, _kind_of(connection, row))
        found += [*missing_languages(sections_of(alert)), *find_unstated(connection, self.policy, dossier)]
        return [*found, *misnamed_areas(connection, alert)]

    def _with_channels_left(self, connection: Connection, dossier: Dossier) -> Dossier:
        """The dossier without the channels that are not there any more, where it follows an earlier message: what is
        told of a warning must not wait for them. Whoever decides on it reads whom nobody can tell.
        """
        plan = dossier.plan
        left = tuple(name for name in plan.channels if name in self.drivers)
        if dossier.row.root is None or not left:
            return dossier  # what is missing is refused
        escalation = tuple(step for step in plan.escalation if set(step) <= set(left))
        dossier = with_row(dossier, plan=replace(plan, channels=left, escalation=escalation).to_json())
        found = untold_of_missing(connection, dossier.row, self.drivers, self.estimator.personal(left))
        return with_findings(dossier, frozenset({Rule.CHANNEL_MISSING}), found)

    def _with_channels(self, dossier: Dossier) -> Dossier:
        """The dossier with what the policy says of people's choices, and with the channels that can carry the message.

        A channel whose driver cannot is refused by name: never a send that does nothing. A Cancel goes over the others
        all the same (突发事件应对法 2024 art. 70: lifted at once), and whoever decides on it reads who must be told
        otherwise. Raises Invalid, Conflict where a channel is not there any more.
        """
        row, plan = dossier.row, dossier.plan
        must_be_configured(plan.channels, self.drivers, _PLAN_ANEW)
        able = tuple(name for name in plan.channels if carries(self.drivers[name], row.msg_type))
        mute = ", ".join(name for name in plan.channels if name not in able)
        if mute:
            text = f"the channel {mute} cannot carry a message of type {row.msg_type}"
            if row.msg_type != MsgType.CANCEL or not able:
                raise Invalid(text, rule=Rule.MSG_TYPE_UNCARRIED, place=f"channels: {mute}")
            told = f"{text}: whoever was warned over it is to be told otherwise"
            advice = {"rule": Rule.MSG_TYPE_UNCARRIED, "element": "channels", "level": "advice", "text": told}
            escalation = tuple(step for step in plan.escalation if set(step) <= set(able))
            dossier = with_row(dossier, plan=replace(plan, channels=able, escalation=escalation).to_json())
            dossier = with_findings(dossier, frozenset({Rule.MSG_TYPE_UNCARRIED}), [advice])
        return with_row(dossier, plan=as_ruled(self.policy, dossier).plan.to_json())

    def _with_audience(self, connection: Connection, dossier: Dossier) -> Dossier:
        """The dossier with whom its audience selects, and findings of what holds nobody. Raises Invalid.

        A Cancel is for those who may hold what it ends: its places are not asked.
        """
        if dossier.row.msg_type == MsgType.CANCEL:
            return dossier
        found = dossier.found or select_target(connection, dossier.plan.audience, "alert/info/area")
        unheard = find_empty_areas(connection, dossier.plan.audience, found.why)
        if not found.persons:
            must_hold_somebody(connection, dossier.plan.audience, unheard)
        return replace(with_findings(dossier, frozenset({Rule.AREA_SILENT}), unheard), found=found)

    def _estimate(self, connection: Connection, dossier: Dossier, persons: BitMap, now: int) -> Sequence[Finding]:
        """What the estimate warns of, for those who decide. Raises Invalid where it blocks."""
        subject = subject_of(connection, dossier, persons, self.drivers, self._personal(dossier))
        found = self.estimator.judge(self.estimator.look(connection, subject, now), subject)
        if found and found[0]["level"] == BLOCK:
            first = found[0]
            raise Invalid(first["text"], rule=first["rule"], place=first["element"], findings=found)
        return found

    def _with_forms(self, connection: Connection, dossier: Dossier, persons: BitMap, now: int) -> Dossier:
        """The dossier with every form, and whom each part of the warning is for: those it is meant for, and those who
        hold what it changes.
        """
        must_agree_in_level(sections_of(dossier.alert))
        personal = self._personal(dossier)
        told = Carryover(connection, self.orders, personal, now).persons_told(dossier, persons)
        last_told = LastMessages.read(connection, self.orders, personal, dossier, now)
        renderer = FormRenderer(self.settings, self.policy, self.drivers, self.catalog, self.estimator, self.orders)
        forms, divided = renderer.render_parts(connection, dossier, last_told, told, now)
        rendered = replace(dossier, forms=forms)
        return with_row(rendered, targeted=len(divided.everyone), parts=divided.to_json())

    def _rule(self, dossier: Dossier) -> str:
        """The rule of authority the digest names. Raises PolicyRefused where the flow is not for these stakes, Invalid
        where the danger is not at hand.
        """
        path = dossier.row.path
        held = self.policy.requirement(dossier.stakes, path if path == EMERGENCY else FULL).rule
        lifting = dossier.alert.msg_type is MsgType.CANCEL  # 突发事件应对法 art. 70: lifted at once
        if path == EMERGENCY and not lifting and any(info.urgency != "Immediate" for info in dossier.alert.infos):
            text = "the emergency path is for danger that is at hand: urgency Immediate (CAP 1.2 §3.2.2)"
            raise Invalid(text, rule=Rule.EMERGENCY, place="alert/info/urgency")
        if path == EMERGENCY and dossier.plan.not_before is not None:
            text = (
                "what is held back until an hour is no danger at hand: submit it to the full flow, or hold it no longer"
            )
            raise Invalid(text, rule=Rule.EMERGENCY, place="not_before")
        return held

    def _personal(self, dossier: Dossier) -> Mapping[str, str]:
        """The channels of its plan that reach one person, with the column of the address each of them uses."""
        return self.estimator.personal(dossier.plan.channels)


def must_not_be_over(row: AlertRow, now: int) -> None:
    """Raises Invalid where the period of an alert is over at `now` (ms)."""
    if row.expires_at <= now:
        text = "the period of the alert is over: give it another end (expires), or withdraw it"
        raise Invalid(text, rule=Rule.X21, place="alert/info/expires")


def with_row(dossier: Dossier, **values: Unpack[AlertCells]) -> Dossier:
    """The dossier with these columns of its row, and what follows from them."""
    return frozen.with_row(dossier, with_values(dossier.row, **values))


def with_findings(dossier: Dossier, rules: AbstractSet[str], found: Iterable[Mapping[str, Any]]) -> Dossier:
    """The dossier with these in the place of the alert's earlier findings of the rules."""
    known = [finding for finding in findings_of(dossier.row) if finding["rule"] not in rules]
    findings = orjson.dumps([*known, *found]).decode()
    return replace(dossier, row=with_values(dossier.row, findings=findings))


def _kind_of(connection: Connection, row: AlertRow) -> str:
    unit = units.by_name(connection, row.unit)
    return unit.kind if unit is not None else ""
