"""Whom a draft does not reach as it stands: without any of its channels, its languages, or a form they can take in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.driver import Driver, Reach, media
from hub.store import bitmaps, endpoints, recipients, regions
from targeting.group import Group


@dataclass(frozen=True, slots=True)
class Unwritten:
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


def unreachable(connection: Connection, persons: BitMap, channels: Collection[str]) -> BitMap:
    """Who has an address on none of the channels."""
    return BitMap.difference(persons, *(recipients.channel_bits(connection, name) for name in channels))


def served(connection: Connection, persons: BitMap, channels: Collection[str]) -> BitMap:
    """Who of these is registered where an endpoint of the channels serves; endpoints for everywhere do not count."""
    found = {each.region for name in channels for each in endpoints.list_all(connection, name) if each.active}
    keys = (regions.by_id(connection, number) for number in found if number is not None)
    return persons & bitmaps.union(connection, bitmaps.REGION, (region.key for region in keys if region is not None))


def unwritten(spoken: Mapping[str, int], written: Collection[str]) -> tuple[Unwritten, ...]:
    """Languages of the people that no text is in, most spoken first. zh-TW is served by zh-CN, as sending does it."""
    had = {_primary(language) for language in written}
    missing = [Unwritten(language, count) for language, count in spoken.items() if _primary(language) not in had]
    return tuple(sorted(missing, key=lambda each: (-each.persons, each.language)))


def formless(
    connection: Connection, persons: BitMap, chosen: Mapping[str, Driver], groups: Mapping[str, Group]
) -> tuple[Formless, ...]:
    """Every group that is there and needs a form, where not all of its people have it; most persons first."""
    found = (_form(connection, persons, chosen, group) for group in groups.values() if group.needs)
    lacking = [each for each in found if each.persons > each.served]
    return tuple(sorted(lacking, key=lambda each: (-each.persons, each.group)))


def _form(connection: Connection, persons: BitMap, chosen: Mapping[str, Driver], group: Group) -> Formless:
    there = persons & bitmaps.one(connection, bitmaps.GROUP, group.key)
    fitting = {name: driver for name, driver in chosen.items() if not group.needs.isdisjoint(media(driver))}
    personal = [name for name, driver in fitting.items() if driver.reach is Reach.PERSON] if there else []
    having = BitMap.union(BitMap(), *(recipients.channel_bits(connection, name) for name in personal))
    needs = tuple(sorted(group.needs))
    name = group.name("zh")
    return Formless(group.key, name, needs, len(there), there.intersection_cardinality(having), bool(fitting))


def _primary(language: str) -> str:
    return language.casefold().partition("-")[0]
