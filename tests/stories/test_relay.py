"""A county passes the weather station's signal on to its own people: in the station's words, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from approvals.official import Official
from hub.alert.views import AlertView, PlanRequest
from hub.clock import to_ms
from hub.errors import Conflict
from hub.signoff.submit_basis import SubmitBasis
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from tests.hub.signoff.test_submit_races import interrupted
from tests.stories.staff import DESKS, Staff
from tests.stories.town import BAOTA, BRIDGE, ZHIDAN, Town
from tests.stories.warnings import document


@dataclass
class County(Staff):
    """The government of Baota, whose officials hold one right each and speak over HTTP."""

    async def drafts(self, alert: AlertView, **plan: Any) -> tuple[int, Any]:
        plan = {"channels": ["sms", "voice"], "regions": [BRIDGE]} | plan
        return await self.asks("drafts", "POST", f"/alerts/{alert.id}/relay", json=plan)

    async def submits(self, draft: Any) -> tuple[int, Any]:
        body = {"version": draft["version"]}
        return await self.asks("drafts", "POST", f"/alerts/{draft['id']}/submit", json=body)

    async def decides(self, made: Any, step: str, who: str) -> tuple[int, Any]:
        word = {"step": step, "verdict": "approve", "digest": made["digest"]}
        return await self.asks(who, "POST", f"/alerts/{made['id']}/decisions", json=word)

    async def releases(self, made: Any) -> tuple[int, Any]:
        body = {"digest": made["digest"]}
        return await self.asks("releases", "POST", f"/alerts/{made['id']}/release", json=body)

    async def approves(self, alert: AlertView, **plan: Any) -> Any:
        """Drafted, submitted, reviewed and signed by the county's own officials."""
        status, draft = await self.drafts(alert, **plan)
        assert status == 201, draft
        status, made = await self.submits(draft)
        assert status == 200, made
        for step, who in (("review", "reviews"), ("sign", "signs")):
            status, told = await self.decides(made, step, who)
            assert status == 200, told
        return made

    async def relays(self, alert: AlertView, **plan: Any) -> Any:
        """The whole way to the order."""
        status, made = await self.releases(await self.approves(alert, **plan))
        assert status == 200, made
        return made


@pytest.fixture
async def county(town: Town) -> AsyncIterator[County]:
    def enter(connection: Any) -> dict[str, Official]:
        now = to_ms(town.clock.now())
        return {
            word: officials.add(
                connection,
                NewOfficial(f"county {word}", "宝塔区人民政府", BAOTA, frozenset({right}), "government"),
                now,
            )
            for word, right in DESKS.items()
        }

    staff = await town.hub.db.write(enter)
    async with aiohttp.ClientSession() as http:
        yield County(town, http, staff)


async def test_a_relay_says_what_the_station_said_to_people_of_the_counties_own_choice(county: County) -> None:
    town = county.town
    rain = await town.warns(channels=("sms",))
    relay = await county.relays(rain)
    assert (relay["relays"], relay["unit"], relay["sent"]) == (rain.id, "宝塔区人民政府", rain.sent)
    issued = {(form.channel, form.language): form for form in await town.hub.alerts.forms(rain.id)}
    passed = {(form.channel, form.language): form for form in await town.hub.alerts.forms(relay["id"])}
    marks = {"zh-CN": "（转发）", "en-US": "(Relayed) "}
    for (channel, language), form in issued.items():
        assert (
            passed[channel, language].body.replace(marks[language], "", 1)
            == form.body
            != passed[channel, language].body
        )
    assert passed["sms", "zh-CN"].body.startswith("【市气象台】（转发）")
    assert passed["voice", "zh-CN"].text.startswith("（转发）市气象台")
    await town.rests()
    view = await town.hub.alerts.get(relay["id"])
    await town.inbox("sms").expects(view, town.people("bridge"))
    assert [each.id for each in await town.hub.alerts.public(10)] == [rain.id]


async def _submits_while_the_signal_is_lifted(county: County) -> AlertView:
    """The county submits its relay, and the station lifts the signal between the judgement and the write."""
    town = county.town
    rain = await town.warns(channels=("sms",))
    _, draft = await county.drafts(rain)
    submission = interrupted(town, lambda: town.cancels(rain))
    return await submission.submit(county.staff["drafts"], draft["id"], draft["version"])


async def test_a_signal_that_is_lifted_while_its_relay_is_judged_is_not_passed_on(county: County) -> None:
    with pytest.raises(Conflict) as refused:
        await _submits_while_the_signal_is_lifted(county)
    assert refused.value.rule == "relay"


