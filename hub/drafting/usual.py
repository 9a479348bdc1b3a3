"""How long a warning is in force as a rule."""

from __future__ import annotations

from datetime import timedelta

from approvals.event import Events
from hub.alert import Alert
from hub.drafting.text import level_of
from hub.release.event import usual_period
from hub.settings import ContentSettings

#: a period this many times the usual one is far longer than it
FAR_LONGER = 3


def usual_for(alert: Alert, events: Events, content: ContentSettings) -> timedelta:
    """The usual period of its event and level, by the table of events, else by the settings."""
    return usual_period(events, alert, level_of(alert)) or timedelta(hours=content.usual_hours)
