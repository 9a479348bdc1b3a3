"""That an urgent evacuation notice says its prepared words and no other: its text is made anew and compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from approvals.event import Events
from approvals.stated_level import stated_levels
from hub.alert import Alert, Info, MsgType
from hub.errors import Invalid
from hub.release.notice import BY, EVACUATION, HAZARD, PLACE, REFUGE, notice_of, value_of
from templates.catalog import Catalog
from templates.evacuation_notice import Order, Prepared, evacuation_words

RULE = "evacuation-text"
LONGEST_PLACE = 60  #: characters of a place: a name, not an essay
LONGEST_CONTACT = 60
LATEST = timedelta(hours=48)  #: how far ahead people may be told to be away: what is later is no urgent notice
_PARTS = ("event", "headline", "description", "instruction")
#: no signs that a link, a second line or a reversed text is made of
_PLAIN = re.compile(r"(?=.*[^\W_])[\w \-·、，()（）'’]+")
_CONTACT = re.compile(r"(?=.*[^\W_])[\w +\-()（）]+")
_LEVEL = re.compile(
    r"预警|預警|警报|警報|[红橙黄蓝紅黃藍]色|[一二三四ⅠⅡⅢⅣ]级|\b(?:red|orange|yellow|blue|warning|alert)\b",
    re.IGNORECASE,
)


def must_be_prepared(alert: Alert, catalog: Catalog, events: Events) -> None:
    """Raises Invalid where a notice says anything but its prepared words with fit values in their places."""
    if notice_of(alert) != EVACUATION or alert.msg_type is MsgType.CANCEL:  # a Cancel is the hub's own all-clear
        return
    if alert.msg_type is not MsgType.ALERT:
        text = "an urgent evacuation notice is not updated: lift it, and issue another"
        raise Invalid(text, rule=RULE, place="alert/msgType")
    spoken = [info.language.casefold() for info in alert.infos]
    if len(set(spoken)) != len(spoken):
        raise Invalid("one block for each language", rule=RULE, place="alert/info/language")
    for number, info in enumerate(alert.infos, start=1):
        for part, why in _faults(alert, info, catalog, events):
            raise Invalid(why, rule=RULE, place=f"alert/info[{number}]/{part}")


def prepared_words(info: Info, catalog: Catalog) -> Prepared | None:
    """The words of the block by what was filled in; None where its language or its time is none."""
    try:
        by = datetime.fromisoformat(value_of(info, BY))
    except ValueError:
        return None
    order = Order(value_of(info, HAZARD), info.sender_name, value_of(info, PLACE), value_of(info, REFUGE), by)
    return evacuation_words(catalog.words(info.language), order)


def unfit_text(text: str, events: Events, most: int = LONGEST_PLACE) -> str:
    """Why a text may not be filled in; empty where it may."""
    if not text.strip() or len(text) > most:
        return f"1 to {most} characters"
    if stated_levels(text, events) or _LEVEL.search(text):
        return "it names no warning, no level and no colour"
    if not _PLAIN.fullmatch(text):
        return "letters, digits, spaces and the marks of place names on one line"
    return ""


def _faults(alert: Alert, info: Info, catalog: Catalog, events: Events) -> Iterator[tuple[str, str]]:
    for name in (PLACE, REFUGE):
        if why := unfit_text(value_of(info, name), events):
            yield f"parameter[{name}]", why
    if info.contact and not _is_contact(info.contact):
        yield "contact", f"a telephone number, with at most {LONGEST_CONTACT} characters"
    made = prepared_words(info, catalog)
    if made is None:
        yield "language", f"no urgent evacuation notice is prepared in {info.language[:35]}"
        return
    by = datetime.fromisoformat(value_of(info, BY))
    if by.tzinfo is None or not alert.sent < by <= alert.sent + LATEST:
        yield f"parameter[{BY}]", f"a time with its offset, at most {LATEST.total_seconds() / 3600:g} hours ahead"
    hazard = {name for event in events for name in (event.zh, event.en, event.en.lower())}
    if events.by_key and value_of(info, HAZARD) not in hazard:
        yield f"parameter[{HAZARD}]", "the name of an event of the table"
    for part in _PARTS:
        if getattr(info, part) != getattr(made, part):
            yield part, "it is not the prepared text"
    if info.resources or info.web or info.audience:
        yield "resource", "an urgent evacuation notice carries nothing beside its text"
    if "Evacuate" not in info.response_types:
        yield "responseType", "Evacuate (CAP 1.2 §3.2.2)"


def _is_contact(text: str) -> bool:
    return len(text) <= LONGEST_CONTACT and _CONTACT.fullmatch(text) is not None and not _LEVEL.search(text)
