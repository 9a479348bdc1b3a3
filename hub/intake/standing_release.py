"""A release under a standing authorisation: judged in memory, then drafted, frozen, ordered and cut in one write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from approvals.acts import ActsRefused
from approvals.approval_rule import ApprovalRule
from approvals.authority import Authorization, Policy, PolicyRefused
from approvals.level import Level
from approvals.paper import Gap
from approvals.policy_input import PolicyInput
from approvals.seal import SealRefused, must_be_sealed
from approvals.standing import StandingAuthorization, gaps
from hub.alert.alert import Alert, MsgType
from hub.alert.views import PlanRequest
from hub.audience.plan import Plan
from hub.compose.prepared_notice import must_come_by_its_form
from hub.crypto.keys import Keys
from hub.dossier.chain import earlier_of
from hub.dossier.delegation import must_be_in_force
from hub.dossier.event import category_of, event_of, words_of
from hub.dossier.frozen import Dossier, load
from hub.dossier.notice import notice_of
from hub.drafting import chain
from hub.drafting.all_clear import level_lifted
from hub.drafting.context import Writer
from hub.drafting.plan import plan_for
from hub.drafting.service import Drafting
from hub.drafting.store_draft import NewDraft, insert_draft
from hub.drafting.text import DraftText, draft_document, level_of
from hub.drafting.usual_period import usual_for
from hub.errors import Refusal
from hub.formats.cap.finding import Finding
from hub.formats.cap.period import PeriodFault, ends_after, period_fault
from hub.intake.message import describe_message
from hub.release.cut import Coverage
from hub.release.release import Releases
from hub.rules.rule import Rule
from hub.signoff.freeze import FrozenDraft, must_not_be_over
from hub.signoff.submit import Submission
from hub.signoff.submit_basis import SubmitBasis
from hub.store.alerts import alerts
from hub.store.alerts import standing as store
from hub.store.alerts.alert_row import with_values
from hub.store.delivery.campaigns import ShardJob
from hub.store.records import alarms
from hub.transaction import Tx
from targeting.region import NATION
from templates.catalog import TemplateRefused

PATH = "standing"  #: alerts.path of what was released so
_FORGED = (Rule.STANDING_SEAL, ApprovalRule.STANDING_DIGEST, Rule.ACTS)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message at the door: who sent it, what it says, by which channels it is to go; `signed` by a trusted key."""

    service: str
    writer: Writer
    text: DraftText
    channels: tuple[str, ...]
    signed: bool


@dataclass(frozen=True, slots=True)
class Released:
    """It is on its way: put the tickets once the transaction is committed."""

    alert: int
    tickets: list[ShardJob]


@dataclass(frozen=True, slots=True)
class CoveredDraft:
    """A message that a paper covers, ready to be written and released. `own`: nobody else spoke in its chain.

    `basis` is what it rests on and others can change meanwhile; `at` is the moment it was judged at, in ms.
    """

    incoming: Incoming
    paper: StandingAuthorization
    own: bool
    at: int
    new: NewDraft
    draft: FrozenDraft
    coverage: Coverage
    basis: SubmitBasis


@dataclass(frozen=True, slots=True)
class NotCovered:
    """Why the nearest paper does not cover a message; `forged` tells by paper what of it does not hold."""

    missing: tuple[Gap, ...]
    forged: tuple[tuple[int, Gap], ...] = ()


class _NotCovered(Exception):
    """Undoes what was done towards a release."""

    def __init__(self, missing: tuple[Gap, ...]) -> None:
        super().__init__()
        self.missing = missing


