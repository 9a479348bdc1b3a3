"""Which event a warning is about: authority is judged by it, so code, words and languages are of one event."""

from __future__ import annotations

from datetime import timedelta

from approvals.event import CODE, Events
from approvals.event_words import Recognised, recognise
from approvals.level import Level
from hub.alert.alert import Alert
from hub.errors import Invalid
from hub.rules.rule import Rule

#: parameters and codes by which senders name a 12379 event type (GB/T 35561)
EVENT_CODE_NAMES = frozenset({"eventType", "12379", "GB/T 35561"})


def codes_of(alert: Alert) -> tuple[str, ...]:
    """The 12379 event codes of a warning, each once."""
    named = (code.value for info in alert.infos for code in info.event_codes if code.name in EVENT_CODE_NAMES)
    return tuple(dict.fromkeys(named))


def event_of(alert: Alert) -> str:
    """The 12379 event code where the alert has one, else the event in words."""
    codes = codes_of(alert)
    return codes[0] if codes else (alert.infos[0].event if alert.infos else "")


def words_of(alert: Alert) -> tuple[str, ...]:
    """What a warning calls its event, in every language, each once."""
    return tuple(dict.fromkeys(info.event for info in alert.infos))


def category_of(alert: Alert) -> str:
    """The leading CAP category; empty where none is stated."""
    return next((info.categories[0] for info in alert.infos if info.categories), "")


def recognise_event(events: Events, alert: Alert) -> Recognised:
    """The event of a warning by the table."""
    return recognise(events, codes_of(alert), words_of(alert), category_of(alert))


def usual_period(events: Events, alert: Alert, level: Level) -> timedelta | None:
    """For how long a warning of this event and level usually stands; None where nobody says."""
    return events.usual_period(recognise_event(events, alert).key, level)


def must_be_one_event(alert: Alert) -> None:
    """Raises Invalid where a 12379 event code is malformed, or where two of them differ in one language or in two.

    A second code would be judged by the rule of the first; a blank or a full-width digit by the rule for any event.
    """
    codes = sorted(codes_of(alert))
    place = "alert/info/eventCode"
    for code in codes:
        if not CODE.fullmatch(code):
            raise Invalid(f"{code[:32]!r} is not a 12379 event code such as 11B03", rule=Rule.N7, place=place)
    if len(codes) > 1:
        raise Invalid(f"one warning is about one event, not {' and '.join(codes)}", rule=Rule.X13, place=place)
