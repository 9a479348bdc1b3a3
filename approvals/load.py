"""Reads the authority policy from TOML, word by word; what it says is then checked by `approvals.check`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from approvals import check
from approvals.authority import LIFTING, Policy, PolicyRefused
from approvals.decision import STEP_RIGHTS
from approvals.evacuation import NOTICE, Evacuation
from approvals.event import NO_EVENTS, Events
from approvals.event_pattern import SHORTENED, spelt_out
from approvals.extent import WarningScope
from approvals.garrison import ALWAYS
from approvals.level import Level
from approvals.override import NEVER
from approvals.pattern import within
from approvals.reading import SCOPES, ReadingPolicy
from approvals.rule import COMPETENT, RELEASE_PATH, AuthorityRule, Emergency, Partners, Period, Units
from approvals.territory import FOREIGN, TIERS
from targeting.region import NATION

BEIJING = timezone(timedelta(hours=8))  #: legal time of the whole country: what a bare date in the file means
ACTS = {right.value: right for right in sorted(RELEASE_PATH)}
_TOP = frozenset(
    {"rule", "kinds", "offices", "superior_may_override", "cancel_countersign_minutes"}
    | {"override", "garrison", "evacuation", "reading"}
)
_DEMANDED = ("id", "levels", "events", "steps", "source")
_RULE = frozenset(
    {*_DEMANDED, "area", "channels", "from", "until", "longest_hours", "who", *ACTS, "cancel", "relay", "refer_to"}
    | {"delegable", "emergency", "public", "precedence", "joint", "consulted"}
)
#: keys of earlier versions, by what they are called now
_RENAMED = {"hand_up": "refer_to"}
_UNITS = frozenset({"tiers", "kinds", "offices", "outside"})
_EXTENT = frozenset({"levels", "events", "source"})
_EMERGENCY = frozenset({"events", "steps", "countersign_minutes"})
_EVACUATION = frozenset({"events", "tiers", "kinds", "severity", "hours", "countersign_minutes", "source"})


@dataclass(frozen=True, slots=True)
class KnownWords:
    """The kinds of unit, the offices and the events a rule may name."""

    kinds: Mapping[str, str]
    offices: Mapping[str, str]
    events: Events


def load_policy(path: Path, events: Events = NO_EVENTS) -> Policy:
    """The policy of a file, over a table of events. Raises PolicyRefused naming file, rule and what is wrong."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyRefused(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise PolicyRefused(f"{path}: not UTF-8: save it in this encoding") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyRefused(f"{path}: not TOML: {error}") from None
    try:
        return policy_of(tree, events)
    except PolicyRefused as error:
        raise PolicyRefused(f"{path}: {error}") from None


def policy_of(tree: Mapping[str, Any], events: Events = NO_EVENTS) -> Policy:
    """The policy of a parsed tree, over a table of events. Raises PolicyRefused."""
    _must_be_known(tree, _TOP, "policy")
    words = KnownWords(_kinds(tree, events), _vocabulary(tree, "offices"), events)
    tables = tree.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise PolicyRefused("rule: rules are tables, [[rule]]")
    rules = tuple(_rule(table, number, words) for number, table in enumerate(tables, start=1))
    check.refuse(rules)
    minutes = tree.get("cancel_countersign_minutes", LIFTING.countersign.total_seconds() / 60)
    lifting = Emergency(LIFTING.events, LIFTING.steps, _minutes(minutes, "cancel_countersign_minutes"))
    override = _flag(tree.get("superior_may_override", True), "superior_may_override")
    law = _extent(tree["override"], events, "override") if "override" in tree else NEVER
    garrison = _extent(tree["garrison"], events, "garrison") if "garrison" in tree else ALWAYS
    evacuation = _evacuation(tree["evacuation"], words) if "evacuation" in tree else None
    reading = _reading(tree.get("reading", {}))
    return Policy(rules, words.kinds, words.offices, override, lifting, law, events, garrison, evacuation, reading)


