"""A zone that no alarm could name is refused when the paper is proposed, not when the dam breaks."""

from __future__ import annotations

from typing import Any

import pytest
from shapely import box
from sqlalchemy import Connection

from hub.errors import Invalid, Refusal
from hub.signoff import standing
from hub.store.register import regions
from tests.stories.test_operators import Reservoir
from tests.stories.town import BAOTA, ZHIDAN, Town

AROUND_THE_HILLS = "36.79,108.79 36.79,108.81 36.81,108.81 36.81,108.79 36.79,108.79"  #: the other county's people
WHERE_NOBODY_LIVES = "36.20,109.49 36.20,109.51 36.21,109.51 36.21,109.49 36.20,109.49"
BOW_TIE = "36.59,109.49 36.61,109.51 36.61,109.49 36.59,109.51 36.59,109.49"


def drawn(polygon: str) -> dict[str, Any]:
    return {"zones": [{"name": "坝下", "polygon": polygon}]}


@pytest.fixture
async def reservoir(settle) -> Reservoir:
    return await Reservoir.settled(settle)


async def proposes(reservoir: Reservoir, changes: dict[str, Any]) -> Any:
    return await reservoir.town.hub.transactions.write(
        reservoir.town.officials["clerk"].name,
        lambda tx: reservoir.town.hub.delegations.propose(
            tx, reservoir.town.officials["clerk"], reservoir.paper(**changes)
        ),
    )


async def outlines(town: Town, key: str, west: float, south: float, east: float, north: float) -> None:
    def work(connection: Connection) -> None:
        regions.set_outline(connection, regions.ids_by_key(connection, [key])[key], box(west, south, east, north))

    await town.hub.db.write(work)


WRONG = [
    pytest.param(
        {"zones": [{"name": "坝下", "regions": ["610602999000"]}]}, "region-unknown", "region show", id="unknown"
    ),
    pytest.param(drawn(BOW_TIE), "X9", "crosses itself", id="a bow tie"),
    pytest.param(drawn("36.5,109.5 36.6,109.5 36.7,109.5 36.5,109.5"), "X9", "encloses nothing", id="a line"),
    pytest.param(drawn(AROUND_THE_HILLS), "AUTH-3", "610625", id="people of the next county"),
    pytest.param(drawn(WHERE_NOBODY_LIVES), "AUTH-3", "--outlines", id="ground of no region"),
]


@pytest.mark.parametrize(("changes", "rule", "told"), WRONG)
async def test_a_zone_that_is_no_place_of_the_paper_is_not_proposed(reservoir, changes, rule, told) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        await proposes(reservoir, changes)
    assert (refused.value.rule, refused.value.place) == (rule, "zones.坝下")


async def test_a_zone_over_ground_of_the_next_county_is_not_proposed(reservoir: Reservoir) -> None:
    town = reservoir.town
    await outlines(town, BAOTA, 109.0, 36.0, 109.5, 37.0)  # the houses of the bridge stand on its border
    await outlines(town, ZHIDAN, 109.5, 36.0, 110.0, 37.0)
    with pytest.raises(Invalid, match=ZHIDAN) as refused:
        await proposes(reservoir, {})
    assert refused.value.rule == "AUTH-3"


async def test_a_zone_where_nobody_lives_is_proposed_where_its_ground_is_known(reservoir: Reservoir) -> None:
    await outlines(reservoir.town, BAOTA, 109.0, 36.0, 110.0, 37.0)
    assert (await proposes(reservoir, drawn(WHERE_NOBODY_LIVES))).state == "proposed"


@pytest.mark.parametrize("polygon", [AROUND_THE_HILLS, WHERE_NOBODY_LIVES, BOW_TIE])
async def test_without_the_look_such_a_paper_is_signed_and_its_alarm_refused(
    reservoir: Reservoir, monkeypatch: pytest.MonkeyPatch, polygon: str
) -> None:
    monkeypatch.setattr(standing, "must_lie_within", lambda *_: None)
    paper = await reservoir.signed(**drawn(polygon))
    with pytest.raises(Refusal) as refused:
        await reservoir.alarms(paper.id)
    assert refused.value.rule in {"mandate", "mandate-zone"}
