"""A warning of another day as if it were issued now: every time moved by the same span."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hub.alert.alert import Alert, Info, MsgType
from hub.formats.cap.finding import Finding
from hub.formats.cap.period import ending_after
from hub.formats.cap.repair import emittable

#: the demonstration's warning stays in force at least this long, or it would end before it has been seen
AT_LEAST = timedelta(hours=1)


def reissue(alert: Alert, now: datetime) -> tuple[Alert, tuple[Finding, ...]]:
    """The alert made emittable and moved to now, and what was changed to make it so.

    Repaired as of its own day: once moved, its times would no longer be those that other fields speak of.
    """
    repaired, changes = emittable(alert, now=alert.sent)
    return redate(repaired, now), changes


def demonstrable(alert: Alert, now: datetime) -> tuple[Alert, tuple[Finding, ...]]:
    """The alert as `reissue` makes it, with an end to every block, said here where the file does not."""
    repaired, changes = emittable(alert, now=alert.sent)
    whole = ending_after(repaired, AT_LEAST)
    if whole != repaired:
        text = f"when it ends is not settled; as its sender says elsewhere, else {AT_LEAST} after it begins"
        changes = (*changes, Finding("X12", "alert/info/expires", "advice", text))
    return redate(whole, now), changes


def redate(alert: Alert, now: datetime) -> Alert:
    """`sent` becomes now, in its own offset; onset, effective and expires keep their distance from it."""
    span = now.replace(microsecond=0) - alert.sent
    sent = (alert.sent + span).astimezone(alert.sent.tzinfo)
    return replace(alert, sent=sent, infos=tuple(_at_span(info, span, sent) for info in alert.infos))


def _at_span(info: Info, span: timedelta, sent: datetime) -> Info:
    expires = info.expires + span if info.expires else None
    if expires is not None and sent < expires < sent + AT_LEAST:
        expires = sent + AT_LEAST
    return replace(
        info,
        effective=max(info.effective + span, sent) if info.effective else None,
        onset=info.onset + span if info.onset else None,
        expires=expires,
    )


def standing_alone(alert: Alert) -> Alert:
    """A Cancel as the message it would have been without one before it: nobody here holds what it ends.

    An Update stays one: it tells everything itself.
    """
    return replace(alert, msg_type=MsgType.ALERT, references=()) if alert.msg_type is MsgType.CANCEL else alert


def prolong(alert: Alert, now: datetime) -> Alert:
    """The warning prolonged by an hour, as a new message: what an office does when the rain does not stop."""
    sent = now.replace(microsecond=0).astimezone(alert.sent.tzinfo)
    infos = tuple(
        replace(info, effective=None, onset=None, expires=(info.expires or sent) + AT_LEAST) for info in alert.infos
    )
    return replace(
        alert,
        identifier=f"{alert.identifier}.update.1",
        sent=sent,
        msg_type=MsgType.UPDATE,
        references=(alert.reference,),
        infos=infos,
    )
