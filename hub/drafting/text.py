"""The text of a draft: what an upstream file or a person wrote, read tolerantly and made emittable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from approvals.level import Level
from hub.alert.alert import Alert, MsgType, Scope
from hub.drafting.script import strange_letters
from hub.errors import Invalid
from hub.formats.cap.check import check_timely
from hub.formats.cap.finding import Finding, quote
from hub.formats.cap.period import PERIOD_RULES, has_settled_end
from hub.formats.cap.read import read
from hub.formats.cap.repair import emittable
from hub.formats.cap.write import write
from hub.rules.cited_rule import CitedRule
from hub.rules.rule import Rule
from targeting.nws import is_part, parts_of, spans_of
from targeting.region import normalise


@dataclass(frozen=True, slots=True)
class DraftText:
    """`content` is the alert as strict CAP 1.2, `source` the bytes as received, `findings` what reading them found."""

    alert: Alert
    content: bytes
    source: bytes
    findings: tuple[Finding, ...]
    relays: int | None = None  #: alerts.id of the message whose text it is
    lifts: Level | None = None  #: the level of what a Cancel ends: its own severity says nothing of it
    remarks: tuple[Mapping[str, Any], ...] = ()  #: findings beside those of reading, as the store keeps them


def read_text(source: bytes, now: datetime) -> DraftText:
    """The text of a CAP document (1.2, 1.1 or 1.0). Raises Invalid with the findings."""
    reading = read(source)
    if reading.alert is None:
        raise Invalid(
            "the document cannot be read as CAP", rule=Rule.CAP_REFUSED, findings=render_findings(reading.findings)
        )
    if reading.alert.msg_type in (MsgType.ACK, MsgType.ERROR):
        raise Invalid(f"{reading.alert.msg_type} is not a warning", rule=Rule.MSG_TYPE, place="alert/msgType")
    return finish_text(without_periods(reading.alert), source, reading.findings, now)


def without_periods(alert: Alert) -> Alert:
    """A Cancel without the periods of what it ends: that those are over is no reason not to end it."""
    if alert.msg_type is not MsgType.CANCEL:
        return alert
    infos = tuple(replace(info, effective=None, onset=None, expires=None) for info in alert.infos)
    return replace(alert, infos=infos)


def finish_text(alert: Alert, source: bytes, findings: Sequence[Finding], now: datetime) -> DraftText:
    """The alert as a draft of it is kept. Raises Invalid for what is over already (X21).

    Where its times contradict each other they stay as they are: an open question of the draft.
    """
    alert, dropped = _for_nobody_named(alert)
    repaired, changes = emittable(alert, now=now)
    late = [finding for finding in check_timely(repaired, now) if finding.level == "error"]
    if late and has_settled_end(repaired):
        text = f"{late[0].text}: write an end that is still to come, or draft the Cancel of what is over"
        raise Invalid(text, rule=CitedRule(late[0].rule), place=late[0].element, findings=render_findings(late))
    changes = tuple(finding for finding in changes if finding not in late)
    found = (*findings, *dropped, *changes, *_wide_codes(repaired))
    return DraftText(repaired, draft_document(repaired), source, found, remarks=strange_letters(repaired))


def draft_document(alert: Alert) -> bytes:
    """The alert as CAP 1.2 that is strict save for a period that is not settled yet. Raises CapRefused."""
    return write(alert, unsettled=PERIOD_RULES)


def _for_nobody_named(alert: Alert) -> tuple[Alert, tuple[Finding, ...]]:
    """Public messages go to feeds as they are, and whom somebody addressed them to is not for the public (PD-4)."""
    if alert.scope is not Scope.PUBLIC or not alert.addresses:
        return alert, ()
    text = "dropped: whom a public message was addressed to is not public"
    return replace(alert, addresses=()), (Finding(Rule.PD_4, "alert/addresses", "advice", text),)


def _wide_codes(alert: Alert) -> Iterator[Finding]:
    """Codes taken for more than one county, or for more than they mean; each once, whatever the languages."""
    areas = [area for info in alert.infos for area in info.areas]
    for code in dict.fromkeys(code for area in areas for code in area.geocodes):
        if is_part(code.name, code.value):
            text = f"{code.name} {code.value} means a part of a county or state: the whole of it is warned"
            yield Finding(Rule.SAME_PART, "alert/info/area/geocode", "advice", text)
        if any(spans_of(normalise(code.name, part)) for part in parts_of(code.name, code.value)):
            text = f"{code.name} {quote(code.value)} names many places: every one of them that is known here is warned"
            yield Finding(Rule.CODE_MANY, "alert/info/area/geocode", "advice", text)


def level_of(alert: Alert) -> Level:
    """The highest severity any language block states."""
    return max((Level.of_severity(info.severity) for info in alert.infos), default=Level.YELLOW)


def render_findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as the API and the store show them."""
    return [
        {"rule": finding.rule, "element": finding.element, "level": finding.level, "text": finding.text}
        for finding in findings
    ]
