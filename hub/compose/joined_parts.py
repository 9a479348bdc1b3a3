"""One number in several places: whoever shares a number with people of another part is told the parts of all of them.

Two texts to one number would contradict each other, and neither names its place: in the joined form each section stands
under its place, and as one form it is told once (hub.compose.merged_numbers).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import Form
from hub.audience.partition import MOST_PARTS, Division
from hub.audience.sections import WHOLE, part_key, sections_in
from hub.store.register import shared


def join_parts(
    connection: Connection,
    division: Division,
    persons: BitMap,
    channels: Mapping[str, str],
    forms: Sequence[Form] | None = None,
) -> Division:
    """The division with those of these people who share a number on one of the channels in one part. `channels` have
    each its column of the register.

    `forms` are those that were approved: where they lack a joined part, because it was too long or people have moved
    since, each of them stays in their own. The ends of earlier messages are of no place, and stay apart.
    """
    able = persons & shared.sharing(connection) if len(division.persons) > 1 else BitMap()
    part_of = {
        person: part
        for part, bits in division.persons.items()
        if not any(section.earlier for section in sections_in(division.sections, part))
        for person in bits & able
    }
    if len(set(part_of.values())) < 2:
        return division
    joined: dict[str, BitMap] = {}
    for people in _connect_people(shared.holders_together(connection, frozenset(channels.values()), part_of)):
        parts = {part_of[person] for person in people}
        if len(parts) > 1:
            joined.setdefault(_key_of(parts), BitMap()).update(people)
    return _move_people(division, {part: bits for part, bits in joined.items() if _has_forms(forms, channels, part)})


def _move_people(division: Division, joined: dict[str, BitMap]) -> Division:
    """The people of each joined part out of their own, the largest first, as long as there is room for more parts."""
    found = {part: bits.copy() for part, bits in division.persons.items()}
    for part, people in sorted(joined.items(), key=lambda item: (-len(item[1]), item[0])):
        if part in found or len(found) < MOST_PARTS:
            found = {other: bits - people for other, bits in found.items()}
            found[part] = found.get(part, BitMap()) | people
    return replace(division, persons={part: bits for part, bits in found.items() if bits})


def _connect_people(groups: Iterable[Sequence[int]]) -> Iterable[list[int]]:
    """People who are connected by numbers, whichever channel these are on: all of them are told the same."""
    first: dict[int, int] = {}

    def root(person: int) -> int:
        while first.setdefault(person, person) != person:
            first[person] = first[first[person]]
            person = first[person]
        return person

    for leader, *others in groups:
        for other in others:
            first[root(other)] = root(leader)
    found: dict[int, list[int]] = {}
    for person in first:
        found.setdefault(root(person), []).append(person)
    return found.values()


def _key_of(parts: Collection[str]) -> str:
    if WHOLE in parts:
        return WHOLE
    return part_key({int(number) for part in parts for number in part.split("+")})


def _has_forms(forms: Sequence[Form] | None, channels: Collection[str], part: str) -> bool:
    if forms is None:
        return True
    had = {(form.channel, form.part) for form in forms}
    return all(not had.isdisjoint({(channel, part), (channel, WHOLE)}) for channel in channels)
