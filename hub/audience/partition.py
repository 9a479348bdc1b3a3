"""Who is told which part of a warning: people divided by the sections whose places hold them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from channels.message import Form
from hub.alert.views import PartView
from hub.audience.codes import expand_regions
from hub.audience.sections import WHOLE, Section, part_key, sections_in
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.register.recipients import SqlDirectory
from targeting.audience import Audience
from targeting.select import select

#: parts that get forms of their own; people of rarer ones are told the whole warning, every section under its place
MOST_PARTS = 64

Pieces = dict[tuple[int, ...], BitMap]


@dataclass(frozen=True, slots=True)
class Division:
    """People by the key of the part they are told, each in one part; parts without people are left out."""

    sections: tuple[Section, ...]
    persons: Mapping[str, BitMap]

    @property
    def everyone(self) -> BitMap:
        """All of them."""
        return BitMap.union(BitMap(), *self.persons.values())

    @property
    def apart(self) -> Mapping[str, BitMap]:
        """Those who are told less than the whole."""
        return {part: bits for part, bits in self.persons.items() if part != WHOLE}

    @property
    def parts_with_forms(self) -> frozenset[str]:
        """Parts that need forms: those with people, and every section alone, because people move before a release."""
        own = [section for section in self.sections if not section.earlier]
        alone = [*(own[:MOST_PARTS] if len(own) > 1 else ()), *(each for each in self.sections if each.earlier)]
        return frozenset(self.persons) | {part_key([section.number]) for section in alone}

    @property
    def views(self) -> tuple[PartView, ...]:
        """The parts as they are shown, the gravest first."""
        found = [self._view(part, bits) for part, bits in self.persons.items()]
        return tuple(sorted(found, key=lambda view: (-Level.of(view.level) if view.level else 0, view.part)))

    def to_json(self) -> str:
        """The views as the store has them."""
        return orjson.dumps(self.views).decode()

    def _view(self, part: str, bits: BitMap) -> PartView:
        told = sections_in(self.sections, part)
        grave = max((each.level for each in told if not each.ends), default=None)  # none where it only ends
        areas = (area.description.strip() for each in told for info in each.infos[:1] for area in info.areas)
        return PartView(
            part=part,
            level=grave.word if grave is not None else "",
            areas=tuple(dict.fromkeys(filter(None, areas))),
            languages=tuple(dict.fromkeys(tag for each in told for tag in each.languages)),
            persons=len(bits),
        )


def divide(connection: Connection, sections: Sequence[Section], persons: BitMap) -> Division:
    """Divides these people. Who is in the audience for another reason than living in a section's places, and whoever is
    in one of the rarer combinations of many sections, is told the whole.

    Where a warning goes on, nobody is told that it is over: a section that ends it is for those in none that warns.
    Raises ShapeRefused.
    """
    if len(sections) <= 1:
        return Division(tuple(sections), {WHOLE: persons})
    pieces: Pieces = {(): persons}
    for section in sorted(sections, key=lambda each: each.ends):
        inside = people_in(connection, section.places) & persons
        if section.ends:
            inside -= BitMap.union(BitMap(), *(bits for numbers, bits in pieces.items() if _warns(sections, numbers)))
        pieces = _split(pieces, section.number, inside)
    ranked = sorted(pieces.items(), key=lambda item: (-len(item[1]), item[0]))
    own = {part_key(numbers): bits for numbers, bits in ranked[:MOST_PARTS] if numbers}
    rest = persons - BitMap.union(BitMap(), *own.values())
    return Division(tuple(sections), own | ({WHOLE: rest} if rest else {}))


def people_in(connection: Connection, places: Audience) -> BitMap:
    """Everyone whom the places of a section hold. Raises ShapeRefused."""
    return select(SqlDirectory(connection), expand_regions(connection, places)).bits


def _warns(sections: Sequence[Section], numbers: Sequence[int]) -> bool:
    return any(not sections[number - 1].ends for number in numbers)


def must_have_forms(forms: Sequence[Form], division: Division, personal: Collection[str]) -> None:
    """Raises Conflict where nothing was approved that people of a part could be told on a channel.

    People move between submit and release, and an alert of very many areas may be too long to be said whole.
    """
    had = {(form.channel, form.part) for form in forms}
    for channel in personal:
        for part in division.persons:
            if (channel, part) not in had and (channel, WHOLE) not in had:
                moved = f"since submit people have come into part {part or 'whole'}"
                text = f"{moved}, for which {channel} has no form: return the warning and submit it anew"
                raise Conflict(text, rule=Rule.PART_FORMLESS, place=f"channels: {channel}")


def _split(pieces: Pieces, number: int, inside: BitMap) -> Pieces:
    """Every piece cut in two: who is inside the section, and who is not."""
    cut = {(*numbers, number): bits & inside for numbers, bits in pieces.items()}
    cut |= {numbers: bits - inside for numbers, bits in pieces.items()}
    return {numbers: bits for numbers, bits in cut.items() if bits}
