"""The end of a warning as each person holds it: whoever missed an Update is told the end of what they were told before.

A Cancel, and the part of an Update that says that the warning is over, speak of the newest message before them. Whoever
never had that message would read that another level is lifted than the one they were told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.event import Events
from hub.alert.alert import Alert, Info, MsgType
from hub.audience.partition import Division, divide
from hub.audience.sections import WHOLE, Section, part_key, sections_in, sections_of
from hub.dossier import chain
from hub.dossier.ending import Ending
from hub.dossier.event_name import hazard_of, name_warning
from hub.dossier.frozen import Dossier, content_of
from hub.dossier.verified_order import VerifiedOrders
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
    sent: datetime
    sections: tuple[Section, ...]

    @property
    def over(self) -> tuple[Section, ...]:
        """Its sections as they stand in the message that ends them."""
        return tuple(
            replace(section, number=self._number(section), ends=True, earlier=True, issued=self.sent)
            for section in self.sections
            if section.number < _ROOM
        )

    def key_of(self, part: str) -> str:
        """The key that a part of it has there."""
        return part_key([self._number(section) for section in sections_in(self.sections, part)])

    def events_said(self, part: str = WHOLE) -> Said:
        """The events and levels that a part names, by language."""
        infos = (info for section in sections_in(self.sections, part) for info in section.infos)
        return frozenset((info.language.casefold(), hazard_of(info.event), info.severity) for info in infos)

    def persons_reached(self, connection: Connection, personal: Collection[str]) -> BitMap:
        """Whom it may have reached, over these channels or one that is not there any more."""
        return chain.persons_among(connection, chain.maybe_reached(connection, self.alert), personal)

    def _number(self, section: Section) -> int:
        return self.alert * _ROOM + section.number


@dataclass(frozen=True, slots=True)
class LastMessages:
    """What everybody was told last by the messages before one, as their verified orders say it.

    `alert` is the message; `earlier` are those whose end it may have to tell, oldest first. `personal` are the channels
    that reach one person. Reads only.
    """

    connection: Connection
    alert: Alert
    personal: Collection[str]
    earlier: tuple[_Earlier, ...]

    @classmethod
    def read(
        cls, connection: Connection, orders: VerifiedOrders, personal: Collection[str], dossier: Dossier, now: int
    ) -> LastMessages:
        """Reads the messages before this one once; `now` is in ms."""
        return cls(connection, dossier.alert, personal, tuple(_earlier(connection, orders, dossier, now)))

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections of the message, and those of earlier ones whose end it has to tell to whoever had no later
        one.
        """
        return _with_held(sections_of(self.alert), self.earlier)

    def divide(self, persons: BitMap) -> Division:
        """Divides these people by the places that hold them; those it tells an end, also by what they were told last.

        Raises ShapeRefused.
        """
        connection, earlier = self.connection, self.earlier
        division = divide(connection, sections_of(self.alert), persons)
        sections = _with_held(division.sections, earlier)
        if len(sections) == len(division.sections):
            return division
        *before, last = earlier
        found = {part: bits.copy() for part, bits in division.persons.items()}
        ending = [part for part in found if _only_ends(self.alert, sections_in(division.sections, part))]
        left = BitMap.union(BitMap(), *(found[part] for part in ending)) - last.persons_reached(
            connection, self.personal
        )
        for each in reversed(before):
            holders = left & each.persons_reached(connection, self.personal)
            left -= holders
            for part, bits in _holding_else(connection, each, last, holders).items():
                if {section.number for section in sections}.issuperset(map(int, part.split("+"))):
                    found |= {other: found[other] - bits for other in ending} | {part: bits}
        return replace(division, sections=sections, persons={part: bits for part, bits in found.items() if bits})


def _earlier(connection: Connection, orders: VerifiedOrders, dossier: Dossier, now: int) -> Iterator[_Earlier]:
    """The messages whose end it may have to tell, oldest first; none where it tells no end, or passes another's on.

    A message whose text is not the one that was ordered counts as none: its end is told as that of the newest.
    """
    ends = any(_is_end(dossier.alert, info) for info in dossier.alert.infos)
    if not ends or dossier.row.relays is not None or dossier.alert.msg_type is MsgType.ALERT:
        return
    for row in chain.earlier_of(connection, dossier.row):
        if row.released_at is None or row.msg_type == MsgType.CANCEL:
            continue
        message = orders.words(connection, row, now)
        if message is not None and message.is_content(row.content):
            alert = content_of(row)
            warned = tuple(info for info in alert.infos if not _is_end(alert, info))
            yield _Earlier(row.id, alert.sent, sections_of(replace(alert, infos=warned)))


def _with_held(own: Sequence[Section], earlier: Sequence[_Earlier]) -> tuple[Section, ...]:
    if len(earlier) < 2:
        return tuple(own)
    *before, last = earlier
    held = [section for each in before if not _is_alike(each, last) for section in each.over]
    return (*own, *held[:_MOST])


def as_ended(sections: Sequence[Section], alert: Alert, catalog: Catalog, events: Events) -> tuple[Section, ...]:
    """The sections as they are told: of earlier messages the end alone, in the words of the message that ends them.

    A language which that message is not in says nothing of them.
    """
    ends = {info.language: info for info in reversed(alert.infos) if _is_end(alert, info)}

    def told(info: Info, issued: datetime | None) -> Info:
        end = ends[info.language]
        issuer, name = end.sender_name or alert.sender, name_warning(events, info)
        headline = all_clear_sentence(catalog.words(end.language), Ending.of(end), name, issuer, alert.sent, issued)
        return replace(end, event=info.event, headline=headline, areas=info.areas)

    return tuple(
        replace(section, infos=tuple(told(info, section.issued) for info in section.infos if info.language in ends))
        if section.earlier
        else section
        for section in sections
    )


def _holding_else(connection: Connection, held: _Earlier, last: _Earlier, holders: BitMap) -> Mapping[str, BitMap]:
    """By the key of what they hold, those to whom the end of the newest message would name something else."""
    if not holders or _is_alike(held, last):
        return {}
    told_last = divide(connection, last.sections, holders).persons.items()
    found = {}
    for part, bits in divide(connection, held.sections, holders).persons.items():
        alike = (same for other, same in told_last if last.events_said(other) == held.events_said(part))
        found[held.key_of(part)] = BitMap.difference(bits, *alike)
    return {key: bits for key, bits in found.items() if bits and key != WHOLE}


def _is_alike(one: _Earlier, other: _Earlier) -> bool:
    """Whether whoever holds the one reads the same event and level in the end of the other, wherever they live."""
    said = {each.events_said(part_key([section.number])) for each in (one, other) for section in each.sections}
    return len(said) <= 1


def _only_ends(alert: Alert, sections: Sequence[Section]) -> bool:
    return alert.msg_type is MsgType.CANCEL or all(section.ends for section in sections)


def _is_end(alert: Alert, info: Info) -> bool:
    return alert.msg_type is MsgType.CANCEL or info.is_all_clear
