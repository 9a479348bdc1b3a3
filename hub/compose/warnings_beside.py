"""The warnings that hold where one ends: whoever reads the all-clear is not to take them for ended too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.event import Events
from approvals.level import Level
from hub.alert.alert import Alert, Info, MsgType
from hub.audience.language import primary
from hub.audience.partition import people_in
from hub.audience.plan import plan_of
from hub.audience.sections import Section
from hub.dossier.event_name import name_warning
from hub.dossier.frozen import Dossier, content_of
from hub.dossier.verified_order import OrderedMessage, VerifiedOrders
from hub.store.alerts import alerts, released
from hub.store.alerts.alert_row import AlertHead, AlertRow
from hub.store.register import endpoints
from hub.text import line
from targeting.region import covers, level_of, parent_of
from templates.all_clear import OtherWarning, ended_issued, still_in_force

_FEW = 3  #: where there is no room for all, more than these are counted
_COUNTY = 3  #: the level of one among the regions
_ELSEWHERE = 0  #: in the place of a section: people whom the chain told, and who are in none
_AREA = 40  #: characters of the names of their places, and of who issued them


@dataclass(frozen=True, slots=True)
class StandingBlock:
    """What one info block of a warning in force says in its language."""

    language: str
    said: OtherWarning


@dataclass(frozen=True, slots=True)
class StandingWarning:
    """A warning in force by its blocks, and by number the sections of a message that end another where it holds; in
    those of `throughout` it holds in all places of the section. Without a section it is for those told the whole.
    """

    blocks: tuple[StandingBlock, ...]
    sections: frozenset[int]
    throughout: frozenset[int] = frozenset()
    in_groups: bool = False  #: a group for the county has heard of both, wherever each of them holds
    in_reach: bool = True  #: it is for somebody whom the message tells an end, or for a place of theirs


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

        `sections` are those of the message. A Cancel ends it in each of them, and for anybody whom the
        chain may have told elsewhere; an Update in those of its sections that say so. The highest level
        first. A relay holds for those it was passed on to, as the warning it passes on. `groups` are the
        channels of groups: one for a county has heard of the township where a warning ends and of the one
        where another holds, and reads the end as that of both.
        """
        row = dossier.row
        root = row.root or row.id
        ends = self._ends(connection, dossier, sections, now)
        found: dict[int, tuple[int, StandingWarning]] = {}
        chain = self._chain_reach(connection, dossier, now) if ends else _unite(())
        able = BitMap(each.id for channel in groups for each in endpoints.list_all(connection, channel))
        for each in released.warning_rows(connection, row.world, now) if ends else ():
            if _original(connection, each) == root:
                continue
            holding = self._holding(connection, each, now)
            if holding is None:
                continue
            level, reach, blocks = holding
            met = [(own, number) for own, number in ends if reach.meets(own)]
            in_groups = reach.shares_group(chain, able)
            if met or in_groups:
                numbers = frozenset(number for _, number in met)
                throughout = frozenset(number for own, number in met if reach.covers(own))
                warning = StandingWarning(blocks, numbers - {_ELSEWHERE}, throughout, in_groups, bool(met))
                found.setdefault(each.relays or each.id, (-level, warning))
        return tuple(told for _, told in sorted(found.values(), key=lambda each: each[0]))  # stable: the oldest first

    def _holding(
        self, connection: Connection, row: AlertHead, now: int
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
    ) -> list[tuple[_Reach, int]]:
        """For whom and where the message ends a warning, with the number of the section that says so."""
        is_cancel = dossier.alert.msg_type is MsgType.CANCEL
        chain = self._chain_reach(connection, dossier, now) if is_cancel else None
        placed = [
            (_Reach(people_in(connection, section.places), section.places.regions, BitMap()), section.number)
            for section in sections
            if (section.ends or is_cancel) and not section.places.is_placeless
        ]
        if chain is None:
            return placed
        placeless = [(chain, section.number) for section in sections if section.places.is_placeless]
        return [*placed, *placeless, (chain, _ELSEWHERE)]

    def _chain_reach(self, connection: Connection, dossier: Dossier, now: int) -> _Reach:
        chain = alerts.chain(connection, dossier.row.root or dossier.row.id)
        return _unite(self._own_reach(connection, each, now) for each in chain)

    def _reach(self, connection: Connection, row: AlertHead, message: OrderedMessage, now: int) -> _Reach:
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

    def covers(self, other: _Reach) -> bool:
        """Whether it holds for everybody in all places of the other; not where nobody knows whom it was ordered for."""
        if other.regions and all(any(covers(one, key) for one in self.regions) for key in other.regions):
            return True
        if not self.persons or not other.persons:
            return False
        return other.persons.issubset(self.persons)

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
class EndedMessage:
    """What a message ends, as one language calls it, and when that was issued; None where nobody knows."""

    hazards: frozenset[str]
    issued: datetime | None


