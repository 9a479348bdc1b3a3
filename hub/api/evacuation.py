"""Urgent evacuation notices (紧急转移通知) over the API: what is filled into the prepared words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated

from aiohttp import web
from pydantic import AwareDatetime, Field

from hub.api.drafts import Tag, shown
from hub.api.endpoint import DRAFT, Call, Endpoint
from hub.api.planning import Names, PlacesBody
from hub.delivery import AlertView
from hub.drafting.evacuation import EvacuationRequest, FilledPlaces
from hub.web.body import Body

Name = Annotated[str, Field(min_length=1, max_length=200)]


class FilledBody(Body):
    """In one language: who leaves which place, and where to."""

    place: Name
    refuge: Name


class EvacuationBody(PlacesBody):
    """`event` by key, code or word of the table; `by` when people are to be away; `filled` by language tag.

    `regions` and `geojson` are the places to leave, all in one's own area.
    """

    event: Name
    by: Annotated[AwareDatetime, Field(strict=False)]
    filled: Annotated[dict[Tag, FilledBody], Field(min_length=1, max_length=10)]
    contact: Annotated[str, Field(max_length=200)] = ""
    channels: Names = ()

    def evacuation(self) -> EvacuationRequest:
        """What is asked for. Raises Invalid for a drawing that cannot be read."""
        places = replace(self.drawn(), regions=frozenset(self.regions))
        filled = {tag: FilledPlaces(each.place, each.refuge) for tag, each in self.filled.items()}
        return EvacuationRequest(self.event, places, self.by, filled, self.contact, self.channels)


async def evacuate(call: Call) -> web.Response:
    body = await call.json(EvacuationBody)
    request = await asyncio.to_thread(body.evacuation)
    return shown(await call.hub.drafting.evacuate(call.official, request), 201)


EVACUATION_ENDPOINTS = (
    Endpoint("POST", "/alerts/evacuations", "createEvacuation",
             "Draft an urgent evacuation notice: prepared words, no level, for one's own area", evacuate, AlertView,
             201, DRAFT, body=EvacuationBody),
)  # fmt: skip