@dataclass(frozen=True, slots=True)
class StandingReleases:
    """Asks every paper in force that names the service; the first that covers the message releases it.

    A message is judged on a snapshot, and written under lock where nothing it rests on has moved since.
    """

    policy: Policy
    keys: Keys
    drafting: Drafting
    submission: Submission
    releases: Releases

    def judge(self, tx: Tx, incoming: Incoming) -> CoveredDraft | NotCovered:
        """What becomes of a message. Reads only: nothing is locked while it is drawn, selected and rendered."""
        best: tuple[Gap, ...] = ()
        forged: list[tuple[int, Gap]] = []
        for paper in store.for_service(tx.connection, incoming.service, tx.now_ms):
            try:
                with _as_gaps():
                    return self._under(tx, incoming, paper)
            except _NotCovered as error:
                if not best or len(error.missing) < len(best):
                    best = error.missing
                forged += _forged_in(paper, error.missing)
        none = (Gap(Rule.STANDING_NONE, "no authorisation in force names this system"),)
        return NotCovered(best or none, tuple(forged))

    def write(self, tx: Tx, judged: CoveredDraft) -> Released | NotCovered | None:
        """Writes and releases what was judged; None, and nothing, where something it rests on has moved.

        Until the transaction ends the papers of the service are locked, and counted anew by what they released
        meanwhile. Where the release is refused all the same, nothing of it stays.
        """
        try:
            with tx.connection.begin_nested(), _as_gaps():
                current = self._confirm(tx, judged)
                return self._release(tx, current) if current is not None else None
        except _NotCovered as error:
            return NotCovered(error.missing, _forged_in(judged.paper, error.missing))

    def _confirm(self, tx: Tx, judged: CoveredDraft) -> CoveredDraft | None:
        """What was judged, with its paper as it is now; None where it would be judged otherwise."""
        if SubmitBasis.read(tx.connection, judged.new.row) != judged.basis:
            return None
        papers = store.for_service(tx.connection, judged.incoming.service, tx.now_ms, lock=True)
        paper = next((each for each in papers if each.id == judged.paper.id), None)
        if paper is None:
            return None
        frozen = judged.draft.dossier
        try:
            self._must_cover(paper, judged.incoming, frozen.plan, frozen.stakes, judged.own, tx.now)
        except _NotCovered:
            return None
        self._must_hold(tx.connection, paper)
        must_not_be_over(frozen.row, tx.now_ms)
        return replace(judged, paper=paper)

    def _under(self, tx: Tx, incoming: Incoming, paper: StandingAuthorization) -> CoveredDraft:
        incoming = replace(incoming, text=self._with_end(incoming.text, paper, tx.now))
        text, request = incoming.text, self._request(incoming, paper)
        root = chain.root_of(tx.connection, text.alert)
        plan = plan_for(tx.connection, self.drafting.desk, text.alert, request, root)
        own = _is_own(tx.connection, root, paper.id)
        # Asked first without the draft: most of what is not covered is not rendered.
        stakes = replace(stakes_of(text.alert, plan), level=_level(tx.connection, text.alert, root))
        self._must_cover(paper, incoming, plan, stakes, own, tx.now)
        self._must_hold(tx.connection, paper)
        must_come_by_its_form(text.alert)
        made = self.drafting.make_on(tx, incoming.writer, text, request)
        new = replace(made, row=with_values(made.row, path=PATH, standing=paper.id))
        basis = SubmitBasis.read(tx.connection, new.row)
        draft = self.submission.new_freezer().freeze(tx, load(tx.connection, new.row), new.row)
        dossier = draft.dossier
        self._must_cover(paper, incoming, dossier.plan, dossier.stakes, own, tx.now)
        self._authorize(paper, dossier, tx.now)  # another paper may be asked instead
        earlier = earlier_of(tx.connection, dossier.row)
        coverage = self.releases.cutter.coverage(tx.connection, dossier, earlier, tx.now_ms)
        return CoveredDraft(incoming, paper, own, tx.now_ms, new, draft, coverage, basis)

    def _release(self, tx: Tx, judged: CoveredDraft) -> Released:
        paper = judged.paper
        # Drafted and frozen at the moment it was judged at, and released at this one.
        then = replace(tx, now_ms=judged.at)
        alert = insert_draft(then, self.drafting.desk, judged.incoming.writer, judged.new)
        draft = judged.draft.stored_as(alert)
        self.submission.write(then, draft)
        dossier, digest = draft.dossier, draft.dossier.row.digest or ""
        granted = self._authorize(paper, dossier, tx.now)
        tickets = self.releases.release_on(tx, granted, dossier, judged.coverage)
        detail = {"alert": alert, "digest": digest, "uses": store.count_releases(tx.connection, paper.id)}
        tx.audit("standing-use", f"standing/{paper.id}", detail)
        return Released(alert, tickets)

    def _with_end(self, text: DraftText, paper: StandingAuthorization, now: datetime) -> DraftText:
        """The text with the usual period where it states no end, or with the longest of the paper if that is shorter.

        An end that contradicts itself is no missing one: that is asked of a person.
        """
        faults = {period_fault(text.alert, info) for info in text.alert.infos}
        if faults != {PeriodFault.MISSING} or text.alert.msg_type is not MsgType.ALERT:
            return text
        desk = self.drafting.desk
        usual = usual_for(text.alert, desk.policy.events, desk.settings.content)
        latest = (now + paper.document.longest).replace(microsecond=0).astimezone(text.alert.sent.tzinfo)
        infos = tuple(
            replace(info, expires=min(ends_after(text.alert, info) + usual, latest)) for info in text.alert.infos
        )
        alert = replace(text.alert, infos=infos)
        told = Finding("X12", "alert/info/expires", "advice", f"no end was stated: the usual one, {alert.expires}")
        return replace(text, alert=alert, content=draft_document(alert), findings=(*text.findings, told))

    def _request(self, incoming: Incoming, paper: StandingAuthorization) -> PlanRequest:
        """The channels that were asked for, else all that the paper names and this hub has."""
        named = tuple(name for name in sorted(paper.document.channels) if name in self.drafting.desk.drivers)
        return PlanRequest(incoming.channels or named)

    def _must_cover(
        self,
        paper: StandingAuthorization,
        incoming: Incoming,
        plan: Plan,
        stakes: PolicyInput,
        own: bool,
        now: datetime,
    ) -> None:
        alert = incoming.text.alert
        message = describe_message(
            incoming.service, alert, plan, self.policy.with_known_event(stakes), signed=incoming.signed, own=own
        )
        if missing := gaps(paper, message, now):
            raise _NotCovered(missing)

    def _authorize(self, paper: StandingAuthorization, dossier: Dossier, at: datetime) -> Authorization:
        row = dossier.row
        granted = self.policy.authorize_standing(paper, dossier.stakes, row.digest or "", alert=row.id, at=at)
        if not isinstance(granted, Authorization):
            raise _NotCovered((Gap(granted.rule, granted.reason),))
        return granted

    def _must_hold(self, connection: Connection, paper: StandingAuthorization) -> None:
        """Raises SealRefused, and _NotCovered where its acts do not say that it is in force."""
        must_be_sealed(-paper.id, paper.decisions, self.keys.order_public)
        self._must_be_in_force(connection, paper)

    def _must_be_in_force(self, connection: Connection, paper: StandingAuthorization) -> None:
        row = store.get(connection, paper.id)
        if row is None:
            raise _NotCovered((Gap(Rule.STANDING_NONE, "the authorisation is gone"),))
        try:
            must_be_in_force(connection, self.drafting.desk.acts, row)
        except ActsRefused as error:
            raise _NotCovered((Gap(Rule.ACTS, str(error)),)) from None


