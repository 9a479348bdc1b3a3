"""Reads the table of events from TOML, word by word: what is wrong in it is refused with file, event and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from approvals.event import CODE, COUNTY_UP, READ, Event, Events, Issuer
from approvals.level import Level
from approvals.territory import FOREIGN, TIERS
from targeting.region import is_chinese

COLOURS = tuple(level.word for level in sorted(Level))
WHITE = "white"  #: below blue, in some provinces only; no 12379 severity
CATEGORIES = frozenset(  # CAP 1.2 §3.2.2
    {"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"}
)
TERMS = frozenset({"预警信号", "预警", "警报", "预报", "速报", "信息", "提示", "通告", "风险警示", "信号"})
PATHS = frozenset({"seconds", "minutes"})
CERTAINTY = frozenset({"S", "P", "I", "H", "I1", "I2", "I3", "I4", "I5", "none"})
LONGEST_HOURS = 24 * 31

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OET = re.compile(r"OET-[0-9]{3}")
_DEMANDED = ("zh", "en", "categories", "terms", "levels", "issuers", "law", "words", "english", "certainty")
_EVENT = frozenset(
    {*_DEMANDED, "code", "oet", "same", "with", "hours", "emergency", "standing", "never", "actions", "note", "area"}
)
_CERTAIN = frozenset({"code", "levels", "issuers", "hours"})


class EventsRefused(Exception):
    """The table of events cannot be trusted: names the event, the key and what is wrong."""


def load_events(path: Path) -> Events:
    """The table of a file. Raises EventsRefused naming the file, the event and what is wrong."""
    try:
        return _events_in(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EventsRefused(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise EventsRefused(f"{path}: not UTF-8: save it in this encoding") from None
    except tomllib.TOMLDecodeError as error:
        raise EventsRefused(f"{path}: not TOML: {error}") from None
    except EventsRefused as error:
        raise EventsRefused(f"{path}: {error}") from None


@lru_cache(maxsize=4)
def _events_in(text: str) -> Events:
    """The table of a text, read once: it never changes, and takes longer than all else that a start reads."""
    return events_of(tomllib.loads(text))


def events_of(tree: Mapping[str, Any]) -> Events:
    """The table of a parsed tree. Raises EventsRefused."""
    _must_be_known(tree, {"kinds", "event"}, "events")
    kinds = {word: _text(meaning, f"kinds: {word}") for word, meaning in _table(tree.get("kinds"), "kinds").items()}
    if not kinds:
        raise EventsRefused("kinds: no kind of unit is named: nobody could be competent")
    blocks = _table(tree.get("event"), "event")
    if not blocks:
        raise EventsRefused("event: no event is named, [event.KEY]")
    found = {key: _event(key, _table(block, f"event {key}"), kinds) for key, block in blocks.items()}
    _refuse_doubles(found.values())
    return Events(found, kinds)


def _event(key: str, block: Mapping[str, Any], kinds: Mapping[str, str]) -> Event:
    place = f"event {key}"
    if not _KEY.fullmatch(key):
        raise EventsRefused(f"{place}: a key is lower-case letters, digits and underscores, at most 64")
    _must_be_known(block, _EVENT, place)
    if absent := [name for name in _DEMANDED if name not in block]:
        raise EventsRefused(f"{place}: {absent[0]} is missing")
    together = _table(block.get("with", {}), f"{place}: with")
    _must_be_known(together, {"all", "consulted"}, f"{place}: with")
    same = _table(block.get("same", {}), f"{place}: same")
    _must_be_known(same, {"code", "fit"}, f"{place}: same")
    certainty = _certainty(block["certainty"], f"{place}: certainty")
    law = _text(block["law"], f"{place}: law", empty=certainty.get("issuers") != READ)
    return Event(
        key=key,
        zh=_text(block["zh"], f"{place}: zh"),
        en=_text(block["en"], f"{place}: en"),
        categories=_words(block["categories"], f"{place}: categories", CATEGORIES),
        issuers=_issuers(block["issuers"], f"{place}: issuers", kinds),
        law=law,
        code=_read_cell(block.get("code", ""), CODE, f"{place}: code", "a 12379 event code such as 11B03"),
        oet=_read_cell(block.get("oet", ""), _OET, f"{place}: oet", "a code such as OET-159"),
        same=_text(same.get("code", ""), f"{place}: same: code", empty=True),
        same_fit=_text(same.get("fit", ""), f"{place}: same: fit", empty=True),
        terms=_words(block["terms"], f"{place}: terms", TERMS, empty=True),
        levels=_words(block["levels"], f"{place}: levels", COLOURS, empty=True),
        area_levels=_areas(block.get("area", {}), f"{place}: area"),
        signers=_words(together.get("all", []), f"{place}: with: all", kinds, empty=True),
        consulted=_words(together.get("consulted", []), f"{place}: with: consulted", kinds, empty=True),
        hours=_hours(block.get("hours", {}), f"{place}: hours"),
        path=_one_of(block.get("emergency", ""), PATHS | {""}, f"{place}: emergency"),
        standing=_text(block.get("standing", ""), f"{place}: standing", empty=True),
        words=_phrases(block["words"], f"{place}: words"),
        english=_phrases(block["english"], f"{place}: english"),
        never=_phrases(block.get("never", []), f"{place}: never", empty=True),
        actions=_actions(block.get("actions", {}), f"{place}: actions"),
        certainty=certainty,
    )


def _refuse_doubles(events: Iterable[Event]) -> None:
    """A word that stands for two events would give one of them to the other's office."""
    seen: dict[str, str] = {}
    for event in events:
        for word in dict.fromkeys(text.casefold() for text in event.texts):
            if (other := seen.setdefault(word, event.key)) != event.key:
                raise EventsRefused(f"event {event.key}: words: {word!r} stands for {other} already")


