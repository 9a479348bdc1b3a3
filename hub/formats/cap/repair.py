"""From what came in to what may leave: repairs that are plain and harmless, each one said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.alert.alert import Alert, Info, MsgType, Reference, Scope, Status, cap_time
from hub.formats.cap.check import check_timely
from hub.formats.cap.elements import Notes
from hub.formats.cap.finding import Finding
from hub.formats.cap.lexical import is_bare, read_time
from hub.formats.cap.repair_info import repaired_info
from hub.formats.cap.repair_text import bare, list_items, note_change, plain_text
from hub.formats.cap.repair_values import repaired_time
from hub.formats.cap.rules import judge


def emittable(alert: Alert, *, now: datetime) -> tuple[Alert, tuple[Finding, ...]]:
    """The alert changed as little as the strict rules demand, and each change as advice.

    When it ends is never repaired: how long people stay warned is for a person to say (X11, X12). `now` is only
    compared: what has expired, or is sent from the future, is said and left as it is (X21).
    """
    notes = Notes("1.2")
    named = _repair_fields(alert, notes)
    infos = tuple(
        repaired_info(info, f"alert/info[{number}]", named.sent, notes)
        for number, info in enumerate(named.infos, start=1)
    )
    whole = _referring(replace(named, infos=_one_set(infos, notes)), notes)
    findings = tuple(replace(finding, level="advice") for finding in judge(notes.breaches, "emission"))
    return whole, (*findings, *check_timely(whole, now))


def _repair_fields(alert: Alert, notes: Notes) -> Alert:
    """The alert's own fields, without its infos and references."""
    status, scope = alert.status, alert.scope
    if status is Status.DRAFT:
        notes.add("X20", "alert/status", "a draft never leaves; made a Test")
        status = Status.TEST
    restriction = plain_text(alert.restriction, "alert/restriction", notes)
    if restriction and scope is not Scope.RESTRICTED:
        notes.add("X1", "alert/restriction", "dropped, since scope is not Restricted")
        restriction = ""
    if scope is Scope.RESTRICTED and not restriction:
        notes.add("X1", "alert/restriction", "not stated; 'not stated' is put in")
        restriction = "not stated"
    sender = bare(alert.sender, "alert/sender", notes)
    addresses = list_items(alert.addresses, "alert/addresses", notes)
    if scope is Scope.PRIVATE and not addresses:
        notes.add("X2", "alert/addresses", "a private message without addresses; addressed to its sender")
        addresses = (sender.replace('"', "'"),)
    codes = tuple(plain_text(code, "alert/code", notes) for code in alert.codes)
    return replace(
        alert,
        identifier=bare(alert.identifier, "alert/identifier", notes),
        sender=sender,
        sent=repaired_time(alert.sent, "alert/sent", notes) or alert.sent,
        status=status,
        source=plain_text(alert.source, "alert/source", notes),
        restriction=restriction,
        addresses=addresses,
        codes=note_change(alert.codes, tuple(code for code in codes if code), "alert/code", notes),
        note=plain_text(alert.note, "alert/note", notes),
        incidents=list_items(alert.incidents, "alert/incidents", notes),
    )


def _referring(alert: Alert, notes: Notes) -> Alert:
    """References as X4, X5 and L5 want them; a message that refers to nothing becomes one that need not."""
    kept: dict[tuple[str, str], Reference] = {}
    for reference in alert.references:
        time = read_time(reference.sent)
        key = (reference.sender, reference.identifier)
        if not (is_bare(reference.sender) and is_bare(reference.identifier)) or time.value is None or time.zoneless:
            notes.add("L5", "alert/references", "a reference that names no message; dropped")
        elif key == (alert.sender, alert.identifier):
            notes.add("X5", "alert/references", "a reference to the message itself; dropped")
        elif time.value > alert.sent:
            notes.add("X5.later", "alert/references", "a reference to a later message; dropped")
        elif key in kept:
            notes.add("X5.again", "alert/references", "a message referred to twice; kept once")
        elif time.fault:
            notes.add("L5", "alert/references", "a time is rewritten in CAP's form")
            kept[key] = replace(reference, sent=cap_time(time.value))
        else:
            kept[key] = reference
    alert = replace(alert, references=tuple(kept.values()))
    return alert if kept or alert.msg_type is MsgType.ALERT else _without_references(alert, notes)


def _without_references(alert: Alert, notes: Notes) -> Alert:
    """An Update of nothing known is news; a Cancel of nothing known an all-clear; Ack and Error are network talk."""
    if alert.msg_type is MsgType.UPDATE:
        notes.add("X4", "alert/msgType", "an Update that names no message; made an Alert")
        return replace(alert, msg_type=MsgType.ALERT)
    if alert.msg_type is MsgType.CANCEL:
        notes.add("X4", "alert/msgType", "a Cancel that names no message; made an Alert that says all clear")
        infos = tuple(replace(info, urgency="Past", response_types=("AllClear",)) for info in alert.infos)
        return replace(alert, msg_type=MsgType.ALERT, infos=infos)
    notes.add("X4", "alert/msgType", f"{alert.msg_type} that names no message; made an Alert with status System")
    status = Status.SYSTEM if alert.status is Status.ACTUAL else alert.status
    return replace(alert, msg_type=MsgType.ALERT, status=status)


def _one_set(infos: tuple[Info, ...], notes: Notes) -> tuple[Info, ...]:
    """X13: every info says the categories and event codes that any of them says."""
    categories = tuple(dict.fromkeys(word for info in infos for word in info.categories))
    codes = tuple(dict.fromkeys(code for info in infos for code in info.event_codes))
    united = []
    for number, info in enumerate(infos, start=1):
        if set(info.categories) != set(categories):
            notes.add("X13", f"alert/info[{number}]/category", "the categories of all infos are united")
            info = replace(info, categories=categories)  # noqa: PLW2901
        if set(info.event_codes) != set(codes):
            notes.add("X13", f"alert/info[{number}]/eventCode", "the event codes of all infos are united")
            info = replace(info, event_codes=codes)  # noqa: PLW2901
        united.append(info)
    return tuple(united)