def _reading(value: Any) -> ReadingPolicy:
    """How far officials and monitors read; what is left out is as everywhere."""
    if not isinstance(value, dict):
        raise PolicyRefused("reading: a table of officials, monitors")
    _must_be_known(value, frozenset({"officials", "monitors"}), "reading")
    for key, scope in value.items():
        if scope not in SCOPES:
            raise PolicyRefused(f"reading: {key}: {scope!r} is not one of {', '.join(SCOPES)}")
    return ReadingPolicy(**value)


def _rule(table: Mapping[str, Any], number: int, words: KnownWords) -> AuthorityRule:
    place = f"rule {table.get('id') or f'number {number}'}"
    _must_be_known(table, _RULE, place)
    if absent := [key for key in _DEMANDED if key not in table]:
        raise PolicyRefused(f"{place}: {absent[0]} is missing")
    who = _units(table.get("who", {}), Units(), words, f"{place}: who")
    acts = {act: _units(table[key], who, words, f"{place}: {key}") for key, act in ACTS.items() if key in table}
    precedence = table.get("precedence", 0)
    if type(precedence) is not int:
        raise PolicyRefused(f"{place}: precedence: {precedence!r} is not an integer")
    return AuthorityRule(
        id=_name(table["id"], f"{place}: id"),
        levels=_levels(table["levels"], place),
        events=(events := spelt_out(words.events, _events(table["events"], f"{place}: events"), f"{place}: events")),
        steps=_steps(table["steps"], f"{place}: steps"),
        source=_text(table["source"], f"{place}: source"),
        area=_text(table.get("area", NATION), f"{place}: area"),
        channels=frozenset(_words(table["channels"], f"{place}: channels")) if "channels" in table else frozenset(),
        period=_period(table, place),
        longest=_longest(table, place),
        who=who,
        acts=acts,
        lifting=_units(table["cancel"], who, words, f"{place}: cancel") if "cancel" in table else None,
        relaying=_units(table.get("relay", {}), Units(), words, f"{place}: relay"),
        refer_to=_tier(table["refer_to"], f"{place}: refer_to") if "refer_to" in table else "",
        emergency=_emergency(table["emergency"], words.events, events, f"{place}: emergency")
        if "emergency" in table
        else None,
        delegable=_flag(table.get("delegable", True), f"{place}: delegable"),
        public=_flag(table.get("public", True), f"{place}: public"),
        precedence=precedence,
        partners=_partners(table, words, place),
    )


def _vocabulary(tree: Mapping[str, Any], key: str) -> dict[str, str]:
    table = tree.get(key, {})
    if not isinstance(table, dict):
        raise PolicyRefused(f"{key}: a table of word to what it means, [{key}]")
    return {word: _text(meaning, f"{key}: {word}") for word, meaning in table.items()}


def _kinds(tree: Mapping[str, Any], events: Events) -> Mapping[str, str]:
    """One set of kinds for every policy: the table of events has it, where there is one."""
    if events.kinds and "kinds" in tree:
        raise PolicyRefused("kinds: the table of events names the kinds of unit: add yours there, under [kinds]")
    return events.kinds or _vocabulary(tree, "kinds")


def _units(value: Any, base: Units, words: KnownWords, place: str) -> Units:
    """What the table names; what it leaves out is as in `base`."""
    if not isinstance(value, dict):
        raise PolicyRefused(f"{place}: a table of {', '.join(sorted(_UNITS))}")
    _must_be_known(value, _UNITS, place)
    known: dict[str, Iterable[str]] = {"tiers": (*TIERS, FOREIGN), "kinds": _kinds_of(words), "offices": words.offices}
    found = {}
    for key, allowed in known.items():
        named = _words(value.get(key, []), f"{place}: {key}", empty=True)
        _among(named, set(allowed), f"{place}: {key}")
        found[key] = frozenset(named) if key in value else getattr(base, key)
    outside = _flag(value.get("outside", False), f"{place}: outside")
    if outside and not found["kinds"]:
        raise PolicyRefused(f"{place}: outside: name the kinds of the units that may: not every unit of the land")
    return Units(found["tiers"], found["kinds"], found["offices"], outside)


