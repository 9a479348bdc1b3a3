"""Whom a warning is for, over the API: the plan of a draft as one JSON body, the count of it, and named areas."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from approvals.level import Level
from hub.access.permissions import Permission
from hub.alert.views import AlertView, PlanRequest
from hub.audience.areas import find_named_area, list_named_areas, remove_named_area, store_named_area
from hub.dossier.explain import PersonView
from hub.errors import Invalid, Refusal
from hub.estimate.service import Hypothetical
from hub.rules.rule import Rule
from hub.store.alerts.areas import NamedArea
from hub.web.api.drafts import answer_with_alert, version_of
from hub.web.api.endpoint import ALERT, IF_MATCH, Call, Param, Route, answer
from hub.web.api.places import CountView
from hub.web.body import Body
from targeting import geojson
from targeting.audience import Audience, Groups, tree
from targeting.contribution import Contributions
from targeting.geometry import WIDEST_KM, ShapeRefused

Names = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=96)], ...], Field(strict=False)]


class GroupsBody(Body):
    """In one of `any`, in each of `all`, in none of `none`; what is empty asks for nothing."""

    any: Names = ()
    all: Names = ()
    none: Names = ()


class PlacesBody(Body):
    """Region keys, named areas and shapes. `geojson` is RFC 7946 with properties width_km, radius_km, buffer_km."""

    regions: Names = ()
    areas: Names = ()
    geojson: dict[str, Any] | None = None
    buffer_km: Annotated[float, Field(ge=0, le=WIDEST_KM, strict=False)] = 0.0

    def request(self) -> PlanRequest:
        """The places alone. Raises Invalid."""
        return PlanRequest(regions=frozenset(self.regions), areas=self.areas, also=self.read_drawing())

    async def read_request(self) -> PlanRequest:
        """`request`, away from the loop: a drawing of a hundred thousand corners takes a while."""
        return await asyncio.to_thread(self.request)

    def read_drawing(self) -> Audience:
        """The shapes. Raises Invalid naming the place in the document."""
        if self.geojson is None:
            return Audience()
        try:
            return geojson.read(self.geojson, self.buffer_km)
        except ShapeRefused as error:
            raise Invalid(str(error), rule=Rule.GEOJSON, place="geojson") from None


class PlanBody(PlacesBody):
    """All of a plan: what is left out is asked for no longer. `languages` are ranges: en holds en-US (RFC 4647).

    `unlocated` names the regions whose people without coordinates are included where a shape covers a part, and may
    name none; left out, they are those of which the shapes cover the usual share for the level.
    """

    groups: GroupsBody = GroupsBody()
    languages: Names = ()
    channels: Names = ()
    unlocated: Names | None = None

    def request(self) -> PlanRequest:
        drawn, groups = self.read_drawing(), self.groups
        named = Groups(frozenset(groups.any), frozenset(groups.all), frozenset(groups.none))
        also = Audience(
            polygons=drawn.polygons,
            circles=drawn.circles,
            groups=named,
            corridors=drawn.corridors,
            languages=frozenset(self.languages),
        )
        chosen = None if self.unlocated is None else frozenset(self.unlocated)
        return PlanRequest(self.channels, frozenset(self.regions), areas=self.areas, also=also, unlocated=chosen)


class CountBody(PlanBody):
    """A plan, and what is known of the warning: by its level and event people's own choices hold or do not.

    With no level the lowest: whoever is counted then is sent a warning of any level.
    """

    level: Literal["red", "orange", "yellow", "blue"] = "blue"
    event: Annotated[str, Field(max_length=200, description="12379 event code, or the event in words")] = ""


class ExplainBody(Body):
    """Whether a plan would reach one person of the register, and why."""

    recipient: Annotated[str, Field(min_length=1, max_length=128)]
    plan: PlanBody


@dataclass(frozen=True, slots=True)
class ReasonedCount(CountView):
    """`why`, where it was asked for: what every clause brings, and how many stood in several of the places."""

    why: Contributions | None = None


@dataclass(frozen=True, slots=True)
class AreaView:
    """`places` as plans keep it: regions, polygons, circles and corridors, latitude first. It belongs to `unit`."""

    name: str
    version: int
    changed_by: str
    unit: str
    places: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def _view(area: NamedArea, notes: tuple[str, ...] = ()) -> AreaView:
    described = tree(area.places)
    places = {part: described[part] for part in ("regions", "polygons", "circles", "corridors")}
    return AreaView(area.name, area.version, area.by, area.unit, places, notes)


async def replan(call: Call) -> web.Response:
    version, body = version_of(call), await call.json(PlanBody)
    return answer_with_alert(
        await call.hub.drafting.replan(call.official, call.number, version, await body.read_request())
    )


async def count(call: Call) -> web.Response:
    body = await call.json(CountBody)
    thought = Hypothetical(Level.of(body.level), body.event)
    audience = await call.hub.audiences.resolve(await body.read_request())
    if audience.is_placeless:
        raise Refusal("name at least one region, area or shape", rule=Rule.AUDIENCE_PLACELESS, place="regions")
    why = call.one("why")
    if why not in (None, "true", "false"):
        raise Refusal("why is true or false", rule=Rule.QUERY_BOOLEAN, place="why")
    if why == "true":
        found = await call.hub.audiences.contributions(audience, body.channels, thought)
        return answer(ReasonedCount(found.persons, found))
    return answer(ReasonedCount(await call.hub.audiences.count(audience, body.channels, thought)))


async def explain(call: Call) -> web.Response:
    alert = call.whole("alert")
    if alert is None:
        raise Refusal("alert is the number of an alert", rule=Rule.QUERY_NUMBER, place="alert")
    await call.hub.alerts.must_read(call.official, alert)
    external_id = call.request.match_info["external_id"]
    return answer(await call.hub.explaining.of_alert(call.official, external_id, alert))


async def explain_plan(call: Call) -> web.Response:
    body = await call.json(ExplainBody)
    return answer(await call.hub.explaining.of_plan(call.official, body.recipient, await body.plan.read_request()))


async def areas(call: Call) -> web.Response:
    return answer([_view(area) for area in await call.read(list_named_areas)])


async def area(call: Call) -> web.Response:
    name = call.request.match_info["name"]
    return answer(_view(await call.read(lambda tx: find_named_area(tx, name))))


async def put_area(call: Call) -> web.Response:
    body = await call.json(PlacesBody)
    name, unit, request = call.request.match_info["name"], call.official.unit, await body.read_request()
    kept = await call.write(lambda tx: store_named_area(tx, unit, name, request))
    return answer(_view(kept.area, kept.notes))


async def remove_area(call: Call) -> web.Response:
    name, unit = call.request.match_info["name"], call.official.unit
    return answer(_view(await call.write(lambda tx: remove_named_area(tx, unit, name))))


_AREA = "/areas/{name}"


async def relay(call: Call) -> web.Response:
    body = await call.json(PlanBody)
    return answer_with_alert(await call.hub.drafting.relay(call.official, call.number, await body.read_request()), 201)


PLANNING_ENDPOINTS = (
    Route(
        "PUT",
        f"{ALERT}/plan",
        "planAlert",
        "Say whom a draft is for and over which channels",
        replan,
        AlertView,
        200,
        (IF_MATCH,),
        PlanBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "POST",
        f"{ALERT}/relay",
        "relayAlert",
        "Draft a relay: another unit's alert, unaltered, to people of one's own area",
        relay,
        AlertView,
        201,
        (),
        PlanBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "POST",
        "/recipients/count",
        "countAudience",
        "Count the people a plan reaches",
        count,
        ReasonedCount,
        params=(Param("why", "Also what every clause brings", {"type": "boolean"}),),
        body=CountBody,
        asks=True,
        permission=Permission.HUB_AUDIENCE_COUNT,
    ),
    Route(
        "GET",
        "/recipients/{external_id}/explain",
        "explainRecipient",
        "Why a person is in the audience of an alert, or not",
        explain,
        PersonView,
        params=(Param("alert", "Number of the alert", {"type": "integer", "minimum": 1}, required=True),),
        permission=Permission.HUB_AUDIENCE_EXPLAIN,
    ),
    Route(
        "POST",
        "/recipients/explain",
        "explainPlan",
        "Why a person would be in the audience of a plan, or not",
        explain_plan,
        PersonView,
        body=ExplainBody,
        asks=True,
        permission=Permission.HUB_AUDIENCE_EXPLAIN,
    ),
    Route(
        "GET",
        "/areas",
        "listAreas",
        "List the named areas",
        areas,
        list[AreaView],
        permission=Permission.UNIT_AREA_READ,
    ),
    Route("GET", _AREA, "getArea", "Show one named area", area, AreaView, permission=Permission.UNIT_AREA_READ),
    Route(
        "PUT",
        _AREA,
        "putArea",
        "Keep places under a name",
        put_area,
        AreaView,
        200,
        body=PlacesBody,
        permission=Permission.UNIT_AREA_KEEP,
    ),
    Route(
        "POST",
        f"{_AREA}/remove",
        "removeArea",
        "Forget a named area",
        remove_area,
        AreaView,
        200,
        permission=Permission.UNIT_AREA_KEEP,
    ),
)
