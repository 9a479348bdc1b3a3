"""A draft for other people or other channels, its text untouched."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from hub.alert.views import PlanRequest
from hub.audience.plan import plan_of
from hub.dossier.frozen import content_of
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.plan import plan_for
from hub.drafting.store_draft import judge_reach, must_draft, open_draft, record
from hub.store.alerts import alerts
from hub.transaction import Tx


def change_plan(tx: Tx, desk: DraftingContext, writer: Writer, draft: tuple[int, int], request: PlanRequest) -> None:
    """`draft` is its id and the version its editor saw. Raises Invalid, Conflict, Forbidden, NotFound."""
    alert_id, version = draft
    row = open_draft(tx, alert_id, version)
    known = plan_of(row)
    plan = plan_for(tx.connection, desk, content_of(row), request, row.root)
    plan = replace(plan, not_before=known.not_before, answers=known.answers)  # said of the text, which stays
    alerts.change(tx.connection, alert_id, version=row.version + 1, plan=plan.to_json(), digest=None)
    must_draft(tx.connection, desk, writer, alert_id)
    judge_reach(tx.connection, alert_id)
    alerts.void_decisions(tx.connection, alert_id)  # for the record: the digest, which is gone, is the guard
    if writer.official is not None:
        alerts.add_author(tx.connection, alert_id, writer.id, "editor", tx.now_ms)
    detail = {"version": row.version + 1, "plan": True}
    record(tx, desk, writer, alert_id, "edit", detail)


def choose_unlocated(
    tx: Tx, desk: DraftingContext, writer: Writer, draft: tuple[int, int], keys: Collection[str]
) -> None:
    """Includes the people without coordinates of these regions and of no other; whom else it is for stays.

    Raises as `change_plan` does.
    """
    known = plan_of(open_draft(tx, *draft))
    also = replace(known.added, unlocated=frozenset())
    change_plan(tx, desk, writer, draft, PlanRequest(known.channels, also=also, unlocated=frozenset(keys)))