def _forged_in(paper: StandingAuthorization, missing: Iterable[Gap]) -> tuple[tuple[int, Gap], ...]:
    """Those gaps that say that the paper itself does not hold."""
    return tuple((paper.id, gap) for gap in missing if gap.rule in _FORGED)


def raise_forged(tx: Tx, forged: Iterable[tuple[int, Gap]]) -> None:
    """Raises an alarm for each paper whose signatures or text do not hold: it was changed behind the hub's back."""
    for paper, gap in forged:
        alarms.raise_once(tx.connection, tx.now_ms, "forged-decision", f"standing/{paper}", gap.text)


@contextmanager
def _as_gaps() -> Iterator[None]:
    """Whatever keeps the message from being released is a reason it stays a draft."""
    try:
        yield
    except SealRefused as error:
        raise _NotCovered((Gap(Rule.STANDING_SEAL, str(error)),)) from error
    except Refusal as error:
        raise _NotCovered((Gap(error.rule, str(error)),)) from error
    except PolicyRefused as error:
        raise _NotCovered((Gap(Rule.POLICY, str(error)),)) from error
    except TemplateRefused as error:
        raise _NotCovered((Gap(Rule.TEMPLATE, str(error)),)) from error


def _is_own(connection: Connection, root: int | None, paper: int) -> bool:
    """Whether all that anybody holds of the chain was released by this very paper: an official's word stands above."""
    sent = [row for row in alerts.chain(connection, root) if row.released_at is not None] if root is not None else []
    return bool(sent) and all(row.standing == paper for row in sent)


def _level(connection: Connection, alert: Alert, root: int | None) -> Level:
    """Of a Cancel that of what it lifts: its own severity says how little is left (hub.drafting.all_clear)."""
    if alert.msg_type is MsgType.CANCEL and root is not None:
        return level_lifted(alerts.chain(connection, root))
    return level_of(alert)


def stakes_of(alert: Alert, plan: Plan) -> PolicyInput:
    """What is at stake, as far as it is known before there is a draft."""
    areas = plan.audience.regions
    return PolicyInput(
        level=level_of(alert),
        event=event_of(alert),
        areas=areas | {NATION} if plan.audience.has_shapes else areas,
        channels=frozenset(plan.channels),
        persons=0,
        msg_type=alert.msg_type,
        world="live",
        words=words_of(alert),
        category=category_of(alert),
        notice=notice_of(alert),
    )