async def test_it_is_the_second_look_at_the_signal_that_sees_its_end(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: a relay of what holds no more waits for its signatures."""
    monkeypatch.setattr(SubmitBasis, "__eq__", lambda *_: True)
    monkeypatch.setattr(SubmitBasis, "__ne__", lambda *_: False)
    assert (await _submits_while_the_signal_is_lifted(county)).stage == "submitted"


async def test_what_is_held_back_is_passed_on_by_nobody_before_its_hour(county: County) -> None:
    town = county.town
    draft = await town.drafts(channels=("sms",))
    hour = town.clock.now() + timedelta(hours=1)
    held = await town.hub.drafting.hold(town.officials["author"], draft.id, draft.version, hour)
    rain = await town.releases(await town.approves(await town.submits(held)))
    assert (await county.drafts(rain))[1]["rule"] == "relay"
    town.clock.advance(3600)
    assert (await county.drafts(rain))[0] == 201


async def test_a_county_issues_no_signal_alters_none_and_passes_none_on_beyond_its_area(county: County) -> None:
    town = county.town
    rain = await town.warns(channels=("sms",))
    xml = {"headers": {"Content-Type": "application/xml"}}
    own = {"data": document(town.clock.now(), "own-rain", BAOTA), **xml}
    assert (await county.asks("drafts", "POST", "/alerts", **own))[1]["rule"] == "MET-30"
    assert (await county.drafts(rain, regions=[ZHIDAN]))[1]["rule"] == "LAW-18"
    status, draft = await county.drafts(rain)
    assert status == 201, draft
    path, version = f"/alerts/{draft['id']}", str(draft["version"])
    louder = document(town.clock.now(), draft["identifier"], BAOTA, headline="暴雨红色预警")
    edit = {"data": louder, "headers": {"Content-Type": "application/xml", "If-Match": f'"{version}"'}}
    assert (await county.asks("drafts", "PUT", path, **edit))[1]["rule"] == "ZJ-24"
    await town.sql("UPDATE alerts SET content = ? WHERE id = ?", louder, draft["id"])
    status, refused = await county.submits(draft)
    assert (status, refused["rule"]) == (409, "ZJ-24")


async def test_a_relay_ends_with_what_it_passes_on_and_its_cancel_reaches_those_it_reached(county: County) -> None:
    town = county.town
    rain = await town.warns(channels=("sms",))
    relay = await county.relays(rain, channels=["voice"])
    await town.rests()
    assert (await county.asks("drafts", "POST", f"/alerts/{relay['id']}/cancel", json={"note": "雨停"}))[1][
        "rule"
    ] == "ZJ-24"
    over = await town.cancels(rain)
    assert (await town.hub.alerts.get(relay["id"])).stage == "cancelled"
    assert "relay-outdated" in [kind for kind, _ in await town.alarms()]
    assert (await county.drafts(rain))[1]["rule"] == "relay"
    lifted = await county.relays(over, channels=["voice"])
    await town.later_rests()
    assert (lifted["msg_type"], lifted["root"]) == ("Cancel", relay["id"])
    await town.inbox("voice").expects(await town.hub.alerts.get(lifted["id"]), town.people("bridge"))


async def test_a_relay_that_was_signed_before_its_original_ended_is_not_released(county: County) -> None:
    town = county.town
    rain = await town.warns(channels=("sms",))
    relay = await county.approves(rain, channels=["voice"])
    await town.cancels(rain)
    status, refused = await county.releases(relay)
    assert (status, refused["rule"]) == (409, "relay")
    await town.rests()
    assert town.voice.counts.received == 0


async def test_a_relay_that_was_submitted_before_its_original_ended_is_not_signed(county: County) -> None:
    town = county.town
    rain = await town.warns(channels=("sms",))
    _, draft = await county.drafts(rain)
    status, made = await county.submits(draft)
    assert status == 200, made
    await town.cancels(rain)
    status, refused = await county.decides(made, "review", "reviews")
    assert (status, refused["rule"]) == (409, "relay")


async def test_nobody_relays_a_draft_a_relay_or_what_is_its_own(county: County) -> None:
    town = county.town
    draft = await town.drafts(channels=("sms",))
    assert (await county.drafts(draft))[1]["rule"] == "relay"
    rain = await town.warns(channels=("sms",))
    with pytest.raises(Conflict):
        await town.hub.drafting.relay(town.officials["author"], rain.id, PlanRequest(("sms",)))
    relay = await county.relays(rain)
    assert (await county.drafts(await town.hub.alerts.get(relay["id"])))[1]["rule"] == "relay"
