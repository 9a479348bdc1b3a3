"""Notices without a level over the API: what is filled into prepared words, or into the texts of a paper."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from approvals.moment import Moment
from hub.access.permissions import Permission
from hub.alert.views import AlertView
from hub.compose.evacuation_notice import FilledPlaces
from hub.drafting.alarm import AlarmRequest
from hub.drafting.evacuation import EvacuationRequest
from hub.web.api.drafts import Tag, answer_with_alert
from hub.web.api.endpoint import MOST_NUMBER, Call, Route
from hub.web.api.planning import Names
from hub.web.body import Body

Name = Annotated[str, Field(min_length=1, max_length=200)]


class FilledBody(Body):
    """In one language: who leaves which place, and where to."""

    place: Name
    refuge: Name


class EvacuationBody(Body):
    """`event` by key, code or word of the table; `by` when people are to be away; `filled` by language tag.

    `regions` are the keys of what is left, all in one's own area; nothing is drawn.
    """

    event: Name
    regions: Annotated[Names, Field(min_length=1)]
    by: Annotated[Moment, Field(strict=False)]
    filled: Annotated[dict[Tag, FilledBody], Field(min_length=1, max_length=10)]
    contact: Annotated[str, Field(max_length=200)] = ""
    channels: Names = ()

    def evacuation(self) -> EvacuationRequest:
        """What is asked for."""
        filled = {tag: FilledPlaces(each.place, each.refuge) for tag, each in self.filled.items()}
        return EvacuationRequest(self.event, frozenset(self.regions), self.by, filled, self.contact, self.channels)


class AlarmBody(Body):
    """`mandate` is the number of the paper, `values` what is put into the slots of its texts; `zones` of it by name.

    Without zones it is for all of the paper, without a level of its highest, without channels over all it names.
    """

    mandate: Annotated[int, Field(ge=1, le=MOST_NUMBER)]
    values: Annotated[dict[Name, Name], Field(default_factory=dict, max_length=40)]
    zones: Names = ()
    level: Annotated[str, Field(max_length=16)] = ""
    channels: Names = ()


async def evacuate(call: Call) -> web.Response:
    body = await call.json(EvacuationBody)
    return answer_with_alert(await call.hub.drafting.evacuate(call.official, body.evacuation()), 201)


async def alarm(call: Call) -> web.Response:
    body = await call.json(AlarmBody)
    request = AlarmRequest(body.mandate, body.values, body.zones, body.level, body.channels)
    return answer_with_alert(await call.hub.drafting.alarm(call.official, request), 201)


NOTICE_ENDPOINTS = (
    Route("POST", "/alerts/evacuations", "createEvacuation",
             "Draft an urgent evacuation notice: prepared words, no level, for one's own area", evacuate, AlertView,
             201, body=EvacuationBody, permission=Permission.UNIT_ALERT_DRAFT),
    Route("POST", "/alerts/alarms", "createAlarm",
             "Draft an operator's alarm: a text of its paper, for zones of its paper", alarm, AlertView, 201,
             body=AlarmBody, permission=Permission.UNIT_ALERT_DRAFT),
)  # fmt: skip
