"""Whose area a drawn warning is for: where its people are registered, and whose ground it covers."""

from __future__ import annotations

import shapely

from hub.alert.views import PlanRequest
from hub.audience.jurisdiction import concerned_regions, regions_covered, regions_touched
from hub.audience.plan import Plan
from hub.audience.select import target
from hub.store.alerts import alerts
from hub.store.register import regions
from targeting.audience import Audience, Circle
from targeting.region import covers
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, ZHIDAN, Town

BY_THE_BRIDGE = Audience(circles=(Circle(36.6, 109.5, 3.0),))


async def touched(town: Town, audience: Audience) -> frozenset[str]:
    def work(connection):
        return regions_touched(connection, target(connection, audience).persons)

    return await town.hub.db.read(work)


async def test_people_of_one_county_stake_their_townships(town: Town) -> None:
    assert await touched(town, Audience(frozenset({BRIDGE}))) == {BRIDGE}
    assert await touched(town, Audience(frozenset({BRIDGE, RIVER}))) == {BRIDGE, RIVER}


async def test_people_of_two_counties_stake_both(town: Town) -> None:
    assert await touched(town, Audience(frozenset({BRIDGE, HILLS}))) == {BAOTA, ZHIDAN}


async def test_nobody_stakes_nothing(town: Town) -> None:
    assert await touched(town, Audience()) == frozenset()


async def test_a_shape_that_covers_the_ground_of_a_neighbour_stakes_it_although_nobody_there_is_selected(
    town: Town,
) -> None:
    def work(connection):
        number = regions.ids_by_key(connection, [ZHIDAN])[ZHIDAN]
        regions.set_outline(connection, number, shapely.box(109.5, 36.0, 110.5, 37.0))
        persons = target(connection, BY_THE_BRIDGE).persons
        far = Audience(circles=(Circle(30.0, 100.0, 3.0),))
        return concerned_regions(connection, BY_THE_BRIDGE, persons), regions_covered(connection, far)

    near, far = await town.hub.db.write(work)
    assert ZHIDAN in near
    assert any(covers(BAOTA, key) for key in near)
    assert far == frozenset()


async def test_a_drawn_draft_stakes_what_it_concerns_and_not_the_whole_country(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    author = town.officials["author"]
    view = await town.hub.drafting.replan(author, draft.id, draft.version, PlanRequest(("sms",), also=BY_THE_BRIDGE))
    row = await town.hub.db.read(lambda connection: alerts.get(connection, view.id))
    assert any(covers(BAOTA, key) for key in Plan.from_json(row.plan).staked)
