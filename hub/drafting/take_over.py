"""A superior takes a draft over and says why: it becomes the issuer, and its own approvals are needed (UC-1)."""

from __future__ import annotations

from approvals.answer import SUPERIOR
from approvals.issuers import Issuers
from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.compose.issuer_name import rename_issuers
from hub.compose.prepared_notice import must_not_change_hands
from hub.dossier.acts import NewAct, alert_subject
from hub.dossier.advance import advance
from hub.dossier.frozen import content_of
from hub.dossier.issuers import issuers_column, issuers_of, overridden
from hub.dossier.relay import must_be_free_text
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.store_draft import judge_reach, must_draft
from hub.errors import Conflict, Invalid
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.transaction import Tx

ACT = "take-over"


def take_over(tx: Tx, desk: DraftingContext, writer: Writer, draft: tuple[int, int]) -> None:
    """`draft` is its id and the version the writer read; `writer.reason` says why. Whatever was decided is void.

    Raises Invalid without a reason, Forbidden for anybody but a superior, Conflict, NotFound.
    """
    alert_id, version = draft
    if not writer.reason:
        raise Invalid("a superior says why it acts in another's place", rule=Rule.UC_1, place="reason")
    row = tx.alert(alert_id, lock=True)
    must_be_free_text(row, "takes over")
    must_not_change_hands(row, content_of(row), "takes over")
    if row.version != version:
        raise Conflict(f"the draft is now at version {row.version}", rule=Rule.VERSION, place="version")
    desk.acts.must_agree(tx.connection, row)
    _must_be_unreleased(Stage(row.stage))
    answer = must_draft(tx.connection, desk, writer, alert_id, overriding=True)
    if answer is None or answer.title != SUPERIOR:
        raise Conflict("it is of your own unit already: edit it", rule=Rule.TAKE_OVER, place="alert")
    before = issuers_of(row)
    after = Issuers(writer.unit, consulted=tuple(name for name in before.consulted if name != writer.unit))
    stage = _reopen(tx, row, unit=after.lead, issuers=issuers_column(after))
    must_draft(tx.connection, desk, writer, alert_id)
    judge_reach(tx.connection, alert_id)
    rename_issuers(tx.connection, alert_id, before.signing)
    alerts.add_author(tx.connection, alert_id, writer.id, "adopter", tx.now_ms)
    detail = {"version": row.version + 1, "reason": writer.reason, **overridden(row, answer)}
    desk.acts.record(tx.connection, alert_subject(alert_id), NewAct(ACT, stage, writer.name, tx.now_ms, detail=detail))


def _must_be_unreleased(stage: Stage) -> None:
    """Raises Conflict for what is out, over, or in an inbox."""
    if stage not in {Stage.DRAFT, Stage.SUBMITTED, Stage.APPROVED}:
        remedy = "adopt what was referred, update or cancel what is out"
        raise Conflict(f"a warning that is {stage} is not taken over", rule=Rule.STAGE, remedy=remedy)


def _reopen(tx: Tx, row: AlertRow, *, unit: str, issuers: str) -> Stage:
    """Makes it a draft of another unit, at a new version, whatever it was before; every decision is void."""
    if row.stage != Stage.DRAFT:
        return advance(tx, row, LifecycleEvent.RETURN, unit=unit, issuers=issuers)
    alerts.void_decisions(tx.connection, row.id)  # for the record: the digest, which is gone, is the guard
    alerts.change(tx.connection, row.id, version=row.version + 1, digest=None, unit=unit, issuers=issuers)
    return Stage.DRAFT
