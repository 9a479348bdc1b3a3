"""Warnings whose times are doubtful: what an upstream system or a hurried author may send."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hub.alert.alert import Alert
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.write import write
from tests.stories.town import BAOTA
from tests.stories.warnings import BEIJING, alert_of

HOUR = timedelta(hours=1)


def timed(now: datetime, identifier: str = "rain-timed", **times: Any) -> Alert:
    """The warning of the stories with other times: `sent`, `effective`, `onset`, `expires`, in every language."""
    sent = times.pop("sent", now).replace(microsecond=0).astimezone(BEIJING)
    alert = alert_of(now, identifier, BAOTA)
    infos = tuple(replace(info, **times) for info in alert.infos)
    return replace(alert, sent=sent, infos=infos)


def posted(alert: Alert) -> bytes:
    """The document, also where its times contradict each other."""
    return write(alert, unsettled=PERIOD_RULES)
