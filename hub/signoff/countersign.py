"""Countersignature: the paper that a shortened flow owes after its release, given or refused by somebody else (SEP-2).

Refused means that the warning should not have gone out: its Cancel is drafted at once, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from approvals.acts import hash_of
from approvals.answer import Denied
from approvals.authority import Policy, PolicyRefused
from approvals.decision import APPROVE, REJECT, STEP_RIGHTS, Decision
from approvals.evacuation import NOTICE
from approvals.official import Official
from approvals.order import OrderDecision
from approvals.policy_input import PolicyInput
from approvals.seal import broken_seal, seal
from approvals.territory import above
from hub.alert.views import AlertReader, AlertView
from hub.crypto.keys import Keys
from hub.dossier import frozen
from hub.dossier.acts import NewAct, alert_subject
from hub.dossier.ending import Ending
from hub.dossier.refusals import as_refusals, forbidden
from hub.dossier.sealed_decisions import only_sealed
from hub.dossier.verified_order import OrderDisputed, sealed_order
from hub.drafting import all_clear, chain
from hub.drafting.cancellation import EndingRequest
from hub.drafting.context import Writer
from hub.drafting.notes import EndingNotes
from hub.drafting.service import Drafting
from hub.errors import Conflict, Forbidden, Invalid, Refusal
from hub.rules.rule import Rule
from hub.store.access import officials, units
from hub.store.alerts import countersignatures
from hub.store.alerts.countersignatures import DueCountersignature
from hub.transaction import Transactions, Tx

STEP = "countersign"  #: of the sealed decision; no step before a release has this name


@dataclass(frozen=True, slots=True)
class Countersigning:
    """Takes countersignatures; refused attempts are recorded too."""

    transactions: Transactions
    policy: Policy
    drafting: Drafting
    alerts: AlertReader
    keys: Keys

    async def give(self, official: Official, alert_id: int, verdict: str, digest: str, reason: str) -> AlertView:
        """Approves or rejects what was released the short way. Raises Invalid, Conflict, Forbidden, NotFound."""
        word = _CountersignFields(verdict, digest, reason.strip())
        with as_refusals():
            refused = await self.transactions.write(official.name, lambda tx: self._give(tx, official, alert_id, word))
        if refused is not None:
            refused.audited = True
            raise refused
        return await self.alerts.get(alert_id)

    def may_give(self, connection: Connection, official: Official, alert_id: int) -> bool:
        """Whether the official's countersignature would be taken now."""
        dossier = only_sealed(connection, frozen.of(connection, alert_id), self.keys.order_public)
        try:
            self._may(connection, official, dossier, _CountersignFields(APPROVE, dossier.row.digest or "", ""))
        except (Refusal, PolicyRefused):
            return False
        return True

    def _give(self, tx: Tx, official: Official, alert_id: int, word: _CountersignFields) -> Refusal | None:
        # Locked as a Cancel locks it, before anything else: the refusal drafts one.
        whole = chain.whole(tx, alert_id)
        dossier = only_sealed(tx.connection, frozen.of(tx.connection, alert_id), self.keys.order_public)
        at = tx.now  # as the record will tell it: what is sealed is what is kept
        said = {"verdict": word.verdict, "digest": word.digest, "reason": word.reason}
        try:
            said |= self._may(tx.connection, official, dossier, word)
        except Refusal as error:
            tx.audit("countersignature-refused", alert_subject(alert_id), said | {"rule": error.rule})
            return error
        given = Decision(official, STEP, word.verdict, word.digest, at, word.reason)
        sealed = replace(given, seal=seal(alert_id, given, *self.keys.order.current))
        countersignatures.meet(tx.connection, alert_id, sealed)
        new = NewAct(
            f"countersign-{word.verdict}",
            self.drafting.desk.acts.stage_of(tx.connection, dossier.row),
            official.name,
            tx.now_ms,
            digest=word.digest,
            evidence=hash_of(sealed.seal),
            stops=True,  # it is given after the release: nothing goes on by it, and a refusal must not be prevented
            detail=said,
        )
        self.drafting.desk.acts.record(tx.connection, alert_subject(alert_id), new)
        if word.verdict == REJECT and all_clear.find_cancel(whole) is None:
            writer = Writer(official.name, dossier.row.unit, official, owed=True)
            # The reason is for the record; the public is told that the warning should not have gone out.
            asked = EndingRequest(EndingNotes(), Ending.ISSUED_IN_ERROR)
            self.drafting.cancel_on(tx, writer, alert_id, asked)
        return None

    def _may(
        self, connection: Connection, official: Official, dossier: frozen.Dossier, word: _CountersignFields
    ) -> dict[str, str]:
        """The paper that lends the power, for the audit log; nothing where it is the unit's own."""
        owed = countersignatures.find(connection, dossier.row.id)
        if owed is None:
            raise Conflict("this warning owes no countersignature", rule=Rule.COUNTERSIGNATURE_NONE)
        if owed.met_at is not None:
            raise Conflict("this warning has been countersigned", rule=Rule.COUNTERSIGNATURE_MET)
        if word.verdict not in (APPROVE, REJECT):
            raise Invalid(f"a verdict is {APPROVE} or {REJECT}", rule=Rule.VERDICT, place="verdict")
        if word.verdict == REJECT and not word.reason:
            raise Invalid("a reason is required to refuse a countersignature", rule=Rule.SEP_7, place="reason")
        if not word.digest or word.digest != dossier.row.digest:
            raise Conflict("what was released is not what was shown", rule=Rule.SEP_3, place="digest")
        if {official.id, official.person} & dossier.authors:
            raise Forbidden("whoever wrote a warning may not countersign it", rule=Rule.SEP_1)
        ordered = self._decisions_in_order(connection, dossier, word)
        if {official.id, official.person} & (dossier.deciders | _persons_of(connection, ordered)):
            raise Forbidden("whoever decided on a warning may not countersign it", rule=Rule.SEP_2)
        if dossier.stakes.notice == NOTICE and not _is_above(connection, official, dossier.row.unit):
            text = f"whoever is above {dossier.row.unit} countersigns its evacuation notice"
            raise Forbidden(text, rule=Rule.EVACUATION)
        right = STEP_RIGHTS[skipped_step(self.policy, dossier.stakes, [decision.step for decision in ordered])]
        able = self.drafting.desk.lending.with_lent_powers(connection, official, dossier.stakes)
        # An evacuation notice is countersigned from above, and an alarm may be: no act in the place of its issuer.
        answer = self.policy.may(able, right, dossier.stakes, overriding=bool(dossier.stakes.notice))
        if isinstance(answer, Denied):
            raise forbidden(answer)
        return {"delegation": str(answer.grant)} if answer.grant else {}

    def _decisions_in_order(
        self, connection: Connection, dossier: frozen.Dossier, word: _CountersignFields
    ) -> tuple[OrderDecision, ...]:
        """The decisions that released it, as its sealed order names them whatever SQL tells of them since. Where the
        order itself is disputed it is approved by nobody (Conflict); to refuse it must stay possible.
        """
        try:
            return sealed_order(connection, self.drafting.desk.acts, dossier.row).decisions
        except OrderDisputed as error:
            if word.verdict == APPROVE:
                raise Conflict(f"its release is disputed: {error.rule}", rule=Rule.ORDER_DISPUTED) from None
            return tuple(OrderDecision.of(each) for each in dossier.decisions)


