"""Keeping a draft: one row, its author, its entry in the audit log; checked alike when made and when edited."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from approvals.answer import Allowed, Denied, Referral
from approvals.grant import EMERGENCY
from approvals.official import Right
from hub.alert.alert import MsgType, Status, cap_time
from hub.alert.lifecycle import Stage
from hub.audience import empty_areas, unlocated
from hub.audience.overreach import RULES, overreaching
from hub.audience.plan import Plan, plan_of
from hub.audience.swapped_coordinates import must_not_be_misplaced
from hub.clock import to_ms
from hub.compose import area_name
from hub.compose.issuer_name import with_judged_names
from hub.dossier.acts import NewAct, alert_subject
from hub.dossier.frozen import content_of, in_chain, stakes_of
from hub.dossier.issuers import issuers_column
from hub.dossier.refusals import forbidden_here
from hub.dossier.relay import must_be_free_text
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.issuers import issuers_for, with_entrustment
from hub.drafting.text import DraftText, level_of, render_findings
from hub.drafting.usual_period import far_longer
from hub.errors import Conflict, Invalid
from hub.formats.cap.period import has_settled_end
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertCells, AlertChange, AlertRow, cells_of, findings_of, new_row, with_values
from hub.transaction import Tx
from targeting.geometry import ShapeRefused

#: a draft that does not say when it ends goes by itself after this long, as one that does goes by with its end
#: rules of findings that are found anew with every edit
_LOOKED_AT = RULES | unlocated.RULES | {Rule.AREA_SILENT, Rule.AREA_NAME_DIFFERS}
UNSETTLED_KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft that is not stored yet; `detail` is what the audit log will say of it."""

    row: AlertRow
    detail: Mapping[str, Any]


def store_draft(tx: Tx, desk: DraftingContext, writer: Writer, text: DraftText, plan: Plan, root: int | None) -> int:
    """A new draft, as `make_draft`; returns its id. Raises Conflict, Forbidden."""
    alerts.claim_identifier(tx.connection, text.alert.sender, text.alert.identifier)
    if alerts.by_identifier(tx.connection, text.alert.sender, text.alert.identifier) is not None:
        raise Conflict("another alert of this sender has this identifier", rule=Rule.L4, place="alert/identifier")
    return insert_draft(tx, desk, writer, make_draft(tx, desk, writer, text, plan, root))


def make_draft(
    tx: Tx, desk: DraftingContext, writer: Writer, text: DraftText, plan: Plan, root: int | None
) -> NewDraft:
    """A new draft in memory, judged. Reads only. Raises Invalid, Forbidden.

    A message of a chain stays its issuer's; a superior that the policy lets override is its issuer from now on, and
    the audit log says so (突发事件应对法 2024 art. 70).
    """
    issuers = issuers_for(tx.connection, writer, root)
    content: AlertCells = {**values(text, plan, root, desk, tx.now), "stage": Stage.DRAFT, "version": 1}
    content |= {"service": writer.service, "created_by": writer.id, "created_at": tx.now_ms}
    content |= {"unit": issuers.lead, "issuers": issuers_column(issuers)}
    row = new_row(**content)
    row = with_entrustment(tx.connection, desk, writer, row)
    may_draft(tx.connection, desk, writer, row)
    row = with_judged_names(tx.connection, _with_judged_reach(tx.connection, row))
    detail = {"identifier": row.identifier, "source": row.source_digest}
    first = alerts.get(tx.connection, root) if root is not None else None
    if first is not None and first.unit != issuers.lead:
        if not writer.reason and writer.official is not None:
            missing = f"{first.unit} issued this warning: a superior who acts in its place says why"
            raise Invalid(missing, rule=Rule.UC_1, place="reason")
        detail |= {"overrides": first.unit, "reason": writer.reason}
    return NewDraft(row, detail)


def insert_draft(tx: Tx, desk: DraftingContext, writer: Writer, draft: NewDraft) -> int:
    """Stores a draft, its author and its act; returns its id. The caller has claimed its identifier."""
    alert_id = alerts.insert_alert(tx.connection, cells_of(draft.row))
    if writer.official is not None:
        alerts.add_author(tx.connection, alert_id, writer.id, "creator", tx.now_ms)
    new = NewAct("draft", Stage.DRAFT, writer.name, tx.now_ms, detail=draft.detail)
    desk.acts.record(tx.connection, alert_subject(alert_id), new)
    return alert_id


def same_source(known: AlertRow, source: bytes) -> int:
    """Same identifier and same body: the same answer, and no second alert. Raises Conflict for another body."""
    if known.source_digest == hashlib.sha256(source).hexdigest():
        return known.id
    raise Conflict(
        f"alert {known.id} already has this sender and identifier with other content",
        rule=Rule.L4,
        place="alert/identifier",
    )


