"""Rows as tests make them by hand: whole and typed, with what a test says of them in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

from hub.alert.lifecycle import Stage
from hub.store.alerts.alert_row import AlertChange, AlertRow

HOUR = 3_600_000

_DRAFT = AlertRow(
    id=1,
    identifier="flood-1",
    world="live",
    msg_type="Alert",
    stage=Stage.DRAFT,
    level=3,
    root=None,
    relays=None,
    submission=0,
    released_at=None,
    expires_at=HOUR,
    sender="water@example.cn",
    sent="2026-07-01T16:00:00+08:00",
    status="Actual",
    scope="Public",
    event="暴雨",
    headline="暴雨预警",
    version=1,
    content=b"",
    source=b"",
    source_digest="0" * 64,
    findings="[]",
    plan="{}",
    digest=None,
    targeted=None,
    parts="[]",
    unit="",
    issuers="{}",
    path="full",
    rule="",
    standing=None,
    delegation=None,
    service=None,
    signature="",
    created_by=1,
    created_at=0,
    submitted_at=None,
    ended_at=None,
)


def alert_row(**values: Unpack[AlertChange]) -> AlertRow:
    """A draft of an hour, with these columns."""
    return replace(_DRAFT, **values)
