"""What a warning is called: 预警信号 is the weather stations' word, 预警 everybody's, others belong to single events.

气象灾害防御条例 (2017) art. 30 and 浙江省气象灾害防御条例 (2020) art. 19 reserve the signal; the table has the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from approvals.event import Event, Events
from approvals.legible import legible
from approvals.level_words import named_levels
from hub.alert.alert import Alert
from hub.dossier.event import recognise_event
from hub.rules.rule import Rule

SIGNAL, WARNING, ALARM = "预警信号", "预警", "警报"
STATION = "meteorological"

#: the word behind a level, an event at most between them: what this very warning is called
_SAID = re.compile(rf"[^，,。；;！!\s色]{{0,16}}?({SIGNAL}|{WARNING}|{ALARM})")
_LEVELS = frozenset({"colour", "grade"})
_PARTS = ("headline", "description", "instruction")


def wrong_terms(alert: Alert, events: Events, kind: str) -> Iterator[dict[str, Any]]:
    """Findings of words that a unit of this kind does not use for this event; each once in a part of a block."""
    event = events.of(recognise_event(events, alert).key) if alert.infos else None
    if event is None:
        return
    fitting = terms_of(event, kind)
    for number, info in enumerate(alert.infos, start=1):
        for part in _PARTS if not info.is_all_clear else ():
            for said in dict.fromkeys(_terms_said(getattr(info, part))):
                if said not in fitting:
                    values = {"said": said, "term": fitting[0], "event": event.zh, "kind": kind}
                    reserved = ", which is the weather stations' word" if said == SIGNAL and kind != STATION else ""
                    text = f"it says {said}{reserved}; a warning of {event.zh} by this unit is called {fitting[0]}"
                    element = f"alert/info[{number}]/{part}"
                    yield {
                        "rule": Rule.TERM_WRONG,
                        "element": element,
                        "level": "advice",
                        "text": text,
                        "values": values,
                    }


def _terms_said(text: str) -> Iterator[str]:
    plain = legible(text)
    levels = (named for named in named_levels(plain) if named.kind in _LEVELS)
    yield from (found[1] for named in levels if (found := _SAID.match(plain, named.end)) is not None)


def terms_of(event: Event, kind: str) -> tuple[str, ...]:
    """What a unit of this kind may call its warning of the event, the usual word first.

    预警 is the short form of the signal, and what everybody but a station calls the same danger.
    """
    own = [term for term in event.terms if term != SIGNAL or kind == STATION]
    short = [WARNING] if SIGNAL in event.terms else []
    return tuple(dict.fromkeys((*own, *short))) or (WARNING, ALARM)
