"""Submit: a draft is judged and rendered in memory, and frozen by one write under one digest.

The write checks, under lock, that what an official can change and the judgement rests on is as it was read. What moved
is judged anew, a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from approvals.answer import Denied
from approvals.authority import Policy
from approvals.grant import EMERGENCY, FULL
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput
from channels.driver import Driver
from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.alert.views import AlertReader, AlertView
from hub.dossier import frozen
from hub.dossier.acts import acts_alarmed, alert_subject
from hub.dossier.advance import advance, next_stage
from hub.dossier.delegation import Lending
from hub.dossier.mandate_terms import by_its_paper
from hub.dossier.refusals import as_refusals, forbidden_here
from hub.dossier.verified_order import VerifiedOrders, raise_dispute
from hub.errors import Conflict, Invalid
from hub.estimate.estimator import Estimator
from hub.rules.rule import Rule
from hub.settings.settings import Settings
from hub.signoff.freeze import DraftFreezer, FrozenDraft, must_not_be_over
from hub.signoff.submit_basis import SubmitBasis
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow, with_values
from hub.transaction import Transactions, Tx
from templates.catalog import Catalog

ATTEMPTS = 3  #: so often a submission is judged anew before its author is told that others change what it rests on


@dataclass(frozen=True, slots=True)
class Submission:
    """The step after which nothing may change without voiding every decision."""

    transactions: Transactions
    settings: Settings
    policy: Policy
    drivers: Mapping[str, Driver]
    catalog: Catalog
    alerts: AlertReader
    estimator: Estimator
    lending: Lending
    orders: VerifiedOrders

    async def submit(self, official: Official, alert_id: int, version: int, path: str = FULL) -> AlertView:
        """Freezes a draft for the full flow or the emergency one. Raises Invalid, Conflict, Forbidden, NotFound; then
        nothing has changed.
        """
        request = _SubmitRequest(official, alert_id, version, path)
        with as_refusals():
            async with acts_alarmed(self.transactions, alert_id):
                await self._freeze(request)
        return await self.alerts.get(alert_id)

    async def _freeze(self, request: _SubmitRequest) -> None:
        """Judges and writes until nothing has moved in between. Raises Conflict where something does each time."""
        for _ in range(ATTEMPTS):
            judged = await self.transactions.judge(request.official.name, partial(self._judge, request=request))
            if await self.transactions.write(
                request.official.name, partial(self._write_if_unmoved, request=request, judged=judged)
            ):
                return
        text = f"others changed what it rests on each of the {ATTEMPTS} times it was judged: submit it again"
        raise Conflict(text, rule=Rule.SUBMIT_OVERTAKEN, place="version")

    def _judge(self, tx: Tx, request: _SubmitRequest) -> _Judged:
        """What the submission comes to. Reads only."""
        connection = tx.connection
        row = find_draft(tx, request.alert)
        basis = SubmitBasis.read(connection, row)
        if row.version != request.version:
            raise Conflict(f"the draft is now at version {row.version}", rule=Rule.VERSION, place="version")
        if request.path not in (FULL, EMERGENCY):
            raise Invalid(f"a path is {FULL} or {EMERGENCY}", rule=Rule.PATH, place="path")
        official = request.official
        dossier = frozen.with_current_regions(connection, frozen.load(connection, row))
        lent = self.lending.with_lent_powers(connection, official, dossier.stakes)
        able = by_its_paper(connection, lent, dossier)
        # How long it may last is asked of its author with all else that is open, and does not forbid the submission.
        answer = self.policy.may(able, Right.DRAFT, replace(dossier.stakes, lasts=timedelta(0)), request.path)
        if isinstance(answer, Denied):
            raise forbidden_here(connection, answer)
        path = EMERGENCY if dossier.stakes.notice else request.path  # a notice has no other way
        asked = with_values(row, path=path, delegation=answer.grant or None, plan=dossier.plan.to_json())
        submitted = replace(
            frozen.with_row(dossier, asked),
            authors=dossier.authors | {official.id, official.person},
            hands=dossier.hands | {official.id},
        )
        draft = self.new_freezer().freeze(tx, submitted, row)
        return _Judged(basis, lent, dossier.stakes, draft)

    def _write_if_unmoved(self, tx: Tx, request: _SubmitRequest, judged: _Judged) -> bool:
        """Writes what was judged; nothing, and False, where something it rests on has moved. Raises Conflict, Invalid.

        Until the transaction ends the row is locked, and so is each paper that lends the official a power.
        """
        row = alerts.get(tx.connection, request.alert, lock=True)
        if row is None or SubmitBasis.read(tx.connection, row) != judged.basis:
            return False
        must_not_be_over(judged.draft.dossier.row, tx.now_ms)
        self.lending.acts.must_agree(tx.connection, row)
        if self.lending.with_lent_powers(tx.connection, request.official, judged.stakes, lock=True) != judged.lent:
            return False
        self.write(tx, judged.draft, request.official)
        return True

    def new_freezer(self) -> DraftFreezer:
        """What judges and renders one draft."""
        return DraftFreezer(
            self.transactions.clock,
            self.settings,
            self.policy,
            self.drivers,
            self.catalog,
            self.estimator,
            self.lending,
            replace(self.orders, noted=[]),
        )

    def write(self, tx: Tx, draft: FrozenDraft, submitter: Official | None = None) -> None:
        """Writes a frozen draft in the caller's transaction, which holds its row."""
        connection, alert_id, at = tx.connection, draft.stored.id, draft.act.at
        for dispute in draft.disputes:
            raise_dispute(connection, dispute, at)
        if submitter is not None:
            alerts.add_author(connection, alert_id, submitter.id, "submitter", at)
        alerts.void_decisions(connection, alert_id)  # for the record: the digest is the guard
        alerts.replace_forms(connection, alert_id, draft.dossier.forms)
        advance(tx, draft.stored, LifecycleEvent.SUBMIT, **draft.values)
        self.lending.acts.record(connection, alert_subject(alert_id), draft.act)


@dataclass(frozen=True, slots=True)
class _SubmitRequest:
    official: Official
    alert: int
    version: int
    path: str


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a submission comes to, with what it rests on: `lent` is the official with the powers lent for the stakes."""

    basis: SubmitBasis
    lent: Official
    stakes: PolicyInput
    draft: FrozenDraft


def find_draft(tx: Tx, alert_id: int, *, lock: bool = False) -> AlertRow:
    """The row of a draft that may be submitted. Raises NotFound, Conflict, RowUnreadable."""
    row = tx.alert(alert_id, lock=lock)
    next_stage(Stage(row.stage), LifecycleEvent.SUBMIT)
    return row
