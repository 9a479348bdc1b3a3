"""Events a warning can be about: in which words, who is competent, for how long a warning of it usually stands (pure).

The code of an event says nothing about competence: 11B holds the signals of the weather stations, and heavy pollution
and the closing of schools beside them. So an event is known by its `key`; its code is one of its attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from approvals.level import Level
from approvals.pattern import matches
from approvals.territory import under

#: 12379 eventType: the digit 1, four major classes, a letter group, two digits (GB/T 35561 as the 12379 tables use it)
CODE = re.compile(r"1[1-4][A-Z][0-9]{2}")
READ = "S"  #: certainty of what was read in a law or a standard: only this binds as law
COUNTY_UP = frozenset({"country", "province", "prefecture", "county"})  #: 县级以上 (突发事件应对法 2024 art. 64)
GOVERNMENT = "government"
COMMANDS = frozenset({"flood-command", "fire-command"})  #: they act with their government's force
OPERATORS = frozenset({"dam-operator", "plant-operator"})  #: they alarm under a paper, in its texts for its zones
UNLISTED = "unlisted"  #: what the keys of events begin with that no table knows


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who may warn: a kind of unit, at these tiers; none named is every tier."""

    kind: str
    tiers: frozenset[str] = frozenset()

    def is_unit(self, kind: str, at: str) -> bool:
        """Whether a unit of this kind at this tier is one."""
        return kind == self.kind and (not self.tiers or at in self.tiers)


#: 突发事件应对法 2024 art. 64: governments from the county up warn of whatever no other law gives to somebody else
GOVERNMENTS = Issuer(GOVERNMENT, COUNTY_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the table. `words` are its names in Chinese, `english` those in English, each of one event only.

    `never` are phrases that hold one of its words and mean something else. `levels` are the colours there are of it,
    `white` among them in some areas; `area_levels` what an area has instead. `signers` warn together with the issuer
    (会同), `consulted` are only asked. `hours` is for how long a warning of a colour usually stands. `path` is the
    time scale of its shortened flow, such as ``minutes``; empty where it has none. `certainty` is by field.
    """

    key: str
    zh: str
    en: str
    categories: tuple[str, ...]  #: CAP 1.2 §3.2.2, the first leading
    issuers: tuple[Issuer, ...]
    law: str
    code: str = ""  #: 12379 eventType (GB/T 35561), empty where no table shows one
    oet: str = ""  #: OASIS Event Terms List v1.2
    same: str = ""  #: 47 CFR 11.31; `same_fit` says how well
    same_fit: str = ""
    terms: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    area_levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    signers: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    hours: Mapping[str, float] = field(default_factory=dict)
    path: str = ""
    standing: str = ""  #: who may hold a standing authorisation for it, in words
    words: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    actions: Mapping[str, str] = field(default_factory=dict)  #: what to do, by language
    certainty: Mapping[str, str] = field(default_factory=dict)

    @property
    def competent(self) -> tuple[Issuer, ...]:
        """Who may warn of it. What was only inferred binds nobody as law: then the governments may, too; and what a
        command body may its government may (突发事件应对法 2024 art. 20).
        """
        commanded = any(issuer.kind in COMMANDS for issuer in self.issuers)
        if GOVERNMENTS in self.issuers or (self.certainty.get("issuers") == READ and not commanded):
            return self.issuers
        return (*self.issuers, GOVERNMENTS)

    @property
    def names(self) -> frozenset[str]:
        """Whatever somebody may have written for it in a policy or a paper: key, code and words."""
        return frozenset({self.key, self.code, *self.texts} - {""})

    @property
    def texts(self) -> tuple[str, ...]:
        """Its names in words, each once."""
        return tuple(dict.fromkeys((self.zh, self.en, *self.words, *self.english)))

    def is_for(self, kind: str, at: str) -> bool:
        """Whether a unit of this kind at this tier may warn of it."""
        return any(issuer.is_unit(kind, at) for issuer in self.competent)

    def levels_in(self, area: str) -> tuple[str, ...]:
        """The colours there are of it in an area, the deepest law about it first."""
        own = [key for key in self.area_levels if under(key, area)]
        return self.area_levels[max(own, key=lambda key: len(key.rstrip("0")))] if own else self.levels

    def usual_period(self, level: Level) -> timedelta | None:
        """For how long a warning of this level usually stands; None where nobody says.

        A level the table does not list stands as long as the nearest one that it does.
        """
        listed = [(abs(Level.of(word) - level), hours) for word, hours in self.hours.items()]
        return timedelta(hours=min(listed)[1]) if listed else None


@dataclass(frozen=True, slots=True, eq=False)  # one table is one object: what is read from it is kept by it
class Events:
    """The table. `kinds` are the words for kinds of unit, each with what it means."""

    by_key: Mapping[str, Event] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.by_key.values())

    def of(self, key: str) -> Event | None:
        """The event of a key; for one that no table knows an event of its category, None where there is no table."""
        return self.by_key.get(key) or (unlisted_event(key) if key.startswith(UNLISTED) else None)

    def events_of_code(self, code: str) -> tuple[Event, ...]:
        """The events of a 12379 code: one code may stand for several."""
        return tuple(event for event in self if event.code == code) if code else ()

    def fitting(self, pattern: str) -> tuple[Event, ...]:
        """The events that a pattern of keys, codes or words speaks of."""
        return tuple(event for event in self if any(matches(pattern, name) for name in event.names))

    def usual_period(self, key: str, level: Level) -> timedelta | None:
        """`Event.usual_period` by the event's key."""
        event = self.of(key)
        return event.usual_period(level) if event is not None else None


def unlisted_key(category: str) -> str:
    """The key of an unknown hazard: it goes under its CAP category."""
    return f"{UNLISTED}-{category.casefold() or 'other'}"


def unlisted_event(key: str) -> Event:
    """An event that no table knows: the governments answer for it (突发事件应对法 2024 art. 64)."""
    category = key.removeprefix(f"{UNLISTED}-")
    law = "突发事件应对法 (2024) art. 64"
    return Event(
        key=key,
        zh="未列入的事件",
        en="Unlisted event",
        categories=(category,),
        issuers=(GOVERNMENTS,),
        law=law,
        terms=("预警",),
        levels=("blue", "yellow", "orange", "red"),
    )


#: no table at all: every event is as its own words say, and nobody is more competent than another
NO_EVENTS = Events()
