"""Whom a draft does not reach as it stands: without any of its channels, its languages, or a form they can take in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.driver import Driver
from hub.audience.language import primary
from hub.store.register import bitmaps, endpoints, regions
from targeting.group import Group


@dataclass(frozen=True, slots=True)
class UnwrittenLanguage:
    """People whose language no info block of the warning is in."""

    language: str
    persons: int


@dataclass(frozen=True, slots=True)
class Formless:
    """A group that needs text or speech: `persons` are there, `served` of them have a chosen channel that brings it.

    `offered` says whether any chosen channel brings it at all, loudspeakers and robots included.
    """

    group: str
    name: str
    needs: tuple[str, ...]
    persons: int
    served: int
    offered: bool


@dataclass(frozen=True, slots=True)
class Means:
    """The chosen channels, and by personal channel who takes them."""

    chosen: Mapping[str, Driver]
    taking: Mapping[str, BitMap]


def served_by_endpoints(connection: Connection, persons: BitMap, channels: Collection[str]) -> BitMap:
    """Who of these is registered where an endpoint of the channels serves; endpoints for everywhere do not count."""
    found = {each.region for name in channels for each in endpoints.list_all(connection, name) if each.active}
    keys = (regions.by_id(connection, number) for number in found if number is not None)
    return persons & bitmaps.union(connection, bitmaps.REGION, (region.key for region in keys if region is not None))


def unwritten(spoken: Mapping[str, int], written: Collection[str]) -> tuple[UnwrittenLanguage, ...]:
    """Languages of the people that no text is in, most spoken first. zh-TW is served by zh-CN, as sending does it."""
    had = {primary(language) for language in written}
    missing = [UnwrittenLanguage(language, count) for language, count in spoken.items() if primary(language) not in had]
    return tuple(sorted(missing, key=lambda each: (-each.persons, each.language)))


def formless(
    connection: Connection, persons: BitMap, means: Means, groups: Mapping[str, Group]
) -> tuple[Formless, ...]:
    """Every group that is there and needs a form, where not all of its people have it; most persons first."""
    found = (_form(connection, persons, means, group) for group in groups.values() if group.needs)
    lacking = [each for each in found if each.persons > each.served]
    return tuple(sorted(lacking, key=lambda each: (-each.persons, each.group)))


def _form(connection: Connection, persons: BitMap, means: Means, group: Group) -> Formless:
    there = persons & bitmaps.one(connection, bitmaps.GROUP, group.key)
    fitting = [name for name, driver in means.chosen.items() if not group.needs.isdisjoint(driver.medium.taken_in)]
    having = BitMap.union(BitMap(), *(means.taking[name] for name in fitting if name in means.taking))
    needs = tuple(sorted(group.needs))
    name = group.name("zh")
    return Formless(group.key, name, needs, len(there), there.intersection_cardinality(having), bool(fitting))