@dataclass(frozen=True, slots=True)
class _CountersignFields:
    verdict: str
    digest: str
    reason: str


def why_forged(row: DueCountersignature, keys: Mapping[str, Ed25519PublicKey]) -> str:
    """Why a countersignature in the record was not given through this hub; empty where it was."""
    told = {
        "alert": row.alert,
        "official": row.official,
        "step": STEP,
        "verdict": row.verdict,
        "digest": row.digest,
        "reason": row.reason,
        "at": row.met_at,
    }
    return broken_seal(row.seal or "", told, keys)


def _is_above(connection: Connection, official: Official, unit: str) -> bool:
    """Whether the official's unit answers for a larger area that holds this unit's."""
    found = units.by_name(connection, unit)
    return found is not None and above(official.area, found.area)


def _persons_of(connection: Connection, decisions: Sequence[OrderDecision]) -> frozenset[int]:
    """Their accounts, and the persons behind them."""
    accounts = {decision.official for decision in decisions}
    return frozenset(accounts | {officials.person_of(connection, account) for account in accounts})


def skipped_step(policy: Policy, stakes: PolicyInput, taken: Sequence[str]) -> str:
    """The step whose persons the short way left out, the signature before the review; "sign" where it left out none.

    Raises PolicyRefused.
    """
    full = policy.requirement(stakes).steps
    left = [step for step, wanted in full.items() if wanted > taken.count(step)]
    return "sign" if "sign" in left or not left else left[0]
