"""The warnings the stories are about, as CAP documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Reference, Scope, Status
from hub.dossier.ending import Ending
from hub.drafting.cancellation import EndingRequest
from hub.drafting.notes import EndingNotes
from hub.formats.cap.write import write

BEIJING = timezone(timedelta(hours=8))
SCHEME = "行政区划代码"
COLOURS = {"Extreme": "红色", "Severe": "橙色", "Moderate": "黄色", "Minor": "蓝色", "Unknown": ""}


def areas_of(*codes: str) -> tuple[Area, ...]:
    return tuple(Area(f"area {code}", geocodes=(NamedValue(SCHEME, code),)) for code in codes)


def alert_of(now: datetime, identifier: str, *codes: str, **changes: Any) -> Alert:
    """A warning of heavy rain, orange, in force for six hours, in Chinese and English; its headline says its level.

    It names the office of the town; `issuers` are other names, in Chinese and English.
    """
    sent = now.replace(microsecond=0).astimezone(BEIJING)
    expires = sent + changes.pop("lasts", timedelta(hours=6))
    severity = changes.pop("severity", "Severe")
    areas = changes.pop("areas", None) or areas_of(*codes)
    issuer, issuer_in_english = changes.pop("issuers", ("市气象台", "City weather office"))
    chinese = Info(
        event="暴雨",
        urgency="Immediate",
        severity=severity,
        certainty="Observed",
        categories=("Met",),
        language="zh-CN",
        expires=expires,
        sender_name=issuer,
        headline=changes.pop("headline", f"暴雨{COLOURS[severity]}预警"),
        description="预计未来三小时降雨量将达50毫米以上。",
        instruction="请远离低洼地带。",
        areas=areas,
    )
    english = replace(
        chinese,
        event="Rainstorm",
        language="en-US",
        headline="Rainstorm warning",
        description="More than 50 mm of rain within three hours.",
        instruction="Keep away from low ground.",
        sender_name=issuer_in_english,
    )
    alert = Alert(
        identifier=identifier,
        sender="weather@example.cn",
        sent=sent,
        status=Status.ACTUAL,
        msg_type=MsgType.ALERT,
        scope=Scope.PUBLIC,
        infos=(chinese, english),
    )
    return replace(alert, **changes)


def cancel_of(alert: Alert, now: datetime, identifier: str) -> Alert:
    """The Cancel of a sender's own system."""
    return replace(
        alert,
        identifier=identifier,
        sent=now.replace(microsecond=0).astimezone(BEIJING),
        msg_type=MsgType.CANCEL,
        note="险情解除",
        references=(Reference(alert.sender, alert.identifier, alert.reference.sent),),
    )


def document(now: datetime, identifier: str, *codes: str, **changes: Any) -> bytes:
    return write(alert_of(now, identifier, *codes, **changes))


def because(note: str, ending: Ending = Ending.LIFTED, **notes: str) -> EndingRequest:
    """How an official has a warning ended: a note whose language its letters show, or notes by language."""
    return EndingRequest(EndingNotes(note, notes), ending)