def beside_texts(
    words: Mapping[str, str], language: str, beside: Sequence[StandingWarning], ended: EndedMessage
) -> tuple[str, str, str]:
    """What the all-clear says of them in one language, in three lengths; those without a text in it are counted.

    Each of them holds for some who read it, and is named: only the shortest counts all but a few. Where one of them is
    of the event that ends, both are told apart by their hours: without, 暴雨红色预警 is lifted and holds in one text.
    """
    spoken = [blocks for warning in beside if (blocks := _in_language(warning.blocks, language))]
    items = list(dict.fromkeys(block.said for blocks in spoken for block in blocks))
    rest = len(beside) - len(spoken)
    alike = any(item.warning.event.casefold() in ended.hazards for item in items)
    lead = ended_issued(words, ended.issued) + words["gap"] if alike and ended.issued is not None else ""
    return (
        lead + still_in_force(words, items, rest),
        lead + still_in_force(words, items, rest, brief=True),
        lead + still_in_force(words, items[:_FEW], rest + len(items[_FEW:]), brief=True),
    )


def beside_in(
    beside: Sequence[StandingWarning], sections: Collection[int], *, whole: bool, many: bool
) -> list[StandingWarning]:
    """Those that readers of these sections hold, of the `whole` those of anybody it is told to; first what holds in all
    of a section, which every reader there holds. `many` names what else groups have heard of, behind these.
    """
    mine = [each for each in beside if not each.sections.isdisjoint(sections) or (whole and each.in_reach)]
    mine.sort(key=lambda each: each.throughout.isdisjoint(sections))  # stable: the highest level first
    return [*mine, *(each for each in beside if many and each.in_groups and each not in mine)]


def _in_language(blocks: Sequence[StandingBlock], language: str) -> tuple[StandingBlock, ...]:
    exact = tuple(block for block in blocks if block.language.casefold() == language.casefold())
    return exact or tuple(block for block in blocks if primary(block.language) == primary(language))


def _blocks(events: Events, alert: Alert) -> tuple[StandingBlock, ...]:
    return tuple(StandingBlock(info.language, _describe_warning(events, alert, info)) for info in alert.infos)


def _describe_warning(events: Events, alert: Alert, info: Info) -> OtherWarning:
    comma = "、" if primary(info.language) in {"zh", "ja", "yue"} else ", "
    area = line(comma.join(dict.fromkeys(area.description.strip() for area in info.areas)), _AREA)
    sender = line(info.sender_name.strip() or alert.sender, _AREA)
    return OtherWarning(area, name_warning(events, info), sender, alert.sent)


def _county(key: str) -> str:
    """The county of a township or village; whatever is larger itself."""
    while level_of(key) > _COUNTY and (above := parent_of(key)) is not None:
        key = above
    return key


def _overlap(some: frozenset[str], others: frozenset[str]) -> bool:
    return any(covers(one, other) or covers(other, one) for one in some for other in others)


def _original(connection: Connection, row: AlertHead) -> int:
    """The first message of the chain whose warning it is."""
    passed_on = alerts.look_up(connection, row.relays) if isinstance(row.relays, int) else None
    shown = passed_on or row
    return int(shown.root if isinstance(shown.root, int) else shown.id)
