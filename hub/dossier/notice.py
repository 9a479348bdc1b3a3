"""Messages that carry no level in their words: an urgent evacuation notice (紧急转移通知), an operator's alarm.

What a message is stands in its CAP as a parameter of every block, beside what was filled into the prepared words: so it
is part of what is signed, and its words can be made anew from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from hub.alert.alert import Alert, Info, NamedValue

PARAMETER = "notice"  #: valueName of CAP 1.2 §3.2.2 parameter
EVACUATION, ALARM = "evacuation", "alarm"
_UNFIT = re.compile(r"[\s,<&]")  # CAP 1.2 §3.2.1 sender
PLACE, REFUGE, BY, HAZARD = "evacuation-place", "evacuation-refuge", "evacuation-by", "evacuation-hazard"


def notice_of(alert: Alert) -> str:
    """Which notice a message is; empty for a warning. One block that says so is enough to be held against its rules."""
    return notice_in(alert.infos)


def notice_in(infos: Iterable[Info]) -> str:
    """Which notice these blocks of a message are; empty for a warning."""
    named = (parameter.value for info in infos for parameter in info.parameters if parameter.name == PARAMETER)
    return next((value for value in named if value in (EVACUATION, ALARM)), "")


def sender_of(unit: str) -> str:
    """The CAP sender of a notice that a unit issues."""
    return _UNFIT.sub("-", unit)


def value_of(info: Info, name: str) -> str:
    """What was filled in under this name; empty where nothing was."""
    return next((parameter.value for parameter in info.parameters if parameter.name == name), "")


def parameters_of(hazard: str, place: str, refuge: str, by: datetime) -> tuple[NamedValue, ...]:
    """The parameters of a block of an urgent evacuation notice."""
    filled = ((PARAMETER, EVACUATION), (HAZARD, hazard), (PLACE, place), (REFUGE, refuge), (BY, by.isoformat()))
    return tuple(NamedValue(name, value) for name, value in filled)
