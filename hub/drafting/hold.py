"""Holding a warning back until an hour its author names: nothing of it leaves before, to nobody, by no feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.alert.alert import Alert, MsgType
from hub.drafting.questions.draft import Draft
from hub.errors import Conflict, Invalid
from hub.formats.cap.period import period_fault
from hub.rules.rule import Rule
from hub.store.alerts.alert_row import AlertRow


def may_be_held(row: AlertRow, alert: Alert) -> bool:
    """Only a first message: what people hold already is changed or lifted at once, and a relay is its issuer's."""
    return alert.msg_type is MsgType.ALERT and row.root is None and row.relays is None


def hold_until(draft: Draft, hour: datetime) -> Draft:
    """The draft held back until the hour, which is then the time it is sent: a message has one time of issue.

    Raises Conflict where it may not be held, Invalid for an hour that is over or after it ends.
    """
    if not may_be_held(draft.row, draft.alert):
        text = "only the first message of a warning is held back: an Update or a Cancel leaves at once"
        raise Conflict(text, rule=Rule.HOLD, place="alert/msgType")
    if hour <= draft.against.now:
        raise Invalid(
            "the hour is over: leave it out, and the warning leaves on release", rule=Rule.HOLD, place="until"
        )
    hour = hour.replace(microsecond=0).astimezone(draft.alert.sent.tzinfo)  # in the zone its readers live in
    infos = tuple(
        replace(info, effective=None) if info.effective is not None and info.effective < hour else info
        for info in draft.alert.infos
    )
    alert = replace(draft.alert, sent=hour, infos=infos)
    before = [period_fault(draft.alert, info) for info in draft.alert.infos]
    if [period_fault(alert, info) for info in alert.infos] != before:
        raise Invalid("the warning would be over before it leaves", rule=Rule.HOLD, place="alert/info/expires")
    return replace(draft, alert=alert, plan=replace(draft.plan, not_before=hour))


def release_at_once(draft: Draft) -> Draft:
    """The draft that leaves when it is released; where it was held, it is sent now."""
    if draft.plan.not_before is None:
        return draft
    now = draft.against.now.replace(microsecond=0).astimezone(draft.alert.sent.tzinfo)
    return replace(draft, alert=replace(draft.alert, sent=now), plan=replace(draft.plan, not_before=None))


def must_have_left(row: AlertRow, now: int) -> None:
    """Raises Conflict for a message that is released and still held (`now` in ms): nobody has what is to be updated."""
    if row.released_at is not None and row.released_at > now:
        text = f"alert {row.id} is held back still, and nobody has it: cancel it and draft the warning anew"
        raise Conflict(text, rule=Rule.HOLD, place="alert")
