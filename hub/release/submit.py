"""Submit: render every form every recipient will get, count the audience, freeze it all under one digest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.acts import SUBMIT
from approvals.answer import Denied
from approvals.authority import Policy
from approvals.grant import EMERGENCY, FULL
from approvals.level import Level
from approvals.official import Official, Right
from channels.driver import Driver, carries, signatures
from channels.medium import Document
from channels.message import Form
from hub.acts import NewAct, alert_subject, write_act
from hub.alert import MsgType, Scope, Status
from hub.alerts import Alerts
from hub.calls.judgement import RULE as UNATTENDED
from hub.calls.judgement import Judgement
from hub.clock import Clock, to_ms
from hub.delivery import AlertView
from hub.drafting.questions.asking import Asking
from hub.drafting.reissue import restated_columns
from hub.drafting.usual import LONG, far_longer
from hub.errors import Conflict, Invalid, NotFound
from hub.estimate.estimator import Estimator
from hub.estimate.judgement import BLOCK, RULES, Finding
from hub.estimate.subject import persons_of, subject_of
from hub.lifecycle import Event, IllegalTransition, Stage, advance
from hub.release import follow, frozen
from hub.release.area_name import RULE as MISNAMED
from hub.release.area_name import misnamed_areas
from hub.release.beside import WarningsBeside
from hub.release.carryover import Carryover, last_warning
from hub.release.changing import CHANGE_SAID, must_change_what_holds, unknown_changes
from hub.release.compose import Composition, compose
from hub.release.content import must_be_all_clear, must_state
from hub.release.event import must_be_one_event
from hub.release.issuer_name import judge_names, must_name_its_issuers, named_by_issuer, naming_of
from hub.release.joined import join_parts
from hub.release.last_told import LastTold, as_ended
from hub.release.lent import Lending
from hub.release.mandate import by_its_paper, must_be_as_lent
from hub.release.partition import Division
from hub.release.partners import UNSTATED, find_unstated, must_be_joint
from hub.release.prepared import must_be_prepared
from hub.release.refusals import as_refusals, forbidden_here
from hub.release.relay import in_issuers_words, must_be_unaltered, original_of
from hub.release.relay_mark import as_relays
from hub.release.sections import PART_LANGUAGE, missing_languages, must_agree_in_level, sections_of
from hub.release.silent import RULE as SILENT
from hub.release.silent import silent
from hub.release.stating import RULES as STATING
from hub.release.stating import doubts, must_say_what_is_signed
from hub.release.targeting import Target, selected
from hub.release.term import TERM, wrong_terms
from hub.release.unlocated import must_hold_somebody
from hub.release.verified_order import VerifiedOrders
from hub.release.willing import ruled, willing
from hub.settings import Settings
from hub.store import alerts, units
from hub.store.alerts import AlertRow
from hub.store.database import Database
from templates.catalog import Catalog

UNCARRIED = "msg-type-uncarried"


@dataclass(frozen=True, slots=True)
class Submission:
    """The step after which nothing may change without voiding every decision."""

    db: Database
    clock: Clock
    settings: Settings
    policy: Policy
    drivers: Mapping[str, Driver]
    catalog: Catalog
    alerts: Alerts
    estimator: Estimator
    lending: Lending
    orders: VerifiedOrders

    async def submit(self, official: Official, alert_id: int, version: int, path: str = FULL) -> AlertView:
        """Freezes a draft for the full flow or the emergency one. Raises Invalid, Conflict, Forbidden, NotFound; then
        nothing has changed.
        """
        asked = _Asked(alert_id, version, path)
        with as_refusals():
            now = to_ms(self.clock.now())
            await write_act(self.db, now, alert_id, lambda connection: self._submit(connection, official, asked))
        return await self.alerts.get(alert_id)

    def _submit(self, connection: Connection, official: Official, asked: _Asked) -> None:
        row = _draft(connection, asked.alert)
        if row.version != asked.version:
            raise Conflict(f"the draft is now at version {row.version}", rule="version", place="version")
        if asked.path not in (FULL, EMERGENCY):
            raise Invalid(f"a path is {FULL} or {EMERGENCY}", rule="path", place="path")
        dossier = frozen.restaked(connection, frozen.load(connection, row))
        lent = self.lending.empowered(connection, official, dossier.stakes, lock=True)
        able = by_its_paper(connection, lent, dossier)
        # How long it may last is asked of its author with all else that is open, and does not forbid the submission.
        answer = self.policy.may(able, Right.DRAFT, replace(dossier.stakes, lasts=timedelta(0)), asked.path)
        if isinstance(answer, Denied):
            raise forbidden_here(connection, answer)
        path = EMERGENCY if dossier.stakes.notice else asked.path  # a notice has no other way
        held = {"path": path, "delegation": answer.grant or None}
        alerts.change(connection, asked.alert, **held, plan=dossier.plan.to_json())
        alerts.add_author(connection, asked.alert, official.id, "submitter", to_ms(self.clock.now()))
        done = self.freeze(connection, official.name, asked.alert, dossier.found)
        on_duty = Judgement(self.clock, self.policy, self.lending).findings(connection, done)
        _keep_findings(connection, done.row, frozenset({UNATTENDED}), on_duty)

    def freeze(self, connection: Connection, actor: str, alert_id: int, found: Target | None = None) -> frozen.Dossier:
        """Freezes a draft on a connection, in the caller's transaction, whoever that may be; returns it frozen.

        `actor` stands in the audit log; the path is the row's. `found` is whom the audience selects, if the same
        transaction has looked. Raises Invalid, Conflict, NotFound, PolicyRefused.
        """
        now = to_ms(self.clock.now())
        draft = _draft(connection, alert_id)
        submission = self.lending.acts.must_agree(connection, draft).newest.submission + 1
        stage = _advanced(draft)
        Asking(self.clock, self.settings, self.policy, self.catalog, self.orders).must_be_answered(connection, draft)
        # Rules that hold for a time are asked about this moment; a yes to an earlier submission is no yes to this one.
        alerts.change(connection, alert_id, submitted_at=now, submission=submission)
        naming = naming_of(connection, draft)
        named = named_by_issuer(connection, draft, naming)
        alerts.change(connection, alert_id, **restated_columns(named, self.catalog, self.clock.now()))
        judge_names(connection, alert_id, naming)  # a unit may have registered its names since the draft was judged
        dossier = replace(frozen.of(connection, alert_id), found=found)
        self._must_be_releasable(dossier.row, now)
        if dossier.row.relays is None:  # what its issuer states is passed on as it is
            must_state(dossier.alert, self.settings.content)
        must_be_all_clear(dossier.alert)
        must_be_as_lent(connection, dossier)
        must_be_prepared(connection, dossier, self.policy, self.catalog, self.clock.now(), self.settings.hub.world)
        must_be_one_event(dossier.alert)
        must_be_unaltered(connection, dossier, self.orders, now)
        must_name_its_issuers(dossier.row, dossier.alert, naming)
        must_say_what_is_signed(dossier.alert, self.policy.events)
        follow.must_name_its_chain(connection, dossier.row, dossier.alert)
        must_change_what_holds(connection, dossier.row, dossier.alert, self.policy.events)
        must_be_joint(connection, self.policy, dossier)
        dossier = ruled(connection, self.policy, self._carried(connection, dossier))
        unusual = far_longer(dossier.alert, self.policy.events, self.settings.content)
        doubtful = [*unusual, *doubts(dossier.alert, self.policy.events)]
        doubtful += unknown_changes(connection, dossier.row, dossier.alert)
        if dossier.row.relays is None:
            doubtful += wrong_terms(dossier.alert, self.policy.events, _kind_of(connection, dossier.row))
        doubtful += [*missing_languages(sections_of(dossier.alert)), *find_unstated(connection, self.policy, dossier)]
        doubtful += misnamed_areas(connection, dossier.alert)
        _keep_findings(
            connection, dossier.row, STATING | {CHANGE_SAID, LONG, TERM, PART_LANGUAGE, UNSTATED, MISNAMED}, doubtful
        )
        dossier = self._looked(connection, dossier)
        persons = persons_of(connection, dossier, self.estimator.personal(dossier.plan.channels))
        persons = willing(connection, dossier, persons, self.drivers)
        told = self._estimated(connection, dossier, persons, now)
        divided = self._formed(connection, dossier, self._divided(connection, dossier, persons, now))
        alerts.void_decisions(connection, alert_id)  # for the record: the digest below is the guard
        alerts.change(connection, alert_id, stage=stage, targeted=len(divided.everyone), parts=divided.to_json())
        alerts.change(connection, alert_id, rule=self._rule(frozen.of(connection, alert_id)))
        done = frozen.of(connection, alert_id)
        digest = done.digest()
        alerts.change(connection, alert_id, digest=digest)
        path, rule = done.row.path, frozen.frozen_of(done).rule
        detail = {"digest": digest, "persons": len(persons), "forms": len(done.forms), "path": path, "rule": rule}
        detail |= {"findings": [f"{finding['rule']}: {finding['text']}" for finding in told]}
        new = NewAct(SUBMIT, stage, actor, now, digest=digest, submits=True, detail=detail)
        self.lending.acts.record(connection, alert_subject(alert_id), new)
        return replace(frozen.of(connection, alert_id), found=dossier.found)

    def _divided(self, connection: Connection, dossier: frozen.Dossier, persons: BitMap, now: int) -> Division:
        """Whom each part of the warning is for: those it is meant for, and those who hold what it changes."""
        must_agree_in_level(sections_of(dossier.alert))
        personal = self.estimator.personal(dossier.plan.channels)
        carryover = Carryover(connection, self.orders, personal, now)
        told = carryover.persons_told(dossier, persons)
        return LastTold(connection, self.orders, personal, now).divide(dossier, told)

    def _formed(self, connection: Connection, dossier: frozen.Dossier, placed: Division) -> Division:
        """The division as people will be told it, its forms kept: who has one number in several places is told in one
        part what is said of all of them, where every medium holds that.
        """
        personal = self.estimator.personal(dossier.plan.channels)
        joined = join_parts(connection, placed, placed.everyone, personal)
        needed = placed.needed | joined.needed
        forms = self._forms(connection, dossier, needed, needed - placed.needed)
        alerts.replace_forms(connection, dossier.row.id, forms)
        return join_parts(connection, placed, placed.everyone, personal, forms)

    def _rule(self, dossier: frozen.Dossier) -> str:
        """The rule of authority the digest names. Raises PolicyRefused where the flow is not for these stakes, Invalid
        where the danger is not at hand.
        """
        path = dossier.row.path
        held = self.policy.requirement(dossier.stakes, path if path == EMERGENCY else FULL).rule
        lifting = dossier.alert.msg_type is MsgType.CANCEL  # 突发事件应对法 art. 70: lifted at once
        if path == EMERGENCY and not lifting and any(info.urgency != "Immediate" for info in dossier.alert.infos):
            text = "the emergency path is for danger that is at hand: urgency Immediate (CAP 1.2 §3.2.2)"
            raise Invalid(text, rule="emergency", place="alert/info/urgency")
        if path == EMERGENCY and dossier.plan.not_before is not None:
            text = (
                "what is held back until an hour is no danger at hand: submit it to the full flow, or hold it no longer"
            )
            raise Invalid(text, rule="emergency", place="not_before")
        return held

    def _carried(self, connection: Connection, dossier: frozen.Dossier) -> frozen.Dossier:
        """Refuses a channel by name whose driver cannot carry such a message: never a send that does nothing.

        A Cancel goes over the others all the same (突发事件应对法 2024 art. 70: lifted at once), and whoever decides on
        it reads who must be told otherwise.
        """
        row, plan = dossier.row, dossier.plan
        able = tuple(name for name in plan.channels if carries(self.drivers[name], row.msg_type))
        mute = ", ".join(name for name in plan.channels if name not in able)
        if not mute:
            return dossier
        text = f"the channel {mute} cannot carry a message of type {row.msg_type}"
        if row.msg_type != MsgType.CANCEL or not able:
            raise Invalid(text, rule=UNCARRIED, place=f"channels: {mute}")
        told = f"{text}: whoever was warned over it is to be told otherwise"
        _keep_findings(
            connection,
            row,
            frozenset({UNCARRIED}),
            [{"rule": UNCARRIED, "element": "channels", "level": "advice", "text": told}],
        )
        ladder = tuple(step for step in plan.ladder if set(step) <= set(able))
        alerts.change(connection, row.id, plan=replace(plan, channels=able, ladder=ladder).to_json())
        return frozen.of(connection, row.id)

    def _must_be_releasable(self, row: AlertRow, now: int) -> None:
        if row.expires_at <= now:
            text = "the period of the alert is over: give it another end (expires), or withdraw it"
            raise Invalid(text, rule="X21", place="alert/info/expires")
        if row.status == Status.DRAFT:
            raise Invalid("CAP status Draft never leaves the hub", rule="X20", place="alert/status")
        if row.world != self.settings.hub.world:
            # Worlds are apart by construction: an exercise has its own hub, keys, channels and recipients.
            raise Conflict(
                f"status {row.status} belongs to the {row.world} world; this hub is {self.settings.hub.world}",
                rule="EX-1",
                place="alert/status",
            )
        if row.scope != Scope.PUBLIC:
            raise Invalid(f"scope {row.scope} may not reach public channels", rule="X2", place="alert/scope")

    def _looked(self, connection: Connection, dossier: frozen.Dossier) -> frozen.Dossier:
        """The dossier with whom its audience selects, and findings of what holds nobody kept. Raises Invalid.

        A Cancel is for those who may hold what it ends: its places are not asked.
        """
        if dossier.row.msg_type == MsgType.CANCEL:
            return dossier
        found = dossier.found or selected(connection, dossier.plan.audience, "alert/info/area")
        unheard = silent(connection, dossier.plan.audience, found.why)
        if not found.persons:
            must_hold_somebody(connection, dossier.plan.audience, unheard)
        _keep_findings(connection, dossier.row, frozenset({SILENT}), unheard)
        return replace(dossier, found=found)

    def _estimated(
        self, connection: Connection, dossier: frozen.Dossier, persons: BitMap, now: int
    ) -> Sequence[Finding]:
        """What the estimate warns of, kept with the alert for those who decide. Raises Invalid where it blocks."""
        personal = self.estimator.personal(dossier.plan.channels)
        subject = subject_of(connection, dossier, persons, self.drivers, personal)
        found = self.estimator.judged(self.estimator.look(connection, subject, now), subject)
        if found and found[0]["level"] == BLOCK:
            first = found[0]
            raise Invalid(first["text"], rule=first["rule"], place=first["element"], findings=found)
        _keep_findings(connection, dossier.row, RULES, found)
        return found

    def _forms(
        self, connection: Connection, dossier: frozen.Dossier, parts: Collection[str], optional: Collection[str]
    ) -> tuple[Form, ...]:
        """What every channel says. A relay says what its original says, whole: in the issuer's forms where it can."""
        row, channels = dossier.row, dossier.plan.channels
        media = {name: self.drivers[name].medium for name in channels}
        work = Composition(dossier.alert, Level(row.level), row.content, self.catalog, media, first=row.root is None)
        speaking = [name for name, medium in media.items() if medium.document is Document.SPEECH]
        gather = {name: f"{self.settings.public_url}/hooks/{name}?gather=1" for name in speaking}
        signed = {name: signatures(self.drivers[name]) for name in channels}
        many = frozenset(name for name in self.estimator.broad(channels) if not media[name].one_form)
        work = replace(work, gather_urls=gather, signatures=signed, optional=optional, many=many)
        apart = dict.fromkeys(self.estimator.personal(channels), parts) if len(parts) > 1 else {}
        original = original_of(connection, row)
        if original is None:
            now = to_ms(self.clock.now())
            known = LastTold(connection, self.orders, self.estimator.personal(channels), now).sections(dossier)
            sections = as_ended(known, dossier.alert, self.catalog, self.policy.events)
            beside = WarningsBeside(self.policy.events, self.orders).find(connection, dossier, sections, now, many)
            held = [section for section in sections if section.earlier]
            last = last_warning(connection, row)
            ended = frozen.content_of(last).sent if last is not None else None
            return compose(replace(work, beside=beside, ended=ended, held=held), channels, apart)
        whole = replace(work, alert=frozen.content_of(original), cap=original.content, uncut=True)
        told = in_issuers_words(alerts.find_forms(connection, original.id), compose(whole, channels, apart))
        return as_relays(told, media, self.catalog)


def _kind_of(connection: Connection, row: AlertRow) -> str:
    unit = units.by_name(connection, row.unit)
    return unit.kind if unit is not None else ""


@dataclass(frozen=True, slots=True)
class _Asked:
    alert: int
    version: int
    path: str


def _keep_findings(
    connection: Connection, row: AlertRow, rules: AbstractSet[str], found: Sequence[Mapping[str, Any]]
) -> None:
    """Puts these in the place of the alert's earlier findings of the rules, as they stand now."""
    row = alerts.get(connection, row.id) or row
    known = [finding for finding in alerts.findings_of(row) if finding["rule"] not in rules]
    alerts.change(connection, row.id, findings=orjson.dumps([*known, *found]).decode())


def _draft(connection: Connection, alert_id: int) -> AlertRow:
    """The row, locked, if it may be submitted. Raises NotFound, Conflict."""
    row = alerts.get(connection, alert_id, lock=True)
    if row is None:
        raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
    _advanced(row)
    return row


def _advanced(row: AlertRow) -> Stage:
    try:
        return advance(Stage(row.stage), Event.SUBMIT)
    except IllegalTransition as error:
        raise Conflict(str(error), rule="stage") from None
