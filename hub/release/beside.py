"""The warnings that hold where one ends: whoever reads the all-clear is not to take them for ended too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.event import Events
from approvals.level import Level
from hub.alert import Alert, Info, MsgType
from hub.release.clean import line
from hub.release.event_name import named
from hub.release.frozen import Dossier, content_of
from hub.release.partition import people_in
from hub.release.plan import plan_of
from hub.release.sections import Section
from hub.release.told_language import primary
from hub.release.verified_order import OrderedMessage, VerifiedOrders
from hub.store import alerts, endpoints, released
from hub.store.alerts import AlertRow
from targeting.region import covers, level_of, parent_of
from templates.all_clear import OtherWarning, ended_issued, still_in_force

_NAMED = 3  #: more than these are counted: an all-clear is heard once
_COUNTY = 3  #: the level of one among the regions
_AREA = 40  #: characters of the names of their places, and of who issued them


@dataclass(frozen=True, slots=True)
class StandingBlock:
    """What one info block of a warning in force says in its language."""

    language: str
    said: OtherWarning


@dataclass(frozen=True, slots=True)
class StandingWarning:
    """A warning in force by its blocks, and by number the sections of a message that end another where it holds."""

    blocks: tuple[StandingBlock, ...]
    sections: frozenset[int]
    in_groups: bool = False  #: a group for the county has heard of both, wherever each of them holds


@dataclass(frozen=True, slots=True)
class WarningsBeside:
    """Looks for them by verified orders: no warning that somebody wrote into SQL is told to people."""

    events: Events
    orders: VerifiedOrders

    def find(
        self,
        connection: Connection,
        dossier: Dossier,
        sections: Sequence[Section],
        now: int,
        groups: Collection[str] = (),
    ) -> tuple[StandingWarning, ...]:
        """Other warnings in force at `now` (ms) where a message ends its own; what begins only later is none of them.

        `sections` are those of the message. A Cancel ends it for anybody whom the chain may have told, and in all its
        places; an Update in those of its sections that say so. The highest level first. A relay holds for those it was
        passed on to, as the warning it passes on. `groups` are the channels of groups: one for a county has heard of
        the township where a warning ends and of the one where another holds, and reads the end as that of both.
        """
        row = dossier.row
        root = row.root or row.id
        ends = self._ends(connection, dossier, sections, now)
        found: dict[int, tuple[int, StandingWarning]] = {}
        chain = self._chain_reach(connection, dossier, now) if ends else _unite(())
        able = BitMap(each.id for channel in groups for each in endpoints.list_all(connection, channel))
        for each in released.said_to_warn(connection, row.world, now) if ends else ():
            if _original(connection, each) == root:
                continue
            holding = self._holding(connection, each, now)
            if holding is None:
                continue
            level, reach, blocks = holding
            numbers = frozenset(number for own, numbers in ends if reach.meets(own) for number in numbers)
            in_groups = reach.shares_group(chain, able)
            if numbers or in_groups:
                found.setdefault(each.relays or each.id, (-level, StandingWarning(blocks, numbers, in_groups)))
        return tuple(told for _, told in sorted(found.values(), key=lambda each: each[0]))  # stable: the oldest first

    def _holding(
        self, connection: Connection, row: AlertRow, now: int
    ) -> tuple[Level, _Reach, tuple[StandingBlock, ...]] | None:
        """The level of a warning in force, for whom and where it is, and what it says; nothing of that where what was
        signed does not read: it is counted then, and not named. None for what is not in force.
        """
        message, whole = self.orders.words_in_force(connection, row, now), alerts.look_up(connection, row.id)
        if whole is None:
            return None
        if message is not None and message.is_content(whole.content):
            reach = self._reach(connection, row, message, now)
            return Level.of(message.order.level), reach, _blocks(self.events, content_of(whole))
        order = self.orders.unread_in_force(connection, whole, now)
        return (Level.of(order.level), _Reach(None, frozenset(), None), ()) if order is not None else None

    def _ends(
        self, connection: Connection, dossier: Dossier, sections: Sequence[Section], now: int
    ) -> list[tuple[_Reach, frozenset[int]]]:
        """For whom and where the message ends a warning, with the numbers of the sections that say so."""
        if dossier.alert.msg_type is MsgType.CANCEL:
            own = self._chain_reach(connection, dossier, now)
            return [(own, frozenset(section.number for section in sections))]
        return [
            (
                _Reach(people_in(connection, section.places), section.places.regions, BitMap()),
                frozenset({section.number}),
            )
            for section in sections
            if section.ends
        ]

    def _chain_reach(self, connection: Connection, dossier: Dossier, now: int) -> _Reach:
        chain = alerts.chain(connection, dossier.row.root or dossier.row.id)
        return _unite(self._own_reach(connection, each, now) for each in chain)

    def _reach(self, connection: Connection, row: AlertRow, message: OrderedMessage, now: int) -> _Reach:
        record = self.orders.record(connection, row, message, now)
        if record is None:
            return _Reach(None, message.regions, None)
        return _Reach(record.audience, message.regions, record.endpoints)

    def _own_reach(self, connection: Connection, row: AlertRow, now: int) -> _Reach:
        """Of a message of the chain that ends. One that was never ordered told nobody; where the words of an order are
        disputed, nobody knows whom it told.
        """
        message = self.orders.words(connection, row, now)
        if message is not None:
            return self._reach(connection, row, message, now)
        was_ordered = row.released_at is not None or alerts.order_text(connection, row.id) is not None
        told = None if was_ordered else BitMap()
        return _Reach(told, plan_of(row).audience.regions, told)


@dataclass(frozen=True, slots=True)
class _Reach:
    """Whom and where a message was ordered for. `persons` and `endpoints` are None where those on record are not those
    ordered: it may then be for anybody in its regions, and for anybody at all where it names none.
    """

    persons: BitMap | None
    regions: frozenset[str]
    endpoints: BitMap | None

    def meets(self, other: _Reach) -> bool:
        """Whether both may be for one person, or are for one place."""
        if _overlap(self.regions, other.regions):
            return True
        if self.persons is None or other.persons is None:
            return not self.regions or not other.regions
        return bool(self.persons.intersect(other.persons))

    def shares_group(self, other: _Reach, groups: BitMap) -> bool:
        """Whether one of these groups may have been told of both, and both are of one county: of another it is told by
        another issuer.
        """
        mine, theirs = (groups if each.endpoints is None else each.endpoints & groups for each in (self, other))
        if not mine.intersect(theirs):
            return False
        counties = {_county(key) for key in other.regions}
        return not self.regions or not counties or any(_county(key) in counties for key in self.regions)


def _unite(reaches: Iterable[_Reach]) -> _Reach:
    known = list(reaches)
    persons = [each.persons for each in known if each.persons is not None]
    regions = frozenset(key for each in known for key in each.regions)
    told = [each.endpoints for each in known if each.endpoints is not None]
    return _Reach(
        BitMap.union(BitMap(), *persons) if len(persons) == len(known) else None,
        regions,
        BitMap.union(BitMap(), *told) if len(told) == len(known) else None,
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """What a message ends, as one language calls it, and when that was issued; None where nobody knows."""

    hazards: frozenset[str]
    issued: datetime | None


def beside_text(words: Mapping[str, str], language: str, beside: Sequence[StandingWarning], ended: Ended) -> str:
    """What the all-clear says of them in one language; those without a text in it are counted.

    Where one of them is of the event that ends, both are told apart by their hours: without, 暴雨红色预警 is lifted and
    holds in one text.
    """
    spoken = [blocks for warning in beside if (blocks := _in_language(warning.blocks, language))]
    items = list(dict.fromkeys(block.said for blocks in spoken for block in blocks))
    holding = still_in_force(words, items[:_NAMED], len(beside) - len(spoken) + len(items[_NAMED:]))
    alike = any(item.warning.event.casefold() in ended.hazards for item in items)
    if not alike or ended.issued is None:
        return holding
    return words["gap"].join((ended_issued(words, ended.issued), holding))


def _in_language(blocks: Sequence[StandingBlock], language: str) -> tuple[StandingBlock, ...]:
    exact = tuple(block for block in blocks if block.language.casefold() == language.casefold())
    return exact or tuple(block for block in blocks if primary(block.language) == primary(language))


def _blocks(events: Events, alert: Alert) -> tuple[StandingBlock, ...]:
    return tuple(StandingBlock(info.language, _said(events, alert, info)) for info in alert.infos)


def _said(events: Events, alert: Alert, info: Info) -> OtherWarning:
    comma = "、" if primary(info.language) in {"zh", "ja", "yue"} else ", "
    area = line(comma.join(dict.fromkeys(area.description.strip() for area in info.areas)), _AREA)
    sender = line(info.sender_name.strip() or alert.sender, _AREA)
    return OtherWarning(area, named(events, info), sender, alert.sent)


def _county(key: str) -> str:
    """The county of a township or village; whatever is larger itself."""
    while level_of(key) > _COUNTY and (above := parent_of(key)) is not None:
        key = above
    return key


def _overlap(some: frozenset[str], others: frozenset[str]) -> bool:
    return any(covers(one, other) or covers(other, one) for one in some for other in others)


def _original(connection: Connection, row: AlertRow) -> int:
    """The first message of the chain whose warning it is."""
    passed_on = alerts.look_up(connection, row.relays) if isinstance(row.relays, int) else None
    shown = passed_on or row
    return int(shown.root if isinstance(shown.root, int) else shown.id)
