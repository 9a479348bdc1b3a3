"""How a warning is named after the fact: its event without colour and rank, and what it is called."""

from __future__ import annotations

import re

from approvals.event import Events
from approvals.event_words import recognise
from approvals.legible import plain_letters
from approvals.level import Level
from approvals.level_words import COLOUR
from hub.alert.alert import Info
from hub.dossier.event import EVENT_CODE_NAMES
from hub.dossier.notice import ALARM as OPERATORS_ALARM
from hub.dossier.notice import EVACUATION, PLACE, notice_in, value_of
from hub.text import line
from templates.all_clear import NamedWarning

_MOST = 100  #: characters of an event's name
#: what a name may end in, when its author wrote the whole warning there; of a text in plain letters
_TAIL = re.compile(
    rf"(?:[\s,:：]*(?:{COLOUR})?\s*(?:预警信号|预警|警报|warning signal|warning|alert))?[\s]*(?:[\[【(（「].*)?$"
)
_HEAD = re.compile(rf"\s*(?:{COLOUR})(?!\W*tide)\s*")  # a red tide is an event
_STATION = re.compile(r"气象(?:台|局|站|中心|服务中心|信息中心)$|氣象(?:台|局|站|中心)$")
_SEVERAL = re.compile(r"[、,，;；和与與及]|联合|聯合")
SIGNAL, ALARM = "预警信号", "警报"


def name_warning(events: Events, info: Info) -> NamedWarning:
    """The warning of an info block, as a sentence about it names it."""
    notice = notice_in([info])
    if notice == EVACUATION:
        return NamedWarning(line(info.event, _MOST), "", "notice", line(value_of(info, PLACE), _MOST))
    if notice == OPERATORS_ALARM:
        return NamedWarning(hazard_of(info.event), "", "alarm")
    return NamedWarning(hazard_of(info.event), Level.of_severity(info.severity).word, term_of(events, info))


def hazard_of(event: str) -> str:
    """The event alone: 暴雨 of 暴雨红色预警信号, flash flood of Flash Flood Warning; never empty."""
    whole = line(event, _MOST)
    plain = plain_letters(whole)
    head, tail = _HEAD.match(plain), _TAIL.search(plain)
    name = whole[head.end() if head is not None else 0 : tail.start() if tail is not None else None].strip() or whole
    # An event in title case stands in the middle of a sentence here; NWS and 3rd stay as they are.
    return name.lower() if name.isascii() and name.istitle() else name


def term_of(events: Events, info: Info) -> str:
    """What a warning is called: signal (预警信号), alarm (警报) or warning (预警).

    A signal is a weather station's alone: the same danger is a 预警 in the mouth of a government or a department
    (气象灾害防御条例 art. 30). An alarm is one whose own headline says so.
    """
    codes = [code.value for code in info.event_codes if code.name in EVENT_CODE_NAMES]
    event = events.of(recognise(events, codes, (info.event, info.headline)).key)
    terms = event.terms if event is not None else ()
    sender = info.sender_name.strip()
    if (not terms or SIGNAL in terms) and _STATION.search(sender) and not _SEVERAL.search(sender):
        return "signal"
    return "alarm" if ALARM in terms and ALARM in info.headline else "warning"
