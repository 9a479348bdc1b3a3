"""Authorisations (授权书): proposed by one official, decided by others, ended by any one of the grantor.

One way for both kinds of paper: what an upstream system may release by itself, and what is lent to another unit.

A paper is in force when it has every decision that the policy asks for the most it allows; the same rules of separation
hold as for a warning, because it is one: all that may leave under it is signed in advance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import Connection

from approvals.acts import hash_of
from approvals.answer import Denied
from approvals.authority import Policy
from approvals.decision import APPROVE, REJECT, Decision
from approvals.delegation import Delegation
from approvals.digest import canonical
from approvals.entrustment import Entrustment
from approvals.official import Official, Right
from approvals.paper import Mandate, SignedMandate, StandingRefused
from approvals.seal import seal
from approvals.standing_terms import StandingTerms
from approvals.territory import under
from approvals.workflow import Attempt, Case, judge, must_be_asked
from hub.access.identity.proofs import Proofs
from hub.access.permissions import Permission, holds, service_holds
from hub.audience.mandate_zones import must_lie_within
from hub.clock import from_ms, to_ms
from hub.crypto.keys import Keys
from hub.dossier.acts import Acts, NewAct
from hub.dossier.reader import must_read_paper, papers_among
from hub.dossier.refusals import as_refusals, decisions_as_refusals
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.rules.cited_rule import CitedRule
from hub.rules.rule import Rule, rule_named
from hub.store.access import services, units
from hub.store.alerts import standing as store
from hub.store.alerts.standing import IN_FORCE, PROPOSED, REJECTED, REVOKED, NewPaper, StandingRow
from hub.store.register import regions
from hub.transaction import Tx
from targeting.region import NATION, normalise

PUBLISHER_KIND = "warning-centre"  #: 突发事件预警信息发布中心, by its word in the table of events

_UNKNOWN: Mapping[str, Rule] = MappingProxyType(
    {
        store.STANDING: Rule.STANDING_UNKNOWN,
        store.DELEGATION: Rule.DELEGATION_UNKNOWN,
        store.ENTRUSTMENT: Rule.ENTRUSTMENT_UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class StandingDecision:
    official: int
    step: str
    verdict: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StandingView:
    """A paper as it is shown. `wanted` says what it still lacks; `uses` how many warnings it has released."""

    id: int
    kind: str  # standing: to an upstream system; delegation: to another unit
    name: str
    state: str
    digest: str
    document: Mapping[str, Any]
    decisions: tuple[StandingDecision, ...]
    wanted: str
    uses: int
    created_by: int
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class StandingDecisionRequest:
    """What an official says of a paper: step review or sign, verdict approve or reject, over exactly this digest."""

    step: str
    verdict: str
    digest: str
    reason: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Standings:
    """The papers and their way into force and out of it."""

    policy: Policy
    proofs: Proofs
    keys: Keys
    acts: Acts
    channels: frozenset[str]
    kind: str = store.STANDING

    def propose(self, tx: Tx, official: Official, tree: Mapping[str, Any]) -> StandingView:
        """Keeps a paper for decision. Raises Invalid, Conflict, Forbidden."""
        try:
            document = store.read_document(self.kind, _normalise(tree))
        except StandingRefused as error:
            raise Invalid(str(error), rule=rule_named(error.rule), place=error.place) from None
        with as_refusals():
            return self.get(tx, self._propose(tx, official, document))

    def decide(self, tx: Tx, official: Official, standing: int, word: StandingDecisionRequest) -> StandingView:
        """Records one word on a proposed paper. Raises Forbidden, Conflict, NotFound."""
        with as_refusals():
            self._decide(tx, official, standing, word)
        return self.get(tx, standing)

    def revoke(self, tx: Tx, official: Official, standing: int, reason: str) -> StandingView:
        """Ends a paper at once, by one official of the grantor or an administrator: removing needs no second (AUTH-7).

        What was released by it stays released (AUTH-6). Raises Forbidden, Conflict, NotFound, Invalid.
        """
        if not reason.strip():
            raise Invalid("a reason is required", rule=Rule.SEP_7, place="reason")
        self._revoke(tx, official, standing, reason.strip())
        return self.get(tx, standing)

    def get(self, tx: Tx, standing: int) -> StandingView:
        """Raises NotFound."""
        return self._view(tx, self._row(tx.connection, standing))

    def everything(self, tx: Tx) -> tuple[StandingView, ...]:
        """Every paper, also those that are over, in the order they were proposed."""
        return tuple(self._view(tx, row) for row in store.everything(tx.connection, self.kind))

    def read(self, tx: Tx, official: Official, standing: int) -> StandingView:
        """One of them, for an official whom it concerns. Raises NotFound, Forbidden."""
        row = self._row(tx.connection, standing)
        must_read_paper(tx.connection, self.policy, official, row)
        return self._view(tx, row)

    def list_papers(self, tx: Tx, official: Official) -> tuple[StandingView, ...]:
        """Those that concern an official, also those that are over, in the order they were proposed."""
        rows = papers_among(tx.connection, self.policy, official, store.everything(tx.connection, self.kind))
        return tuple(self._view(tx, row) for row in rows)

    def _propose(self, tx: Tx, official: Official, document: Mandate) -> int:
        now = tx.now
        self._must_exist(tx, document)
        if official.unit != document.grantor:
            raise Forbidden("only an official of the grantor proposes its paper", rule=Rule.AUTH_3, place="grantor")
        if document.valid_until <= now:
            raise Invalid("the paper would be over already", rule=Rule.AUTH_1, place="valid_until")
        if isinstance(document, Delegation):
            self._must_be_lendable(tx.connection, official, document)
        if isinstance(document, Entrustment):
            _must_be_publisher(tx.connection, official, document)
        for stakes in self.policy.each_event(document.maximum):
            answer = self.policy.may(official, Right.DRAFT, stakes)
            if isinstance(answer, Denied):
                raise Forbidden(answer.reason, rule=rule_named(answer.rule))
            self.policy.requirement(stakes)
        text, digest = canonical(document.tree()), document.digest()
        period = (to_ms(document.valid_from), to_ms(document.valid_until))
        made = store.add(
            tx.connection, NewPaper(self.kind, document.name, text, digest, *period, official.id), to_ms(now)
        )
        self._record(tx, official, ("propose", store.PROPOSED), made, {"digest": digest, "name": document.name})
        return made

    def _must_exist(self, tx: Tx, document: Mandate) -> None:
        """Service, regions, zones and channels: a paper over what is not there would be signed blindly."""
        if isinstance(document, StandingTerms):
            service = services.by_name(tx.connection, document.grantee)
            if (
                service is None
                or not service.is_open(tx.now_ms)
                or not service_holds(service, Permission.SERVICE_ALERT_RELEASE)
            ):
                text = "no service of this name holds the scope standing"
                raise Invalid(text, rule=Rule.SERVICE_UNKNOWN, place="grantee")
        keys = frozenset(document.areas) - {NATION}
        if missing := sorted(keys - set(regions.ids_by_key(tx.connection, keys))):
            raise Invalid(f"unknown region: {missing[0]}", rule=Rule.REGION_UNKNOWN, place="areas")
        if isinstance(document, Delegation):
            must_lie_within(tx.connection, document.zones, document.areas)
        if strange := sorted(set(document.channels) - self.channels):
            raise Invalid(f"no such channel: {strange[0]}", rule=Rule.CHANNEL_UNKNOWN, place="channels")

    def _must_be_lendable(self, connection: Connection, official: Official, document: Delegation) -> None:
        """To a unit at work in the grantor's own area, and nothing the law binds to the grantor itself."""
        unit = units.by_name(connection, document.unit)
        if unit is None or not unit.active:
            raise Invalid(f"there is no unit {document.unit!r} at work", rule=Rule.UNIT_UNKNOWN, place="unit")
        if not under(official.area, unit.area):
            text = f"{unit.name} answers for {unit.area}, outside the area of {official.unit}"
            raise Forbidden(text, rule=Rule.AUTH_3, place="unit")
        for stakes in self.policy.each_event(document.maximum):
            for rule in self.policy.rules_for(stakes):
                if not rule.delegable:
                    raise Forbidden(f"this may not be lent: {rule.source}", rule=CitedRule(rule.id), place="events")

    def _decide(self, tx: Tx, official: Official, standing: int, word: StandingDecisionRequest) -> None:
        now = tx.now_ms
        row = self._row(tx.connection, standing, lock=True)
        if row.state != PROPOSED:
            raise Conflict(f"an authorisation that is {row.state} is not up for decision", rule=Rule.STAGE)
        if word.verdict != REJECT:
            self.acts.must_hold(tx.connection, self._subject(standing))
        paper = store.load(tx.connection, row, now)
        decision = self._judge(tx.now, official, paper, word, store.deciders(tx.connection, standing))
        method = ""
        if self.proofs.is_demanded(word.step):
            method = self.proofs.spend(tx.connection, word.proof, official.id, word.digest, now)
        sealed = seal(-standing, decision, *self.keys.order.current)
        store.insert_decision(
            tx.connection,
            {
                "standing": standing,
                "official": official.id,
                "step": decision.step,
                "verdict": decision.verdict,
                "digest": decision.digest,
                "reason": decision.reason,
                "proof": method,
                "seal": sealed,
                "at": tx.now_ms,
            },
        )
        detail = {"step": word.step, "digest": word.digest, "reason": decision.reason}
        state = self._advance(tx, standing, word.verdict)
        self._record(tx, official, (word.verdict, state), standing, detail, evidence=hash_of(sealed))
        if state == IN_FORCE:
            self._record(tx, official, ("in-force", state), standing, {})

    def _judge(
        self,
        now: datetime,
        official: Official,
        paper: SignedMandate,
        word: StandingDecisionRequest,
        deciders: frozenset[int],
    ) -> Decision:
        """The decision, fit for everything the paper could be used for."""
        if word.verdict not in (APPROVE, REJECT):
            raise Invalid("an authorisation is approved or rejected", rule=Rule.VERDICT, place="verdict")
        if official.unit != paper.document.grantor:
            raise Forbidden("only officials of the grantor decide on its paper", rule=Rule.AUTH_3, place="grantor")
        if paper.document.digest() != paper.digest:
            raise Conflict("the document does not match its digest", rule=Rule.SEP_3, place="digest")
        taken = tuple(paper.decisions)
        most = self.policy.each_event(paper.maximum)
        cases = [Case(paper.digest, paper.authors, stakes, deciders, taken=taken) for stakes in most]
        attempt = Attempt(official, word.step, word.verdict, word.digest, now, word.reason)
        with decisions_as_refusals():
            judged = [judge(self.policy, case, attempt) for case in cases]
            if word.verdict == APPROVE:
                must_be_asked(self.policy, cases, judged[0])
        return judged[0]

    def _advance(self, tx: Tx, standing: int, verdict: str) -> str:
        """The state it is in from now on: away on reject, in force when the policy has all it wants."""
        if verdict == REJECT:
            store.change(tx.connection, standing, state=REJECTED)
            return REJECTED
        if self._missing(tx, self._row(tx.connection, standing)):
            return PROPOSED
        store.change(tx.connection, standing, state=IN_FORCE)
        return IN_FORCE

    def _revoke(self, tx: Tx, official: Official, standing: int, reason: str) -> None:
        row = self._row(tx.connection, standing, lock=True)
        if row.state not in (PROPOSED, IN_FORCE):
            raise Conflict(f"an authorisation that is {row.state} cannot be revoked", rule=Rule.STAGE)
        grantor = orjson.loads(row.document).get("grantor")
        of_grantor = official.unit == grantor and holds(official, Permission.UNIT_MANDATE_REVOKE)
        if not of_grantor and not holds(official, Permission.HUB_MANDATE_REVOKE):
            raise Forbidden("only an official of the grantor, or an administrator, revokes it", rule=Rule.AUTH_7)
        store.change(tx.connection, standing, state=REVOKED, revoked_by=official.id, revoked_at=tx.now_ms)
        self._record(tx, official, ("revoke", REVOKED), standing, {"reason": reason})

    def _missing(self, tx: Tx, row: StandingRow) -> str:
        """What the paper still lacks by the policy as it is now; empty where it has everything."""
        paper = store.load(tx.connection, row, tx.now_ms)
        # Asked about its first moment where that is still to come: it is signed before it begins.
        at = max(tx.now, paper.document.valid_from)
        answer = self.policy.uphold(paper, next(self.policy.each_event(paper.maximum)), at)
        return answer.reason if isinstance(answer, Denied) else ""

    def _view(self, tx: Tx, row: StandingRow) -> StandingView:
        return StandingView(
            id=row.id,
            kind=row.kind,
            name=row.name,
            state=row.state,
            digest=row.digest,
            document=orjson.loads(row.document),
            decisions=tuple(
                StandingDecision(each.official, each.step, each.verdict, from_ms(each.at))
                for each in store.decision_rows(tx.connection, row.id)
            ),
            wanted=self._missing(tx, row) if row.state == PROPOSED else "",
            uses=store.uses(tx.connection, row),
            created_by=row.created_by,
            revoked_at=from_ms(row.revoked_at) if row.revoked_at is not None else None,
        )

    def _record(
        self,
        tx: Tx,
        official: Official,
        act: tuple[str, str],
        standing: int,
        detail: Mapping[str, Any],
        *,
        evidence: str = "",
    ) -> None:
        """Records an act on a paper, by its name and the state that follows. A no is taken in any case."""
        (action, state), at = act, tx.now_ms
        stops = state in (REJECTED, REVOKED)
        new = NewAct(f"{self.kind}-{action}", state, official.name, at, evidence=evidence, stops=stops, detail=detail)
        self.acts.record(tx.connection, self._subject(standing), new)

    def _subject(self, standing: int) -> str:
        return f"{self.kind}/{standing}"

    def _row(self, connection: Connection, standing: int, *, lock: bool = False) -> StandingRow:
        row = store.get(connection, standing, lock=lock)
        if row is None or row.kind != self.kind:
            raise NotFound(f"there is no {self.kind} {standing}", rule=_UNKNOWN[self.kind])
        return row


def _must_be_publisher(connection: Connection, official: Official, document: Entrustment) -> None:
    """A warning centre at work, of the principal's place or of one around it or in it. Raises Invalid, Forbidden."""
    unit = units.by_name(connection, document.publisher)
    if unit is None or not unit.active or unit.kind != PUBLISHER_KIND:
        text = f"{document.publisher[:64]!r} is no {PUBLISHER_KIND} at work: only such a unit publishes for others"
        raise Invalid(text, rule=Rule.UNIT_UNKNOWN, place="publisher")
    if not (under(official.area, unit.area) or under(unit.area, official.area)):
        text = f"{unit.name} answers for {unit.area}, and {official.unit} for {official.area}"
        raise Forbidden(text, rule=Rule.AUTH_3, place="publisher")


def _normalise(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """Region codes of any length as our keys; whatever is no list is left for the document's own check to name."""
    areas = tree.get("areas")
    return {**tree, "areas": [normalise("", str(key)) for key in areas]} if isinstance(areas, list | tuple) else tree
