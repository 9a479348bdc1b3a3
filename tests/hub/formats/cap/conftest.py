"""A small message to bend in every test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Scope, Status
from targeting.audience import Circle, Polygon

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
HEAD = {
    "identifier": "<identifier>flood-1</identifier>",
    "sender": "<sender>warn.example.org</sender>",
    "sent": "<sent>2026-07-12T08:30:00+08:00</sent>",
    "status": "<status>Actual</status>",
    "msgType": "<msgType>Alert</msgType>",
    "scope": "<scope>Public</scope>",
}
INFO = {
    "language": "<language>zh-CN</language>",
    "category": "<category>Met</category>",
    "event": "<event>暴雨</event>",
    "urgency": "<urgency>Immediate</urgency>",
    "severity": "<severity>Severe</severity>",
    "certainty": "<certainty>Observed</certainty>",
    "expires": "<expires>2026-07-12T20:30:00+08:00</expires>",
    "headline": "<headline>暴雨橙色预警</headline>",
    "area": (
        "<area><areaDesc>某区</areaDesc><polygon>30,120 30,121 31,121 30,120</polygon>"
        "<geocode><valueName>code</valueName><value>330100000000</value></geocode></area>"
    ),
}


@pytest.fixture
def message() -> Callable[..., bytes]:
    """Builds CAP bytes; keyword arguments replace elements by name, an empty text removes one."""

    def build(namespace: str = NAMESPACE, tail: str = "", infos: int = 1, **changes: str) -> bytes:
        head = "".join(changes.get(name, text) for name, text in HEAD.items())
        info = "".join(changes.get(name, text) for name, text in INFO.items())
        extra = "".join(text for name, text in changes.items() if name not in HEAD and name not in INFO)
        body = f"{head}{extra}{f'<info>{info}</info>' * infos}{tail}"
        return f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="{namespace}">{body}</alert>'.encode()

    return build


@pytest.fixture
def flood() -> Alert:
    """An alert that may leave as it is."""
    sent = datetime(2026, 7, 12, 0, 30, tzinfo=UTC)
    ring = ((30.0, 120.0), (30.0, 121.0), (31.0, 121.0), (30.0, 120.0))
    area = Area("某区", (Polygon(ring),), (Circle(30.0, 120.0, 5.0),), (NamedValue("code", "330100000000"),))
    info = Info(
        event="暴雨",
        urgency="Immediate",
        severity="Severe",
        certainty="Observed",
        categories=("Met",),
        language="zh-CN",
        expires=sent + timedelta(hours=12),
        headline="暴雨橙色预警",
        areas=(area,),
    )
    return Alert("flood-1", "warn.example.org", sent, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC, infos=(info,))
