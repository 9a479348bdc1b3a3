"""Regions, and how many people an audience holds."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import NotFound, Refusal
from hub.rules.rule import Rule
from hub.store.register import regions
from hub.web.api.endpoint import Call, answer
from targeting.audience import Audience, Groups
from targeting.region import normalise


@dataclass(frozen=True, slots=True)
class CountView:
    """People who can be reached, each counted once."""

    recipients: int


@dataclass(frozen=True, slots=True)
class RegionView:
    """`level` is 1 province to 5 village; `parent` and `children` are the keys of the regions around and inside."""

    key: str
    name: str
    level: int
    parent: str | None
    children: tuple[str, ...]


async def region(call: Call) -> web.Response:
    key = normalise("", call.request.match_info["key"])
    view = await call.hub.db.read(lambda connection: _view(connection, key))
    if view is None:
        raise NotFound("there is no region of this key", rule=Rule.NO_SUCH_REGION, place="key")
    return answer(view)


def _view(connection: Connection, key: str) -> RegionView | None:
    found = regions.by_key(connection, key)
    if found is None:
        return None
    parent = regions.by_id(connection, found.parent) if found.parent is not None else None
    children = tuple(child.key for child in regions.children(connection, found.id))
    return RegionView(found.key, found.name, found.level, parent.key if parent else None, children)


async def count(call: Call) -> web.Response:
    keys = frozenset(normalise("", key) for key in call.many("regions"))
    audience = Audience(keys, groups=Groups(frozenset(call.many("groups"))))
    if audience.is_placeless:
        raise Refusal("name at least one region", rule=Rule.AUDIENCE_PLACELESS, place="regions")
    return answer(CountView(await call.hub.audiences.count(audience, call.many("channels"))))
