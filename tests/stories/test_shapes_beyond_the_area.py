"""A shape far beyond the area of whoever draws it is told at the draft, before anyone is asked to sign it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from approvals.official import Right
from hub.alert.alert import Area
from hub.audience import overreach
from hub.clock import to_ms
from hub.formats.cap.write import write
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from targeting.audience import Circle, Polygon
from tests.stories.staff import Staff
from tests.stories.town import BAOTA, NATION, Cast, Town
from tests.stories.warnings import alert_of

HERE, BEIJING = (36.6, 109.5), (39.9, 116.4)  #: the first in 宝塔区
RING = ((36.5, 109.4), (36.5, 109.6), (36.7, 109.6), (36.7, 109.4), (36.5, 109.4))
VALLEY = Area("河谷", polygons=(Polygon(RING),))


def circle(radius_km: float, middle: tuple[float, float] = HERE) -> Area:
    return Area("河谷", circles=(Circle(*middle, radius_km),))


@dataclass
class Drawers(Staff):
    """Drafters of a county and of the country, over HTTP."""

    drafts: int = 0

    async def draws(self, who: str, *areas: Area, alert: int = 0, version: int = 0) -> Any:
        self.drafts += not alert
        whole = alert_of(self.town.clock.now(), f"drawn-{self.drafts}", areas=areas)
        method, path = ("PUT", f"/alerts/{alert}") if alert else ("POST", "/alerts")
        headers = {"Content-Type": "application/xml"} | ({"If-Match": f'"{version}"'} if alert else {})
        status, view = await self.asks(who, method, f"{path}?channels=sms", data=write(whole), headers=headers)
        assert status in (200, 201), view
        return view


def told(view: Any) -> list[tuple[str, str]]:
    return [(each["rule"], each["element"]) for each in view["findings"] if each["rule"] in overreach.RULES]


@pytest.fixture
async def drawers(settle: Callable[[Cast], Awaitable[Town]]) -> AsyncIterator[Drawers]:
    town = await settle(Cast(bridge=2, river=1, hills=0))

    def enter(connection: Any) -> Any:
        now, found = to_ms(town.clock.now()), {}
        for name, area in (("county", BAOTA), ("country", NATION)):
            new = NewOfficial(name, f"{name} office", area, frozenset({Right.DRAFT}), "meteorological")
            found[name] = officials.add(connection, new, now)
        return found

    staff = await town.hub.db.write(enter)
    async with aiohttp.ClientSession() as http:
        yield Drawers(town, http, staff)


async def test_a_radius_in_metres_is_told_at_the_draft_with_the_kilometres_it_would_be(drawers: Drawers) -> None:
    for who in ("county", "country"):
        view = await drawers.draws(who, circle(5000))
        assert told(view) == [("radius-in-metres", "circle 1")]
        (finding,) = [each for each in view["findings"] if each["rule"] == "radius-in-metres"]
        assert finding["values"] | {"beyond_km": 0, "area": ""} == {
            "shape": "circle 1", "radius_km": 5000.0, "meant_km": 5.0, "beyond_km": 0, "area": "",
        }  # fmt: skip
        assert "write 5" in finding["text"]


async def test_a_shape_of_the_own_area_and_a_little_of_the_neighbours_is_not_told(drawers: Drawers) -> None:
    assert told(await drawers.draws("county", VALLEY, circle(5), circle(40))) == []


async def test_a_shape_far_beyond_that_no_unit_of_length_explains_is_told_too(drawers: Drawers) -> None:
    view = await drawers.draws("county", VALLEY, circle(10, BEIJING))
    assert told(view) == [("shape-beyond-area", "circle 1")]
    assert told(await drawers.draws("country", VALLEY, circle(10, BEIJING))) == []


async def test_an_edit_takes_the_finding_away_and_brings_it_back_and_a_signer_reads_it(drawers: Drawers) -> None:
    view = await drawers.draws("county", circle(5000))
    mended = await drawers.draws("county", circle(5), alert=view["id"], version=view["version"])
    assert told(mended) == []
    spoilt = await drawers.draws("county", circle(5000), alert=view["id"], version=mended["version"])
    assert told(spoilt) == [("radius-in-metres", "circle 1")]


async def test_the_estimate_of_a_plan_tells_it_before_anything_is_drafted(drawers: Drawers) -> None:
    point = {"type": "Point", "coordinates": [109.5, 36.6]}
    for radius, rules in ((5000, ["radius-in-metres"]), (5, [])):
        shape = {"type": "Feature", "geometry": point, "properties": {"radius_km": radius}}
        status, seen = await drawers.asks("county", "POST", "/estimate", json={"geojson": shape, "level": "orange"})
        assert status == 200, seen
        assert [each["rule"] for each in seen["findings"] if each["rule"] in overreach.RULES] == rules


async def test_without_the_look_at_the_reach_nothing_would_be_told(
    drawers: Drawers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.drafting.store_draft.overreaching", lambda *_: [])
    assert told(await drawers.draws("county", circle(5000))) == []
