"""Cross-field rules: what no schema says, but every consumer expects. Pure; no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations

from hub.alert.alert import Alert, Info, MsgType, Scope, Status
from hub.formats.cap.emission import shape_breaches
from hub.formats.cap.fields import field_breaches
from hub.formats.cap.finding import Breach, Finding
from hub.formats.cap.lexical import read_time
from hub.formats.cap.period import AHEAD, PeriodFault, period_fault
from hub.formats.cap.rules import judge
from hub.formats.cap.shapes import overlaps, share_ground

_MAX_COMPARED_INFOS = 40


def check(alert: Alert) -> tuple[Finding, ...]:
    """Everything the rules say about an alert that came in, at ingest levels; empty when nothing."""
    return judge((*field_breaches(alert), *shape_breaches(alert), *cross_breaches(alert)), "ingest")


def check_timely(alert: Alert, now: datetime) -> tuple[Finding, ...]:
    """X21: `sent` more than five minutes ahead (advice), expired already (error)."""
    breaches = []
    if alert.sent > now + AHEAD:
        breaches.append(Breach("X21", "alert/sent", "lies more than 5 minutes ahead"))
    if alert.expires is not None and alert.expires <= now:
        breaches.append(Breach("X21.expired", "alert/info/expires", "the message has expired"))
    return judge(breaches, "emission")


def cross_breaches(alert: Alert) -> Iterator[Breach]:
    """X1 to X20 over the whole message."""
    yield from _addressing(alert)
    yield from _references(alert)
    for number, info in enumerate(alert.infos, start=1):
        path = f"alert/info[{number}]"
        yield from _times(alert, info, path)
        yield from _wording(alert, info, path)
        yield from _areas(info, path)
    yield from _between_infos(alert)


def _addressing(alert: Alert) -> Iterator[Breach]:
    restricted = alert.scope is Scope.RESTRICTED
    if restricted and not alert.restriction:
        yield Breach("X1", "alert/restriction", "scope is Restricted and no restriction is stated")
    if alert.restriction and not restricted:
        yield Breach("X1", "alert/restriction", "a restriction is stated and scope is not Restricted")
    if alert.scope is Scope.PRIVATE and not alert.addresses:
        yield Breach("X2", "alert/addresses", "scope is Private and no addresses are given")
    if not alert.note and (alert.status is Status.EXERCISE or alert.msg_type is MsgType.ERROR):
        yield Breach("X3", "alert/note", "an exercise or an Error should say in a note what it is about")
    if alert.status is Status.DRAFT:
        yield Breach("X20", "alert/status", "a draft never leaves")


def _references(alert: Alert) -> Iterator[Breach]:
    path = "alert/references"
    if alert.msg_type is not MsgType.ALERT and not alert.references:
        yield Breach("X4", path, f"msgType {alert.msg_type} refers to no message")
    seen = set()
    for reference in alert.references:
        name = (reference.sender, reference.identifier)
        if name == (alert.sender, alert.identifier):
            yield Breach("X5", path, "the message refers to itself")
        elif name in seen:
            yield Breach("X5.again", path, "a message is referred to twice")
        seen.add(name)
        referred = read_time(reference.sent)
        if referred.value is not None and not referred.zoneless and referred.value > alert.sent:
            yield Breach("X5.later", path, "a message sent later is referred to")
    if any(sender != alert.sender for sender, _ in seen):
        yield Breach("X7", path, "a message of another sender is referred to: a relay?")


#: the rule that each fault of a period breaks, and how it is said
_FAULTS = {
    PeriodFault.MISSING: ("X12", "is missing in a public message"),
    PeriodFault.BEFORE_START: ("X11", "is not after effective (or sent)"),
    PeriodFault.BEFORE_ONSET: ("X11", "is not after onset"),
}


def _times(alert: Alert, info: Info, path: str) -> Iterator[Breach]:
    if info.effective is not None and info.effective < alert.sent:
        yield Breach("X11.effective", f"{path}/effective", "is before sent")
    if fault := period_fault(alert, info):
        case, text = _FAULTS[fault]
        yield Breach(case, f"{path}/expires", text)


def _wording(alert: Alert, info: Info, path: str) -> Iterator[Breach]:
    texts = [text for text in (info.headline, info.description, info.instruction) if text]
    if len(set(texts)) < len(texts):
        yield Breach("X17", path, "headline, description and instruction repeat each other")
    scales = (("urgency", info.urgency), ("severity", info.severity), ("certainty", info.certainty))
    for name, value in scales:
        if value == "Unknown" and alert.status is Status.ACTUAL:
            yield Breach("X18", f"{path}/{name}", "is Unknown in an actual warning")


def _areas(info: Info, path: str) -> Iterator[Breach]:
    for number, area in enumerate(info.areas, start=1):
        place = f"{path}/area[{number}]"
        if not (area.polygons or area.circles or area.geocodes):
            yield Breach("X19", place, "has no polygon, circle or geocode")
        if area.ceiling is None:
            continue
        if area.altitude is None:
            yield Breach("X8", f"{place}/ceiling", "stands without altitude")
        elif area.altitude > area.ceiling:
            yield Breach("X8", f"{place}/ceiling", "is below altitude")
        elif area.altitude == area.ceiling:
            yield Breach("X8.equal", f"{place}/ceiling", "equals altitude")
    for first, second in overlaps(info.areas):
        yield Breach("X9.overlap", f"{path}/area[{second + 1}]", f"overlaps area[{first + 1}]")


def _contradictions(one: Info, other: Info, first: int, path: str) -> Iterator[Breach]:
    """Between two blocks of one language: they name one event, and of one place they state the same scales."""
    if one.event != other.event:
        yield Breach("X14", f"{path}/event", f"is another event than that of info[{first}], in the same language")
    scales = [name for name in ("severity", "urgency", "certainty") if getattr(one, name) != getattr(other, name)]
    if scales and share_ground(one.areas, other.areas):
        said = " and ".join(scales)
        yield Breach("X15", path, f"states another {said} than info[{first}] for the same place, in the same language")


def _between_infos(alert: Alert) -> Iterator[Breach]:
    infos = alert.infos[:_MAX_COMPARED_INFOS]
    for number, info in enumerate(infos[1:], start=2):
        if set(info.categories) != set(infos[0].categories):
            yield Breach("X13", f"alert/info[{number}]/category", "differs from the categories of info[1]")
        if set(info.event_codes) != set(infos[0].event_codes):
            yield Breach("X13", f"alert/info[{number}]/eventCode", "differs from the event codes of info[1]")
    for (first, one), (second, other) in combinations(enumerate(infos, start=1), 2):
        yield from _pair(one, other, first, f"alert/info[{second}]")


def _pair(one: Info, other: Info, first: int, path: str) -> Iterator[Breach]:
    if one.language.casefold() == other.language.casefold():
        if one.is_all_clear == other.is_all_clear:  # an Update ends the warning for one place and goes on for another
            yield from _contradictions(one, other, first, path)
        return
    for name in ("event", "headline", "description", "instruction"):
        if getattr(one, name) and getattr(one, name) == getattr(other, name):
            yield Breach("X16", f"{path}/{name}", f"is the same text as in info[{first}], another language")