def open_draft(tx: Tx, alert_id: int, version: int) -> AlertRow:
    """The draft, locked, as its editor saw it. Raises NotFound, Conflict."""
    row = tx.alert(alert_id, lock=True)
    if row.stage != Stage.DRAFT:
        raise Conflict(f"a warning that is {row.stage} cannot be edited", rule=Rule.STAGE)
    must_be_free_text(row, "edits")
    if row.version != version:
        raise Conflict(
            f"version {version} was edited; the draft is now at version {row.version}",
            rule=Rule.VERSION,
            place="version",
        )
    return row


def must_draft(
    connection: Connection, desk: DraftingContext, writer: Writer, alert_id: int, *, overriding: bool = False
) -> Allowed | None:
    """Asks, as `may_draft`, about what now stands in the row. Raises Forbidden, Invalid."""
    row = alerts.get(connection, alert_id)
    return may_draft(connection, desk, writer, row, overriding=overriding) if row is not None else None


def may_draft(
    connection: Connection, desk: DraftingContext, writer: Writer, row: AlertRow, *, overriding: bool = False
) -> Allowed | None:
    """Raises Forbidden where the policy does not let the writer draft what the row says, and Invalid where a shape of
    it lies elsewhere because its coordinates were exchanged. The answer is by what they may, if it was asked.

    A service holds no right: what it may send was judged at the door, and its draft can become no more by itself.
    `overriding`: a superior of the issuer has said why.
    """
    if writer.owed:
        return None
    plan = plan_of(row)
    if row.msg_type != MsgType.CANCEL:  # a warning that is out must be lifted wherever it was drawn
        must_not_be_misplaced(connection, plan.audience, writer.official.area if writer.official else "")
    if writer.official is None:
        return None
    stakes = in_chain(connection, row, stakes_of(row, content_of(row), plan))
    stakes = replace(stakes, lasts=timedelta(0))  # how long it may last is asked of the draft that is kept
    able = desk.lending.with_lent_powers(connection, writer.official, stakes)
    # By which way it goes is said when it is submitted, and asked then: a paper for the short way alone drafts for it.
    answer = desk.policy.may(able, Right.DRAFT, stakes, EMERGENCY, overriding=overriding)
    if isinstance(answer, Referral) and writer.upward:
        return None
    if isinstance(answer, Denied):
        raise forbidden_here(connection, answer)
    return answer


def judge_reach(connection: Connection, alert_id: int) -> None:
    """Keeps with the draft what `_with_judged_reach` finds."""
    row = alerts.get(connection, alert_id)
    if row is not None:
        alerts.change(connection, alert_id, findings=_with_judged_reach(connection, row).findings)


def _with_judged_reach(connection: Connection, row: AlertRow) -> AlertRow:
    """The draft with findings for whoever decides: which of its shapes reach far beyond its unit's area, where they may
    hold people who cannot be placed, which of its areas are called otherwise than they are coded, and which of its
    region codes nobody registered.

    A Cancel is for those who hold what it ends: its places are not asked.
    """
    if row.msg_type == MsgType.CANCEL:
        return row
    others = [each for each in findings_of(row) if each["rule"] not in _LOOKED_AT]
    audience = plan_of(row).audience
    found = [*overreaching(connection, audience, row.unit), *area_name.misnamed_areas(connection, content_of(row))]
    found += empty_areas.unknown_regions(connection, audience)
    with contextlib.suppress(ShapeRefused):  # submitting refuses it, and says why
        found += unlocated.findings_of(unlocated.count_unplaced(connection, audience))
    return with_values(row, findings=orjson.dumps([*others, *found]).decode())


def record(
    tx: Tx, desk: DraftingContext, writer: Writer, alert_id: int, action: str, detail: Mapping[str, Any]
) -> None:
    """Records an act on a draft that stays one. Raises Conflict where its row and its acts do not agree on that."""
    desk.acts.must_agree(tx.connection, tx.alert(alert_id, lock=True))
    new = NewAct(action, Stage.DRAFT, writer.name, tx.now_ms, detail=detail)
    desk.acts.record(tx.connection, alert_subject(alert_id), new)


def values(text: DraftText, plan: Plan, root: int | None, desk: DraftingContext, now: datetime) -> AlertChange:
    """The columns that follow from the text and its plan, of a draft that is written at `now`."""
    alert = text.alert
    first = alert.infos[0] if alert.infos else None
    unusual = far_longer(alert, desk.policy.events, desk.settings.content)
    settled = alert.expires if has_settled_end(alert) else None
    expires = settled or max(alert.sent, now) + UNSETTLED_KEPT
    return {
        "sender": alert.sender,
        "identifier": alert.identifier,
        "sent": cap_time(alert.sent),
        "status": alert.status,
        "msg_type": alert.msg_type,
        "scope": alert.scope,
        "world": "live" if alert.status is Status.ACTUAL else "exercise",
        "level": text.lifts or level_of(alert),
        "event": first.event if first else "",
        "headline": first.headline if first else "",
        "root": root,
        "relays": text.relays,
        "content": text.content,
        "source": text.source,
        "source_digest": hashlib.sha256(text.source).hexdigest(),
        "findings": orjson.dumps([*render_findings(text.findings), *text.remarks, *unusual]).decode(),
        "plan": plan.to_json(),
        "digest": None,
        "expires_at": to_ms(expires),
    }
