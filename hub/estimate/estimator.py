"""Looks at a set of people and a text, and says what an alert like this would do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.driver import Driver, Reach, personal_columns, select_drivers
from hub.alert.views import Finding
from hub.estimate import gaps
from hub.estimate.judgement import DAY, WEEK, Measurement, judge
from hub.estimate.load import HOUR_MS, loads
from hub.settings.settings import EstimateSettings
from hub.store.register import bitmaps, shared
from hub.store.register.fatigue import orders_since
from targeting.group import Group


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: the people, the channels they are to be told on, and the languages of the text.

    `taking` are, by personal channel, those who have an address there and take it; `refusing` counts who was left out
    because they refused every channel they have, `overridden` whom only the law keeps in.
    `written` is None while there is no text. `chain` are the alerts it belongs to: who holds a warning must hear what
    becomes of it, so they do not tire. A text that `ends` a warning is owed to those who hold it: nothing is judged.
    `apart` are the people by the text they are told, as far as that is known.
    """

    persons: BitMap
    channels: tuple[str, ...]
    taking: Mapping[str, BitMap]
    level: str
    written: frozenset[str] | None = None
    chain: Collection[int] = ()
    ends: bool = False
    refusing: int = 0
    overridden: int = 0
    apart: Sequence[BitMap] = ()


@dataclass(frozen=True, slots=True)
class Estimator:
    """Reads only: bitmaps, and what is filed of those who share a number."""

    settings: EstimateSettings
    drivers: Mapping[str, Driver]
    groups: Mapping[str, Group]

    def look(self, connection: Connection, subject: Subject, now: int) -> Measurement:
        """`now` is in ms. Channels that nobody has configured are left out."""
        persons = subject.persons
        spoken = {} if subject.written is None else bitmaps.tally(connection, bitmaps.LANGUAGE, persons)
        chosen = select_drivers(subject.channels, self.drivers)
        sent = orders_since(connection, now - WEEK * HOUR_MS, subject.chain)
        return Measurement(
            persons=persons,
            unreachable=BitMap.difference(persons, *subject.taking.values()),
            unwritten=gaps.unwritten(spoken, subject.written or ()),
            formless=gaps.formless(connection, persons, gaps.Means(chosen, subject.taking), self.groups),
            loads=loads(persons, sent, now, (DAY, WEEK)),
            shared=shared.count_shared(connection, subject.taking, self.personal(subject.taking), subject.apart),
        )

    def judge(self, look: Measurement, subject: Subject) -> list[Finding]:
        """What the settings make of it; of a text that ends a warning, nothing."""
        return [] if subject.ends else judge(look, self.settings, subject.level)

    def personal(self, channels: Collection[str]) -> dict[str, str]:
        """Those by which a person is reached, with the column of the register that holds their addresses."""
        return personal_columns(select_drivers(channels, self.drivers))

    def broad(self, channels: Collection[str]) -> tuple[str, ...]:
        """Those by which an endpoint is reached, and persons never for certain."""
        return tuple(
            name for name, driver in select_drivers(channels, self.drivers).items() if driver.reach is Reach.MANY
        )
