"""How long a warning is in force as a rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from approvals.event import Events
from hub.alert.alert import Alert, MsgType
from hub.dossier.event import usual_period
from hub.dossier.notice import EVACUATION, notice_of
from hub.drafting.text import level_of
from hub.formats.cap.period import begins, has_settled_end
from hub.rules.rule import Rule
from hub.settings.settings import ContentSettings

#: a period this many times the usual one is far longer than it
FAR_LONGER = 3


def usual_for(alert: Alert, events: Events, content: ContentSettings) -> timedelta:
    """The usual period of its event and level, by the table of events, else by the settings."""
    return usual_period(events, alert, level_of(alert)) or timedelta(hours=content.usual_hours)


def far_longer(alert: Alert, events: Events, content: ContentSettings) -> list[dict[str, Any]]:
    """What signers are told of a warning that would be in force far longer than is usual; of a Cancel nothing, and of
    an urgent evacuation notice, whose period the policy sets.
    """
    if alert.msg_type is MsgType.CANCEL or not alert.infos or not has_settled_end(alert):
        return []
    if notice_of(alert) == EVACUATION:
        return []
    usual = usual_for(alert, events, content)
    spans = [info.expires - begins(alert, info) for info in alert.infos if info.expires is not None]
    if max(spans) <= FAR_LONGER * usual:
        return []
    hours = {"hours": _hours(max(spans)), "usual_hours": _hours(usual)}
    text = "in force for {hours:g} hours, where {usual_hours:g} are usual for this event and level".format_map(hours)
    return [
        {"rule": Rule.PERIOD_LONG, "element": "alert/info/expires", "level": "advice", "text": text, "values": hours}
    ]


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)
