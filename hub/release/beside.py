"""The warnings that hold beside one that ends: whoever reads the all-clear is not to take them for ended too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.event import Events
from hub.alert import Alert, Info
from hub.release.clean import line
from hub.release.event_name import named
from hub.release.frozen import content_of
from hub.release.plan import Plan
from hub.release.verified_order import VerifiedOrders
from hub.store import alerts
from hub.store.alerts import AlertRow
from targeting.region import covers
from templates.all_clear import OtherWarning, still_in_force

_NAMED = 3  #: more than these are counted: an all-clear is heard once
_AREA = 40  #: characters of the names of their places, and of who issued them


@dataclass(frozen=True, slots=True)
class StandingBlock:
    """What one info block of a warning in force says in its language."""

    language: str
    said: OtherWarning


#: a warning in force by its blocks
StandingWarning = tuple[StandingBlock, ...]


@dataclass(frozen=True, slots=True)
class WarningsBeside:
    """Looks for them by verified orders: no warning that somebody wrote into SQL is told to people."""

    events: Events
    orders: VerifiedOrders

    def find(self, connection: Connection, row: AlertRow, now: int) -> tuple[StandingWarning, ...]:
        """Other warnings in force at `now` (ms) for anybody whom the chain of `row` may have told, or in one of its
        places; what begins only later is none of them.

        The highest level first. A relay holds for those it was passed on to, as the warning it passes on.
        """
        root = row.root or row.id
        chain = alerts.chain(connection, root)
        told, places = _persons_ordered(connection, chain), _regions(chain)
        found: dict[int, AlertRow] = {}
        for each in alerts.said_to_warn(connection, row.world, now):
            if _original(connection, each) == root:
                continue
            message = self.orders.in_force(connection, each, now)
            whole = alerts.get(connection, each.id)
            if message is None or whole is None or not message.is_content(whole.content):
                continue
            if _persons_ordered(connection, [each]).intersect(told) or _overlap(places, _regions([whole])):
                found.setdefault(each.relays or each.id, whole)
        ranked = sorted(found.values(), key=lambda each: (-each.level, each.id))
        return tuple(_blocks(self.events, content_of(each)) for each in ranked)


def beside_text(words: Mapping[str, str], language: str, beside: Sequence[StandingWarning]) -> str:
    """What the all-clear says of them in one language; those without a text in it are counted."""
    spoken = [blocks for warning in beside if (blocks := _in_language(warning, language))]
    items = list(dict.fromkeys(block.said for blocks in spoken for block in blocks))
    return still_in_force(words, items[:_NAMED], len(beside) - len(spoken) + len(items[_NAMED:]))


def _in_language(warning: StandingWarning, language: str) -> StandingWarning:
    exact = tuple(block for block in warning if block.language.casefold() == language.casefold())
    return exact or tuple(block for block in warning if _primary(block.language) == _primary(language))


def _blocks(events: Events, alert: Alert) -> StandingWarning:
    return tuple(StandingBlock(info.language, _said(events, alert, info)) for info in alert.infos)


def _said(events: Events, alert: Alert, info: Info) -> OtherWarning:
    comma = "、" if _primary(info.language) in {"zh", "ja", "yue"} else ", "
    area = line(comma.join(dict.fromkeys(area.description.strip() for area in info.areas)), _AREA)
    sender = line(info.sender_name.strip() or alert.sender, _AREA)
    return OtherWarning(area, named(events, info), sender, alert.sent)


def _persons_ordered(connection: Connection, rows: Sequence[AlertRow]) -> BitMap:
    orders = (alerts.find_order(connection, each.id) for each in rows)
    return BitMap.union(BitMap(), *(order.audience for order in orders if order is not None))


def _regions(rows: Sequence[AlertRow]) -> frozenset[str]:
    return frozenset(key for each in rows for key in Plan.from_json(each.plan).audience.regions)


def _overlap(some: frozenset[str], others: frozenset[str]) -> bool:
    return any(covers(one, other) or covers(other, one) for one in some for other in others)


def _original(connection: Connection, row: AlertRow) -> int:
    """The first message of the chain whose warning it is."""
    passed_on = alerts.get(connection, row.relays) if row.relays is not None else None
    shown = passed_on or row
    return int(shown.root or shown.id)


def _primary(language: str) -> str:
    return language.casefold().partition("-")[0]