def _issuers(value: Any, place: str, kinds: Mapping[str, str]) -> tuple[Issuer, ...]:
    """Words such as ``water`` or ``government@province/prefecture``."""
    found = []
    for word in _phrases(value, place):
        kind, at, tiers = word.partition("@")
        named = frozenset(tiers.split("/")) if at else COUNTY_UP if kind == "government" else frozenset()
        if kind not in kinds:
            raise EventsRefused(f"{place}: {kind!r} is not one of the kinds of unit: {', '.join(sorted(kinds))}")
        if strange := sorted(named - {*TIERS, FOREIGN}):
            raise EventsRefused(f"{place}: {word}: {strange[0]!r} is not one of {', '.join(TIERS)}")
        found.append(Issuer(kind, named))
    return tuple(found)


def _areas(value: Any, place: str) -> dict[str, tuple[str, ...]]:
    """What an area has instead: today its levels, and white only there."""
    found = {}
    for area, block in _table(value, place).items():
        if not is_chinese(area):
            raise EventsRefused(f"{place}: {area!r} is not a region key of 12 digits")
        table = _table(block, f"{place} {area}")
        _must_be_known(table, {"levels"}, f"{place} {area}")
        found[area] = _words(table.get("levels"), f"{place} {area}: levels", (WHITE, *COLOURS))
    return found


def _hours(value: Any, place: str) -> dict[str, float]:
    table = _table(value, place)
    for word, hours in table.items():
        _one_of(word, frozenset(COLOURS), place)
        if type(hours) not in (int, float) or not 0 < hours <= LONGEST_HOURS:
            raise EventsRefused(f"{place}: {word}: {hours!r} is not a number of hours up to {LONGEST_HOURS}")
    return {word: float(hours) for word, hours in table.items()}


def _certainty(value: Any, place: str) -> dict[str, str]:
    table = _table(value, place)
    _must_be_known(table, _CERTAIN, place)
    return {name: _one_of(word, CERTAINTY, f"{place}: {name}") for name, word in table.items()}


def _actions(value: Any, place: str) -> dict[str, str]:
    return {language: _text(text, f"{place}: {language}") for language, text in _table(value, place).items()}


def _read_cell(value: Any, shape: re.Pattern[str], place: str, like: str) -> str:
    if value != "" and not (isinstance(value, str) and shape.fullmatch(value)):
        raise EventsRefused(f"{place}: {value!r} is not {like}; leave it out where no table shows one")
    return str(value)


def _words(value: Any, place: str, known: Iterable[str], *, empty: bool = False) -> tuple[str, ...]:
    allowed = frozenset(known)
    return tuple(_one_of(word, allowed, place) for word in _phrases(value, place, empty=empty))


def _phrases(value: Any, place: str, *, empty: bool = False) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() == word != "" for word in value):
        raise EventsRefused(f"{place}: a list of words")
    if len(set(value)) != len(value):
        raise EventsRefused(f"{place}: a word stands twice")
    if not value and not empty:
        raise EventsRefused(f"{place}: at least one")
    return tuple(value)


def _one_of(word: Any, known: frozenset[str], place: str) -> str:
    if not isinstance(word, str) or word not in known:
        raise EventsRefused(f"{place}: {word!r} is not one of {', '.join(sorted(known - {''}))}")
    return word


def _text(value: Any, place: str, *, empty: bool = False) -> str:
    if not isinstance(value, str) or (not empty and not value.strip()):
        raise EventsRefused(f"{place}: a text that is not empty")
    return value


def _table(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise EventsRefused(f"{place}: a table")
    return value


def _must_be_known(table: Mapping[str, Any], keys: Iterable[str], place: str) -> None:
    if unknown := sorted(set(table) - set(keys)):
        raise EventsRefused(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(sorted(keys))}")
