"""How long a warning of an event is in force as a rule."""

from __future__ import annotations

from datetime import timedelta

from hub.settings import Settings

#: a period this many times the usual one is far longer than it
FAR_LONGER = 3


def usual_period(settings: Settings, event: str) -> timedelta:
    """The usual period of an event, by its 12379 code or its words."""
    content = settings.content
    return timedelta(hours=content.usual_hours_of.get(event, content.usual_hours))
