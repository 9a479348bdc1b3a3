"""The end of a warning as each person holds it: whoever missed an Update is told the end of what they were told before.

A Cancel, and the part of an Update that says that the warning is over, speak of the newest message before them. Whoever
never had that message would read that another level is lifted than the one they were told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.event import Events
from hub.alert import Alert, Info, MsgType
from hub.release import follow
from hub.release.ending import Ending
from hub.release.event_name import hazard_of, named
from hub.release.frozen import Dossier, content_of
from hub.release.partition import Division, divide
from hub.release.sections import WHOLE, Section, part_key, sections_in, sections_of
from templates.all_clear import all_clear_sentence
from templates.catalog import Catalog

#: the sections of alert 7 are numbered from 70001 in a message that ends it: apart from those of any other message
_ROOM = 10_000
_MOST = 64  #: sections of earlier messages that get forms; whoever holds others is told the end as everyone else is

Said = AbstractSet[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A message of the chain that was sent, by the sections of it that warned."""

    alert: int
    sections: tuple[Section, ...]

    @property
    def over(self) -> tuple[Section, ...]:
        """Its sections as they stand in the message that ends them."""
        return tuple(
            replace(section, number=self._number(section), ends=True, earlier=True)
            for section in self.sections
            if section.number < _ROOM
        )

    def key_of(self, part: str) -> str:
        """The key that a part of it has there."""
        return part_key([self._number(section) for section in sections_in(self.sections, part)])

    def said(self, part: str = WHOLE) -> Said:
        """The events and levels that a part names, by language."""
        infos = (info for section in sections_in(self.sections, part) for info in section.infos)
        return frozenset((info.language.casefold(), hazard_of(info.event), info.severity) for info in infos)

    def reached(self, connection: Connection, personal: Collection[str]) -> BitMap:
        """Whom it may have reached, over these channels."""
        told = follow.maybe_reached(connection, self.alert)
        return BitMap.union(BitMap(), *(bits for channel, bits in told.items() if channel in personal))

    def _number(self, section: Section) -> int:
        return self.alert * _ROOM + section.number


def sections_with_held(connection: Connection, dossier: Dossier) -> tuple[Section, ...]:
    """The sections of a message, and those of earlier ones whose end it has to tell to whoever had no later one."""
    own, earlier = sections_of(dossier.alert), _earlier_of(connection, dossier)
    if len(earlier) < 2:
        return own
    *before, last = earlier
    held = [section for each in before if not _is_alike(each, last) for section in each.over]
    return (*own, *held[:_MOST])


def divide_by_last_told(
    connection: Connection, dossier: Dossier, persons: BitMap, personal: Collection[str]
) -> Division:
    """Divides these people by the places that hold them; those it tells an end, also by what they were told last.

    `personal` are the channels that reach one person. Raises ShapeRefused.
    """
    division = divide(connection, sections_of(dossier.alert), persons)
    sections = sections_with_held(connection, dossier)
    if len(sections) == len(division.sections):
        return division
    *before, last = _earlier_of(connection, dossier)
    found = {part: bits.copy() for part, bits in division.persons.items()}
    ending = [part for part in found if _only_ends(dossier.alert, sections_in(division.sections, part))]
    left = BitMap.union(BitMap(), *(found[part] for part in ending)) - last.reached(connection, personal)
    for each in reversed(before):
        holders = left & each.reached(connection, personal)
        left -= holders
        for part, bits in _holding_else(connection, each, last, holders).items():
            if {section.number for section in sections}.issuperset(map(int, part.split("+"))):
                found |= {other: found[other] - bits for other in ending} | {part: bits}
    return replace(division, sections=sections, persons={part: bits for part, bits in found.items() if bits})


def as_ended(sections: Sequence[Section], alert: Alert, catalog: Catalog, events: Events) -> tuple[Section, ...]:
    """The sections as they are told: of earlier messages the end alone, in the words of the message that ends them.

    A language which that message is not in says nothing of them.
    """
    ends = {info.language: info for info in reversed(alert.infos) if _is_end(alert, info)}

    def told(info: Info) -> Info:
        end = ends[info.language]
        issuer, name = end.sender_name or alert.sender, named(events, info)
        headline = all_clear_sentence(catalog.words(end.language), Ending.of(end), name, issuer, alert.sent)
        return replace(end, event=info.event, headline=headline, areas=info.areas)

    return tuple(
        replace(section, infos=tuple(told(info) for info in section.infos if info.language in ends))
        if section.earlier
        else section
        for section in sections
    )


def _earlier_of(connection: Connection, dossier: Dossier) -> list[_Earlier]:
    """The messages whose end it may have to tell, oldest first; none where it tells no end, or passes another's on."""
    ends = any(_is_end(dossier.alert, info) for info in dossier.alert.infos)
    if not ends or dossier.row.relays is not None or dossier.alert.msg_type is MsgType.ALERT:
        return []
    found = []
    for row in follow.earlier_of(connection, dossier.row):
        if row.released_at is not None and row.msg_type != MsgType.CANCEL:
            alert = content_of(row)
            warned = tuple(info for info in alert.infos if not _is_end(alert, info))
            found.append(_Earlier(row.id, sections_of(replace(alert, infos=warned))))
    return found


def _holding_else(connection: Connection, held: _Earlier, last: _Earlier, holders: BitMap) -> Mapping[str, BitMap]:
    """By the key of what they hold, those to whom the end of the newest message would name something else."""
    if not holders or _is_alike(held, last):
        return {}
    told_last = divide(connection, last.sections, holders).persons.items()
    found = {}
    for part, bits in divide(connection, held.sections, holders).persons.items():
        alike = (same for other, same in told_last if last.said(other) == held.said(part))
        found[held.key_of(part)] = BitMap.difference(bits, *alike)
    return {key: bits for key, bits in found.items() if bits and key != WHOLE}


def _is_alike(one: _Earlier, other: _Earlier) -> bool:
    """Whether whoever holds the one reads the same event and level in the end of the other, wherever they live."""
    said = {each.said(part_key([section.number])) for each in (one, other) for section in each.sections}
    return len(said) <= 1


def _only_ends(alert: Alert, sections: Sequence[Section]) -> bool:
    return alert.msg_type is MsgType.CANCEL or all(section.ends for section in sections)


def _is_end(alert: Alert, info: Info) -> bool:
    return alert.msg_type is MsgType.CANCEL or info.is_all_clear