def _partners(table: Mapping[str, Any], words: KnownWords, place: str) -> Partners | None:
    """The kinds that issue too and that are consulted; None where the rule leaves both to the table of events."""
    if not {"joint", "consulted"} & set(table):
        return None
    found = {key: _words(table.get(key, []), f"{place}: {key}", empty=True) for key in ("joint", "consulted")}
    for key, kinds in found.items():
        _among(kinds, set(words.kinds), f"{place}: {key}")
    return Partners(found["joint"], found["consulted"])


def _kinds_of(words: KnownWords) -> Iterable[str]:
    return (*words.kinds, COMPETENT) if words.events.by_key else words.kinds


def _levels(value: Any, place: str) -> frozenset[Level]:
    words = _words(value, f"{place}: levels")
    try:
        # Some events are released by territory whatever the level (浙江条例 2020 art. 19): "*" is every level.
        return frozenset(Level) if words == ("*",) else frozenset(map(Level.of, words))
    except ValueError as error:
        raise PolicyRefused(f"{place}: levels: {error}") from None


def _events(value: Any, place: str) -> tuple[str, ...]:
    events = tuple(re.sub(r"\*+", "*", word) for word in _words(value, place))  # two stars say what one says
    for pattern in events:
        if set("?[]") & set(pattern):
            raise PolicyRefused(f"{place}: {pattern!r}: only * stands for other text")
    for i, pattern in enumerate(events):
        for j, other in enumerate(events):
            if i != j and within(pattern, other) and not (within(other, pattern) and i < j):
                raise PolicyRefused(f"{place}: {pattern!r} is already in {other!r}")
    return events


def _steps(value: Any, place: str) -> dict[str, int]:
    if not isinstance(value, dict):
        raise PolicyRefused(f"{place}: a table of step to number of persons")
    _among(tuple(value), set(STEP_RIGHTS), place)
    for step, number in value.items():
        if type(number) is not int or not 0 <= number <= 9:
            raise PolicyRefused(f"{place}: {step}: {number!r} is not a number of persons from 0 to 9")
    if value.get("sign", 0) < 1:
        raise PolicyRefused(f"{place}: at least one person must sign (签发, DB45/T 2427-2021 6.1)")
    return dict(value)


def _emergency(value: Any, table: Events, events: tuple[str, ...], place: str) -> Emergency:
    if not isinstance(value, dict):
        raise PolicyRefused(f"{place}: a table of {', '.join(sorted(_EMERGENCY))}")
    _must_be_known(value, _EMERGENCY, place)
    if absent := sorted(_EMERGENCY - set(value)):
        raise PolicyRefused(f"{place}: {absent[0]} is missing")
    minutes = _minutes(value["countersign_minutes"], f"{place}: countersign_minutes")
    named = _events(value["events"], f"{place}: events")
    found = spelt_out(table, named, f"{place}: events")
    if SHORTENED in named:  # of the events of the table those that are the rule's
        found = tuple(event for event in found if any(within(event, mine) for mine in events))
    return Emergency(found, _steps(value["steps"], f"{place}: steps"), minutes)


def _evacuation(value: Any, words: KnownWords) -> Evacuation:
    """Who may order people out by prepared words: one who drafts, one who signs, and a countersignature afterwards."""
    place = NOTICE
    if not isinstance(value, dict):
        raise PolicyRefused(f"{place}: a table of {', '.join(sorted(_EVACUATION))}")
    _must_be_known(value, _EVACUATION, place)
    if absent := sorted(_EVACUATION - set(value)):
        raise PolicyRefused(f"{place}: {absent[0]} is missing")
    lasts = _longest({"longest_hours": value["hours"]}, place) or timedelta()
    events = spelt_out(words.events, _events(value["events"], f"{place}: events"), f"{place}: events")
    minutes = _minutes(value["countersign_minutes"], f"{place}: countersign_minutes")
    units = {key: value[key] for key in ("tiers", "kinds")}
    severity = _text(value["severity"], f"{place}: severity")
    _among((severity,), {level.severity for level in Level}, f"{place}: severity")
    rule = AuthorityRule(
        id=NOTICE,
        levels=frozenset(Level),
        events=events,
        steps={"sign": 1},
        source=_text(value["source"], f"{place}: source"),
        who=_units(units, Units(), words, place),
        emergency=Emergency(events, {"sign": 1}, minutes),
        delegable=False,
    )
    return Evacuation(rule, severity, lasts)


