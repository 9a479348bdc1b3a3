"""When a block of a message is in force, and what in its times contradicts itself (CAP 1.2 §3.2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.alert.alert import Alert, Info, Scope
from hub.formats.cap.lexical import read_time

#: rules of `hub.formats.cap.rules` that only a person settles: they decide how long people stay warned
PERIOD_RULES = frozenset({"X11", "X12"})
#: how far the clock of a sender may be ahead of ours (X21)
AHEAD = timedelta(minutes=5)
#: a parameter of the US National Weather Service, whose warnings of days to come expire before they begin
_ENDING = "eventEndingTime"


class PeriodFault(StrEnum):
    """Why it is not known when a block ends."""

    MISSING = "end-missing"  #: X12: a public message expires
    BEFORE_START = "end-before-start"  #: X11: expires is not after effective, or sent
    BEFORE_ONSET = "end-before-onset"  #: X11: expires is not after onset


def starts(alert: Alert, info: Info) -> datetime:
    """From when the block is in force: without an effective time from the moment it was sent (CAP 1.2 §3.2.2)."""
    return info.effective or alert.sent


def begins(alert: Alert, info: Info) -> datetime:
    """From when there is to be reckoned with what the block warns of (起始时间)."""
    return max(info.onset or starts(alert, info), alert.sent)


def ends_after(alert: Alert, info: Info) -> datetime:
    """What a settled end lies after: the beginning of its text, and of what it warns of."""
    return max(starts(alert, info), begins(alert, info))


def begins_later(alert: Alert, infos: Iterable[Info]) -> datetime | None:
    """From when the earliest of the blocks holds, where none of them holds from the moment the message was sent."""
    first = min((begins(alert, info) for info in infos), default=alert.sent)
    return first.astimezone(alert.sent.tzinfo) if first > alert.sent else None


def period_fault(alert: Alert, info: Info) -> PeriodFault | None:
    """What is wrong with the end of a block, the gravest first."""
    if info.expires is None:
        return PeriodFault.MISSING if alert.scope is Scope.PUBLIC else None
    if info.expires <= starts(alert, info) or info.expires < alert.sent:
        return PeriodFault.BEFORE_START
    if info.onset is not None and info.expires <= info.onset:
        return PeriodFault.BEFORE_ONSET
    return None


def has_settled_end(alert: Alert) -> bool:
    """Whether every block says when it ends, and contradicts itself nowhere."""
    return alert.expires is not None and all(period_fault(alert, info) is None for info in alert.infos)


def stated_end(info: Info, sent: datetime) -> datetime | None:
    """When the event is over, where the sender says so beside `expires`, which is then the end of the text alone."""
    times = (read_time(each.value) for each in info.parameters if each.name == _ENDING)
    found = [time.value for time in times if time.value is not None and not time.zoneless]
    return found[0].astimezone(sent.tzinfo) if len(found) == 1 else None


def ending_after(alert: Alert, lasts: timedelta) -> Alert:
    """The alert with every block whose end is not settled ending when its sender says, else so long after it begins."""

    def settled(info: Info) -> Info:
        if period_fault(alert, info) is None:
            return info
        start, stated = ends_after(alert, info), stated_end(info, alert.sent)
        return replace(info, expires=stated if stated is not None and stated > start else start + lasts)

    return replace(alert, infos=tuple(settled(info) for info in alert.infos))
