"""Whom a draft is for, over the API: shapes, groups and named areas, counted and planned with the same words."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.official import Right
from hub.alert.views import PlanRequest
from hub.audience.areas import KeptArea, find_named_area, list_named_areas, remove_named_area, store_named_area
from hub.audience.plan import Plan
from hub.errors import Conflict, Invalid, NotFound
from hub.store.alerts import alerts
from hub.web.api.planning import PlacesBody, PlanBody
from targeting.audience import Audience, Circle, Corridor, Groups, Polygon
from tests.stories.town import BAOTA, BRIDGE, Town

SQUARE = [[109.0, 36.0], [110.0, 36.0], [110.0, 37.0], [109.0, 37.0], [109.0, 36.0]]
FAR = [[60.0, 10.0], [61.0, 10.0], [61.0, 11.0], [60.0, 10.0]]
RIVER = {
    "type": "Feature",
    "geometry": {"type": "LineString", "coordinates": [[109.4, 36.6], [109.6, 36.6]]},
    "properties": {"width_km": 8},
}


async def planned(town: Town, alert: int) -> Plan:
    row = await town.hub.db.read(lambda connection: alerts.get(connection, alert))
    return Plan.from_json(row.plan)


async def replanned(town: Town, body: dict[str, Any]) -> tuple[Any, Plan]:
    draft = await town.drafts(channels=("sms",))
    request = PlanBody.model_validate(body).request()
    view = await town.hub.drafting.replan(town.officials["author"], draft.id, draft.version, request)
    return view, await planned(town, view.id)


async def test_a_plan_takes_shapes_groups_and_languages_and_is_a_new_version(town: Town) -> None:
    view, plan = await replanned(
        town,
        {
            "geojson": {"type": "FeatureCollection", "features": [RIVER]},
            "groups": {"any": ["elderly", "children"], "none": ["schools"]},
            "languages": ["zh"],
            "channels": ["voice"],
        },
    )
    assert view.version == 2
    assert plan.channels == ("voice",)
    assert plan.audience.corridors == (Corridor(((36.6, 109.4), (36.6, 109.6)), 4.0),)
    assert plan.audience.groups == Groups(frozenset({"elderly", "children"}), none=frozenset({"schools"}))
    assert plan.audience.languages == {"zh"}


async def test_the_editor_of_a_plan_is_an_author_and_an_old_version_is_a_conflict(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    editor = town.officials["editor"]
    view = await town.hub.drafting.replan(editor, draft.id, 1, PlanRequest(("sms",)))
    assert "editor" in view.authors
    with pytest.raises(Conflict, match="version 1 was edited"):
        await town.hub.drafting.replan(editor, draft.id, 1, PlanRequest(("sms",)))


@pytest.mark.parametrize(
    ("body", "rule", "word"),
    [
        ({"areas": ["nowhere"]}, "area-unknown", "nowhere"),
        ({"regions": ["999999999999"]}, "region-unknown", "999999999999"),
        ({"regions": [BRIDGE], "groups": {"none": ["dragons"]}}, "group-unknown", "dragons"),
        ({"groups": {"all": ["elderly"], "none": ["elderly"]}}, "group-contradiction", "elderly"),
        ({"geojson": {"type": "Point", "coordinates": [109.0, 36.0]}}, "geojson", "radius_km"),
        ({"geojson": {"type": "Polygon", "coordinates": [[[1, 1], [1, 1], [1, 1], [1, 1]]]}}, "X9", "polygon 1"),
    ],
)
async def test_what_a_plan_names_wrongly_is_refused_by_name(town: Town, body: dict, rule: str, word: str) -> None:
    with pytest.raises(Invalid) as refused:
        await town.hub.audiences.resolve(PlanBody.model_validate(body).request())
    assert refused.value.rule == rule
    assert word in str(refused.value)


async def keeps_area(town: Town, name: str, request: PlanRequest) -> KeptArea:
    author = town.officials["author"]
    return await town.hub.transactions.write(author.name, lambda tx: store_named_area(tx, author.unit, name, request))


async def test_a_named_area_is_used_with_its_content_of_the_moment(town: Town) -> None:
    opened = town.hub.transactions
    body = PlacesBody.model_validate({"geojson": {"type": "Polygon", "coordinates": [SQUARE]}, "regions": [BAOTA]})
    kept = await keeps_area(town, "河谷", body.request())
    assert (kept.area.version, kept.area.by) == (1, "author")
    _, plan = await replanned(town, {"areas": ["河谷"]})
    ring = tuple((lat, lon) for lon, lat in SQUARE)
    assert Polygon(ring) in plan.audience.polygons
    assert BAOTA in plan.audience.regions
    changed = await keeps_area(town, "河谷", PlanRequest(also=Audience(circles=(Circle(36.6, 109.5, 1.0),))))
    assert changed.area.version == 2
    row = await town.hub.db.read(lambda connection: alerts.get(connection, 1))
    assert Plan.from_json(row.plan).audience.polygons == (Polygon(ring),)
    await opened.write("author", lambda tx: remove_named_area(tx, town.officials["author"].unit, "河谷"))
    with pytest.raises(NotFound):
        await opened.read(lambda tx: find_named_area(tx, "河谷"))
    assert await opened.read(list_named_areas) == []


async def test_a_repair_of_a_named_area_is_told(town: Town) -> None:
    open_ring = {"type": "Polygon", "coordinates": [SQUARE[:-1]]}
    body = PlacesBody.model_validate({"geojson": open_ring})
    kept = await keeps_area(town, "square", body.request())
    assert "polygon 1: the ring was open" in kept.notes[0]


async def test_the_plan_is_put_and_the_audience_counted_over_http(api, hub) -> None:
    body = {"regions": ["610000000000"], "groups": {"all": ["elderly"]}}
    counted = await api.call("POST", "/recipients/count", json=body)
    assert (counted.status, await counted.json()) == (200, {"recipients": 1000, "why": None})
    await api.post_cap()
    put = await api.call("PUT", "/alerts/1/plan", json=body, headers={"If-Match": '"1"'})
    assert put.status == 200
    name, _, alert, version, request = hub.writes.calls[-1]
    assert (name, alert, version) == ("replan", 1, 1)
    assert request.also.groups == Groups(all=frozenset({"elderly"}))
    assert Right.DRAFT in api.official.rights


async def test_a_count_says_what_every_clause_brings_when_it_is_asked_why(town: Town) -> None:
    body = {"regions": [BRIDGE, BAOTA], "geojson": {"type": "Polygon", "coordinates": [FAR]}, "channels": ["sms"]}
    plan = PlanBody.model_validate(body)
    audience = await town.hub.audiences.resolve(plan.request())
    found = await town.hub.audiences.contributions(audience, plan.channels)
    assert (found.persons, found.several) == (20, 12)
    assert [(each.key, each.alone, each.only) for each in found.clauses] == [
        (BAOTA, 20, 8),
        (BRIDGE, 12, 0),
        ("1", 0, 0),
    ]
    await town.moves("bridge-0", BRIDGE, without="sms")
    assert (await town.hub.audiences.contributions(audience, plan.channels)).persons == 19


async def test_why_and_explanations_are_asked_over_http(api, hub, refused) -> None:
    body = {"regions": ["610000000000"]}
    counted = await api.call("POST", "/recipients/count?why=true", json=body)
    assert (await counted.json())["why"]["clauses"] == []
    await refused(await api.call("POST", "/recipients/count?why=maybe", json=body), 400, "query-boolean")
    await refused(await api.call("GET", "/recipients/bridge-0/explain"), 400, "query-number")
    told = await api.call("GET", "/recipients/bridge-0/explain?alert=7")
    assert (told.status, (await told.json())["external_id"]) == (200, "bridge-0")
    told = await api.call("POST", "/recipients/explain", json={"recipient": "bridge-1", "plan": body})
    assert (told.status, (await told.json())["selected"]) == (200, True)
    assert [asked for _, asked in hub.explaining.calls] == [7, PlanBody.model_validate(body).request()]
