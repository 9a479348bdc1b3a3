"""The warnings that hold beside one that ends: whoever reads the all-clear is not to take them for ended too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.event import Events
from hub.alert import Info, MsgType
from hub.lifecycle import Stage
from hub.release.clean import line
from hub.release.event_name import named
from hub.release.frozen import content_of
from hub.release.plan import Plan
from hub.store import alerts
from hub.store.alerts import AlertRow
from targeting.region import covers
from templates.all_clear import Named, still_in_force

_NAMED = 3  #: more than these are counted: an all-clear is heard once
_AREA = 40  #: characters of the names of their places


@dataclass(frozen=True, slots=True)
class StandingBlock:
    """What one info block of a warning in force says in its language: where, and of what."""

    language: str
    area: str
    warning: Named


#: a warning in force by its blocks
StandingWarning = tuple[StandingBlock, ...]


def warnings_beside(connection: Connection, events: Events, row: AlertRow, now: int) -> tuple[StandingWarning, ...]:
    """Other warnings in force at `now` (ms) for anybody whom the chain of `row` may have told, or in one of its places.

    The highest level first. A relay holds for those it was passed on to, as the warning it passes on.
    """
    root = row.root or row.id
    chain = alerts.chain(connection, root)
    told, places = _told(connection, chain), _places(chain)
    found: dict[int, AlertRow] = {}
    for each in alerts.in_stage(connection, Stage.RELEASED):
        over = each.msg_type == MsgType.CANCEL or each.expires_at <= now or each.world != row.world
        if over or _original(connection, each) == root:
            continue
        if _told(connection, [each]).intersect(told) or _meet(places, _places([each])):
            found.setdefault(each.relays or each.id, each)
    ranked = sorted(found.values(), key=lambda each: (-each.level, each.id))
    return tuple(tuple(_block(events, info) for info in content_of(each).infos) for each in ranked)


def beside_text(words: Mapping[str, str], language: str, beside: Sequence[StandingWarning]) -> str:
    """What the all-clear says of them in one language; those without a text in it are counted."""
    spoken = [blocks for warning in beside if (blocks := _in_language(warning, language))]
    items = list(dict.fromkeys((block.area, block.warning) for blocks in spoken for block in blocks))
    return still_in_force(words, items[:_NAMED], len(beside) - len(spoken) + len(items[_NAMED:]))


def _in_language(warning: StandingWarning, language: str) -> StandingWarning:
    exact = tuple(block for block in warning if block.language.casefold() == language.casefold())
    return exact or tuple(block for block in warning if _primary(block.language) == _primary(language))


def _block(events: Events, info: Info) -> StandingBlock:
    comma = "、" if _primary(info.language) in {"zh", "ja", "yue"} else ", "
    area = line(comma.join(dict.fromkeys(area.description.strip() for area in info.areas)), _AREA)
    return StandingBlock(info.language, area, named(events, info))


def _told(connection: Connection, rows: Sequence[AlertRow]) -> BitMap:
    orders = (alerts.find_order(connection, each.id) for each in rows)
    return BitMap.union(BitMap(), *(order.audience for order in orders if order is not None))


def _places(rows: Sequence[AlertRow]) -> frozenset[str]:
    return frozenset(key for each in rows for key in Plan.from_json(each.plan).audience.regions)


def _meet(some: frozenset[str], others: frozenset[str]) -> bool:
    return any(covers(one, other) or covers(other, one) for one in some for other in others)


def _original(connection: Connection, row: AlertRow) -> int:
    """The first message of the chain whose warning it is."""
    passed_on = alerts.get(connection, row.relays) if row.relays is not None else None
    shown = passed_on or row
    return int(shown.root or shown.id)


def _primary(language: str) -> str:
    return language.casefold().partition("-")[0]
