"""Decide: a reviewer's or a signatory's word, bound to the digest of what they were shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy import Connection

from approvals.acts import hash_of
from approvals.authority import Authorization, Policy
from approvals.decision import APPROVE, REJECT, RETURN, STEP_RIGHTS, Decision
from approvals.official import Official
from approvals.seal import seal
from approvals.workflow import Attempt, Case, judge, must_be_asked
from hub.access.identity.proofs import Proofs
from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.alert.views import AlertReader, AlertView
from hub.crypto.keyed_hash import fingerprint
from hub.crypto.keys import Keys
from hub.dossier import frozen
from hub.dossier.acts import Acts, NewAct, alert_subject, write_act
from hub.dossier.advance import advance
from hub.dossier.delegation import Lending
from hub.dossier.issuers import overridden
from hub.dossier.refusals import as_refusals, decisions_as_refusals
from hub.dossier.relay import must_be_unaltered
from hub.dossier.sealed_decisions import alarm_forged
from hub.dossier.signature_progress import answer_of, must_hold
from hub.dossier.verified_order import VerifiedOrders
from hub.errors import Conflict, Refusal
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.transaction import Transactions, Tx

STOPS = frozenset({RETURN, REJECT})  #: verdicts that are a no


class DecisionFields(TypedDict):
    """A `DecisionRequest` by its fields."""

    step: str
    verdict: str
    digest: str
    reason: str
    proof: NotRequired[str]


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """What an official says: step review or sign; verdict approve, return or reject; proof of a second factor."""

    step: str
    verdict: str
    digest: str
    reason: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Records decisions; refusals are recorded too, because an attempt is a fact."""

    transactions: Transactions
    policy: Policy
    alerts: AlertReader
    orders: VerifiedOrders
    keys: Keys
    proofs: Proofs
    lending: Lending
    acts: Acts

    async def decide(self, official: Official, alert_id: int, **said: Unpack[DecisionFields]) -> AlertView:
        """Records one word. Raises Forbidden or Conflict naming the rule; then only the audit log has changed."""
        word = DecisionRequest(**said)
        with as_refusals():
            refused = await write_act(
                self.transactions, official.name, alert_id, lambda tx: self._decide(tx, official, alert_id, word)
            )
        if refused is not None:
            refused.audited = True
            raise refused
        return await self.alerts.get(alert_id)

    def _decide(self, tx: Tx, official: Official, alert_id: int, word: DecisionRequest) -> Refusal | None:
        row = tx.alert(alert_id, lock=True)
        if word.verdict not in STOPS:  # a no is taken also where somebody spoilt the acts before it
            self.acts.must_agree(tx.connection, row)
        stage = self.acts.stage_of(tx.connection, row)
        if stage not in (Stage.SUBMITTED, Stage.APPROVED):
            raise Conflict(f"a warning that is {stage} is not up for decision", rule=Rule.STAGE)
        alarm_forged(tx.connection, alert_id, self.keys.order_public, tx.now_ms)
        dossier = self.lending.with_sealed_decisions(tx.connection, frozen.load(tx.connection, row), lock=True)
        try:
            decision = self._judge(tx, official, dossier, word)
            method = self._prove(tx, official, word)
        except Refusal as error:
            self.lending.alarm(tx.connection, official.unit)
            tx.audit("decision-refused", alert_subject(alert_id), _detail(word) | {"rule": error.rule})
            return error
        sealed = seal(alert_id, decision, *self.keys.order.current)
        decided = replace(decision, seal=sealed)
        alerts.insert_decision(
            tx.connection,
            {
                "alert": alert_id,
                "official": official.id,
                "step": decision.step,
                "verdict": decision.verdict,
                "digest": decision.digest,
                "reason": decision.reason,
                "proof": fingerprint(word.proof) if method else "",
                "at": tx.now_ms,
                "seal": sealed,
                "delegation": decision.delegation or None,
            },
        )
        more = {"factor": method} if method else {}
        more |= {"delegation": str(decision.delegation)} if decision.delegation else {}
        new = NewAct(
            f"{word.step}-{word.verdict}",
            self._advance(tx, frozen.with_decision(tx.connection, dossier, decided), word, stage),
            official.name,
            tx.now_ms,
            digest=decision.digest,
            evidence=hash_of(sealed),
            stops=word.verdict in STOPS,
            detail=_detail(word) | more | self._overrides(tx.connection, official, dossier, word),
        )
        self.acts.record(tx.connection, alert_subject(alert_id), new)
        return None

    def _judge(self, tx: Tx, official: Official, dossier: frozen.Dossier, word: DecisionRequest) -> Decision:
        """The decision to record. Raises Forbidden, Conflict; PolicyRefused where no rule holds any more."""
        row = dossier.row
        case = Case(row.digest or "", dossier.authors, dossier.stakes, dossier.deciders, row.path, dossier.decisions)
        at = tx.now  # as the record will tell it: what is sealed is what is kept
        able = self.lending.with_lent_powers(tx.connection, official, dossier.stakes, lock=True)
        attempt = Attempt(able, word.step, word.verdict, word.digest, at, word.reason)
        with decisions_as_refusals():
            decision = judge(self.policy, case, attempt)
        if case.digest != dossier.digest():
            # The row's digest no longer matches its content: somebody changed SQL behind our back.
            text = "the frozen content does not match its digest"
            raise Conflict(text, rule=Rule.SEP_3, place="digest", remedy="return it and submit it anew")
        if word.verdict == APPROVE:  # to return or reject it must stay possible
            must_hold(self.policy, dossier)
            self.lending.must_hold(tx.connection, dossier)
            must_be_unaltered(tx.connection, dossier, self.orders, tx.now_ms)
            with decisions_as_refusals():
                must_be_asked(self.policy, [case], decision)
        return decision

    def _overrides(
        self, connection: Connection, official: Official, dossier: frozen.Dossier, word: DecisionRequest
    ) -> dict[str, str]:
        """Whom a superior stopped, for the record; nothing where it was the official's own unit's warning."""
        if word.verdict not in STOPS:
            return {}
        able, right = self.lending.with_lent_powers(connection, official, dossier.stakes), STEP_RIGHTS[word.step]
        answer = self.policy.may(able, right, dossier.stakes, dossier.row.path, overriding=True)
        return overridden(dossier.row, answer)

    def _prove(self, tx: Tx, official: Official, word: DecisionRequest) -> str:
        """By which second factor the official is known to be here now; empty where none is demanded. Raises Forbidden.

        Only an approval demands one: whoever would stop a warning must not be kept from it by a lost token.
        """
        if word.verdict != APPROVE or not self.proofs.is_demanded(word.step):
            return ""
        return self.proofs.spend(tx.connection, word.proof, official.id, word.digest, tx.now_ms)

    def _advance(self, tx: Tx, dossier: frozen.Dossier, word: DecisionRequest, stage: Stage) -> Stage:
        """The stage from now on: back on return, away on reject, forward when the policy has all it wants. `dossier`
        has the decision already.
        """
        if word.verdict == RETURN:
            return advance(tx, dossier.row, LifecycleEvent.RETURN, known_stage=stage)
        if word.verdict == REJECT:
            return advance(tx, dossier.row, LifecycleEvent.REJECT, known_stage=stage)
        if stage is Stage.SUBMITTED and self._is_authorized(tx.connection, dossier):
            return advance(tx, dossier.row, LifecycleEvent.APPROVE, known_stage=stage)
        return stage

    def _is_authorized(self, connection: Connection, dossier: frozen.Dossier) -> bool:
        dossier = self.lending.with_sealed_decisions(connection, dossier)
        return isinstance(answer_of(self.policy, dossier), Authorization)


def _detail(word: DecisionRequest) -> dict[str, str]:
    return {"step": word.step, "verdict": word.verdict, "digest": word.digest, "reason": word.reason}