def _extent(value: Any, table: Events, place: str) -> WarningScope:
    if not isinstance(value, dict):
        raise PolicyRefused(f"{place}: a table of {', '.join(sorted(_EXTENT))}")
    _must_be_known(value, _EXTENT, place)
    if absent := sorted({"levels", "source"} - set(value)):
        raise PolicyRefused(f"{place}: {absent[0]} is missing")
    events = spelt_out(table, _events(value.get("events", ["*"]), f"{place}: events"), f"{place}: events")
    return WarningScope(_levels(value["levels"], place), events, _text(value["source"], f"{place}: source"))


def _period(table: Mapping[str, Any], place: str) -> Period:
    start, until = (_moment(table.get(key), f"{place}: {key}") for key in ("from", "until"))
    if start is not None and until is not None and until <= start:
        raise PolicyRefused(f"{place}: until: the rule is over before it begins")
    return Period(start, until)


def _moment(value: Any, place: str) -> datetime | None:
    """A date is its first moment in Beijing; a time must carry its offset."""
    if value is None or (isinstance(value, datetime) and value.tzinfo is not None):
        return value
    if type(value) is date:
        return datetime.combine(value, time(), BEIJING)
    raise PolicyRefused(f"{place}: {value!r} is not a date, nor a time with its offset")


def _longest(table: Mapping[str, Any], place: str) -> timedelta | None:
    hours = table.get("longest_hours")
    if hours is None:
        return None
    if type(hours) not in (int, float) or not 0 < hours <= 24 * 366:
        raise PolicyRefused(f"{place}: longest_hours: {hours!r} is not a number of hours up to a year")
    return timedelta(hours=hours)


def _minutes(value: Any, place: str) -> timedelta:
    # [H] of the rule it comes from: a paper that follows a day later follows too late.
    if type(value) not in (int, float) or not 1 <= value <= 24 * 60:
        raise PolicyRefused(f"{place}: {value!r} is not a number of minutes from 1 to a day")
    return timedelta(minutes=value)


def _tier(value: Any, place: str) -> str:
    word = _text(value, place)
    _among((word,), set(TIERS), place)
    return word


def _flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise PolicyRefused(f"{place}: true or false, not {value!r}")
    return value


def _name(value: Any, place: str) -> str:
    name = _text(value, place)
    if "+" in name or name != "".join(name.split()):
        raise PolicyRefused(f"{place}: {name!r}: without + and spaces, because answers join names by +")
    return name


def _must_be_known(table: Mapping[str, Any], keys: frozenset[str], place: str) -> None:
    if unknown := sorted(set(table) - keys):
        if _RENAMED.get(unknown[0]) in keys:
            raise PolicyRefused(f"{place}: unknown key {unknown[0]!r}; it is called {_RENAMED[unknown[0]]!r} now")
        raise PolicyRefused(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(sorted(keys))}")


def _among(words: tuple[str, ...], known: set[str], place: str) -> None:
    for word in words:
        if word not in known:
            raise PolicyRefused(f"{place}: {word!r} is not one of {', '.join(sorted(known))}")


def _words(value: Any, place: str, *, empty: bool = False) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise PolicyRefused(f"{place}: a list of words")
    if not value and not empty:
        raise PolicyRefused(f"{place}: an empty list applies to nothing")
    return tuple(value)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PolicyRefused(f"{place}: a text that is not empty")
    return value
