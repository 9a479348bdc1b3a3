"""Persons and endpoints of one plan."""

from __future__ import annotations

from typing import Any

import pytest

from hub.audience import select
from hub.audience.select import target, with_endpoints
from hub.store.register import endpoints
from hub.store.register.endpoints import NewEndpoint
from targeting.audience import Audience, Circle, Groups
from tests.stories.town import BAOTA, BRIDGE, CITY, HILLS, RIVER, ZHIDAN, Town


async def robots(town: Town, **regions: str | None) -> dict[int, str]:
    def work(connection):
        return {
            endpoints.add(connection, town.hub.vault, NewEndpoint("wecom", name, "https://robot", "", region)): name
            for name, region in regions.items()
        }

    return await town.hub.db.write(work)


async def chosen(town: Town, audience: Audience, names: dict[int, str]) -> set[str]:
    found = await town.hub.db.read(
        lambda connection: with_endpoints(connection, target(connection, audience), audience, ["wecom"])
    )
    return {names[number] for number in found.endpoints}


async def test_a_robot_serves_where_people_of_the_audience_live_and_nowhere_else(town: Town) -> None:
    names = await robots(town, bridge=BRIDGE, river=RIVER, hills=HILLS, city=CITY, everywhere=None)
    assert await chosen(town, Audience(frozenset({BRIDGE})), names) == {"bridge", "city", "everywhere"}
    assert await chosen(town, Audience(frozenset({BAOTA})), names) == {"bridge", "river", "city", "everywhere"}


async def test_a_shape_finds_the_robots_of_those_who_live_in_it(town: Town) -> None:
    names = await robots(town, bridge=BRIDGE, river=RIVER, hills=HILLS)
    assert await chosen(town, Audience(circles=(Circle(36.6, 109.5, 3.0),)), names) == {"bridge"}


async def test_a_region_without_anyone_in_it_is_still_served_by_its_own_robot(town: Town) -> None:
    names = await robots(town, zhidan=ZHIDAN)
    empty = Audience(frozenset({ZHIDAN}), groups=Groups(frozenset({"fishermen"})))
    assert await chosen(town, empty, names) == {"zhidan"}


async def test_a_robot_taken_out_of_service_is_not_chosen(town: Town) -> None:
    names = await robots(town, bridge=BRIDGE)
    await town.hub.db.write(lambda connection: endpoints.deactivate(connection, next(iter(names))))
    assert await chosen(town, Audience(frozenset({BRIDGE})), names) == set()


async def test_the_clauses_say_how_many_each_part_of_the_audience_holds(town: Town) -> None:
    audience = Audience(frozenset({BRIDGE, HILLS}), groups=Groups(frozenset({"elderly"})))
    found = await town.hub.db.read(lambda connection: target(connection, audience))
    assert [(clause.key, clause.count) for clause in found.why] == [(BRIDGE, 12), (HILLS, 5), ("elderly", 3)]
    assert len(found.persons) == 2


async def test_each_act_looks_once_for_whom_a_drawing_holds_and_the_release_looks_anew(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = [], select.select

    def counted(*asked: Any) -> Any:
        looks.append(asked)
        return look(*asked)

    monkeypatch.setattr(select, "select", counted)
    counts = []
    draft = await town.drafts(also=Audience(circles=(Circle(36.6, 109.5, 3.0),)))
    for act in (town.submits, town.approves, town.releases):
        looks.clear()
        draft = await act(draft)
        counts.append(len(looks))
    assert counts == [1, 0, 1]
    looks.clear()
    await town.hub.estimates.of_alert(draft.id)
    assert len(looks) == 1
