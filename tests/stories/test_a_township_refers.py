"""A township may not warn of rain: whoever sees it there is led to the weather station of the county, and never nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from approvals.acts import Act, seal_act
from approvals.level import Level
from approvals.official import Right
from hub.alert.lifecycle import Stage
from hub.alert.views import PlanRequest
from hub.dossier.authority import AuthorityQuestion
from hub.errors import Conflict, Forbidden
from hub.evidence.verify_pack import judge
from hub.signoff.referral import ReferralRequest
from tests.stories.staff import Staff
from tests.stories.town import BAOTA, BRIDGE, CITY, Cast, Town
from tests.stories.units import enters

STATION, CITY_STATION = "宝塔区气象台", "延安市气象台"
PLAN = PlanRequest(("sms",))


@pytest.fixture
async def town(settle: Any) -> Town:
    town: Town = await settle(Cast())
    await enters(town, "clerk", "桥镇人民政府", BRIDGE, "government")
    return town


async def refers(town: Town, to_unit: str = "") -> Any:
    why = ReferralRequest("暴雨已致路面积水", to_unit)
    return await town.hub.referrals.draft(town.officials["clerk"], town.cap(BRIDGE), PLAN, why)


async def test_the_refusal_names_the_county_and_what_to_do(town: Town) -> None:
    with pytest.raises(Forbidden) as refused:
        await town.hub.drafting.create(town.officials["clerk"], town.cap(BRIDGE), PLAN)
    assert refused.value.members["referral"] == {
        "area": BAOTA,
        "tier": "county",
        "kinds": ["meteorological"],
        "trigger": "HU-4",
    }
    assert f"refer it to a unit of the kind meteorological of the county {BAOTA}" in refused.value.members["remedy"]


async def test_it_goes_to_the_weather_station_of_the_county(town: Town) -> None:
    station = await enters(town, "forecaster", STATION)
    up = await refers(town)
    assert up.stage is Stage.REFERRED
    (waiting,) = await town.hub.referrals.list_referrals("open")
    assert (waiting.to_unit, waiting.rule) == (STATION, "HU-4")
    taken = await town.hub.referrals.adopt(station, waiting.id, waiting.version)
    assert (taken.stage, taken.unit) == (Stage.DRAFT, STATION)


async def test_where_the_county_has_no_station_the_refusal_names_the_next_above_and_that_is_taken(town: Town) -> None:
    await enters(town, "forecaster", CITY_STATION, CITY)
    with pytest.raises(Conflict, match=f"name one above it in to_unit, as {CITY_STATION}") as refused:
        await refers(town)
    assert refused.value.rule == "referral-nobody"
    async with aiohttp.ClientSession() as http:
        clerk = Staff(town, http, {"clerk": town.officials["clerk"]})
        query = {"channels": "sms", "referral": "积水", "to_unit": CITY_STATION}
        headers = {"Content-Type": "application/xml"}
        said = {"params": query, "data": town.cap(BRIDGE), "headers": headers}
        status, _ = await clerk.asks("clerk", "POST", "/alerts", **said)
    assert status == 201
    (waiting,) = await town.hub.referrals.list_referrals("open")
    assert waiting.to_unit == CITY_STATION


async def test_whoever_asks_beforehand_is_told_of_the_county(town: Town) -> None:
    await enters(town, "forecaster", STATION)
    asked = AuthorityQuestion(Right.DRAFT, Level.ORANGE, "暴雨", frozenset({BRIDGE}))
    told = await town.hub.transactions.read(lambda tx: town.hub.authority.explain(tx, "clerk", asked))
    assert told.referral is not None
    assert (told.referral.area, told.referral.units) == (BAOTA, (STATION,))


async def test_without_the_floor_of_the_law_the_township_is_named(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: nobody of that kind stands there."""
    monkeypatch.setattr("approvals.competence.WARNING_TIERS", frozenset[str]())
    await enters(town, "forecaster", STATION)
    with pytest.raises(Conflict) as refused:
        await refers(town)
    assert refused.value.rule == "referral-nobody"


async def test_a_draft_whose_sealed_act_calls_the_stage_handed_up_is_adopted_and_its_pack_is_sound(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What older versions sealed is never written anew: it is read by the words of now, in the hub and in its packs."""
    station = await enters(town, "forecaster", STATION)
    with monkeypatch.context() as older:
        older.setattr("hub.dossier.acts.seal_act", lambda act, *key: seal_act(older_act(act), *key))
        up = await refers(town)
    assert up.stage is Stage.REFERRED
    hub = town.hub
    pack = await hub.transactions.read(lambda tx: hub.packer.pack(tx, up.id))
    with monkeypatch.context() as unread:
        unread.setattr("approvals.acts._RENAMED_STAGES", {})
        assert [flaw.part for flaw in judge(pack).flaws] == ["alert"]  # the guard taken out
    assert judge(pack).flaws == ()
    (waiting,) = await town.hub.referrals.list_referrals("open")
    assert (await town.hub.referrals.adopt(station, waiting.id, waiting.version)).stage is Stage.DRAFT


def older_act(act: Act) -> Act:
    return replace(act, stage="handed_up") if act.stage == Stage.REFERRED else act
