"""How many people an audience holds, before anything is drafted."""

from __future__ import annotations

import numpy as np
import pytest

from approvals.level import Level
from hub.alert.views import PlanRequest
from hub.clock import to_ms
from hub.errors import Invalid
from hub.estimate.service import Hypothetical
from hub.store.register import preferences, purposes
from hub.store.register.preferences import EVERYTHING, Preferences, Way
from targeting.audience import Audience, Circle, Groups, Polygon
from tests.stories.town import BAOTA, BRIDGE, CITY, NATION, Town


@pytest.mark.parametrize(("key", "count"), [(BRIDGE, 12), (BAOTA, 20), (CITY, 25), (NATION, 25)])
async def test_a_region_holds_everyone_registered_in_it_and_below(town: Town, key: str, count: int) -> None:
    assert await town.hub.audiences.count(Audience(frozenset({key})), ()) == count


async def test_parts_of_an_audience_that_overlap_count_everyone_once(town: Town) -> None:
    audience = Audience(frozenset({BRIDGE, BAOTA}), circles=(Circle(36.6, 109.5, 3.0),))
    assert await town.hub.audiences.count(audience, ()) == 20


async def test_an_audience_without_a_place_is_nobody(town: Town) -> None:
    assert await town.hub.audiences.count(Audience(groups=Groups(frozenset({"elderly"}))), ()) == 0


async def test_only_those_with_one_of_the_channels_are_counted(town: Town) -> None:
    await town.moves("bridge-0", BRIDGE, without="sms")
    audience = Audience(frozenset({BRIDGE}))
    assert await town.hub.audiences.count(audience, ("sms",)) == 11
    assert await town.hub.audiences.count(audience, ("sms", "voice")) == 12


@pytest.mark.parametrize(
    ("audience", "rule", "word"),
    [
        (Audience(frozenset({"999999999999"})), "region-unknown", "999999999999"),
        (Audience(frozenset({BRIDGE}), groups=Groups(frozenset({"dragons"}))), "group-unknown", "dragons"),
        (Audience(polygons=(Polygon(((0.0, 0.0),) * 4),)), "X9", "polygon 1"),
        (Audience(circles=(Circle(95.0, 0.0, 1.0),)), "X9", "circle 1"),
    ],
)
async def test_what_is_not_known_or_no_shape_is_refused_by_name(town: Town, audience, rule: str, word: str) -> None:
    with pytest.raises(Invalid) as refused:
        await town.hub.audiences.count(audience, ())
    assert refused.value.rule == rule
    assert word in str(refused.value)


@pytest.mark.parametrize("level", [Level.BLUE, Level.YELLOW, Level.RED])
@pytest.mark.parametrize("channels", [(), ("sms",), ("voice",), ("sms", "voice")])
async def test_a_count_holds_whom_the_estimate_holds_whatever_people_chose(
    town: Town, channels: tuple[str, ...], level: Level
) -> None:
    chosen = (
        Preferences(frozenset({EVERYTHING})),
        Preferences(frozenset({"sms"})),
        Preferences(least=int(Level.ORANGE)),
    )
    wanted = {town.ids[f"bridge-{number}"]: choice for number, choice in enumerate(chosen)}
    way = Way("page", to_ms(town.clock.now()))
    await town.hub.db.write(lambda connection: preferences.store_preferences(connection, wanted, way))
    await town.moves("bridge-5", BRIDGE, without="sms")
    duty = np.array([town.ids["bridge-9"]], dtype=np.uint32)
    await town.hub.db.write(lambda connection: purposes.bind(connection, purposes.RESPONSIBLE, duty, duty[:0]))
    thought = Hypothetical(level)
    audience = Audience(frozenset({BRIDGE}))
    estimate = await town.hub.estimates.of_plan(PlanRequest(channels, audience.regions), thought)
    counted = await town.hub.audiences.count(audience, channels, thought)
    assert counted == estimate.persons - (estimate.unreachable.persons if channels else 0)
    assert (await town.hub.audiences.contributions(audience, channels, thought)).persons == counted
    assert counted <= (11 if level is Level.RED else 10)
