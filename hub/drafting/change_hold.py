"""Naming the hour a draft is held back until is an edit of it."""

from __future__ import annotations

from datetime import datetime

from hub.alert.alert import cap_time
from hub.drafting import chain
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.hold import hold_until, release_at_once
from hub.drafting.questions.answers import rewrite
from hub.drafting.questions.draft import Draft, Frame
from hub.drafting.store_draft import open_draft, record
from hub.transaction import Tx


def hold(tx: Tx, desk: DraftingContext, writer: Writer, draft: tuple[int, int], until: datetime | None) -> None:
    """`draft` is its id and the version its editor saw. Raises Invalid, Conflict, Forbidden, NotFound."""
    alert_id, version = draft
    chain.whole(tx, alert_id)
    row = open_draft(tx, alert_id, version)
    before = Draft.of(tx.connection, row, Frame(tx.now, desk.settings, desk.policy, desk.catalog, desk.orders))
    after = release_at_once(before) if until is None else hold_until(before, until)
    rewrite(tx, desk, writer, before, after)
    hour = after.plan.not_before
    detail = {"version": row.version + 1, "until": None if hour is None else cap_time(hour)}
    record(tx, desk, writer, alert_id, "hold", detail)
