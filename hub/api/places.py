"""Regions, and how many people an audience holds."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from hub.api.endpoint import Call, answer
from hub.errors import Refusal
from targeting.audience import Audience


@dataclass(frozen=True, slots=True)
class CountView:
    """People who can be reached, each counted once."""

    recipients: int


async def region(call: Call) -> web.Response:
    return answer(await call.hub.places.region(call.request.match_info["key"]))


async def count(call: Call) -> web.Response:
    audience = Audience(frozenset(call.many("regions")), groups=frozenset(call.many("groups")))
    if audience.is_placeless:
        raise Refusal("name at least one region", rule="audience-placeless", place="regions")
    return answer(CountView(await call.hub.places.count(audience, call.many("channels"))))
