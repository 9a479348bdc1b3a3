"""Whoever must act is told: those on duty are called, again and further up, until somebody acts; nothing is given away."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools

import aiohttp
import pytest

from approvals.official import Right
from hub.alert.views import AlertView
from hub.callout.matter import DECISION, Waiting
from hub.cli.alert_views import keeps_no_roster
from hub.settings.calls import CallSettings
from hub.settings.settings import RedisSettings
from hub.store.alerts import calls as store
from hub.store.alerts.calls import NewMatter
from tests.stories.duty import Duty
from tests.stories.town import BAOTA, CITY, Cast

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)


@pytest.fixture
async def duty(settle) -> Duty:
    """Author, reviewer, two signers, a releaser and an editor on duty in this order; a leader of the shift; a city above."""
    duty = Duty(await settle(OFFICE))
    await duty.appoints("head", "office", BAOTA, Right.MONITOR, kind="meteorological", office="leader")
    await duty.appoints("city", "city office", CITY, Right.SIGN, kind="meteorological")
    people = ("author", "reviewer", "signer", "second", "releaser")
    lines = [duty.line(name, order=order) for order, name in enumerate(people, 1)]
    await duty.rosters(*lines, duty.line("editor", order=9), duty.line("head", "leader"), duty.line("city"))
    return duty


async def test_submit_calls_who_on_duty_can_take_the_next_step_and_nobody_else(duty) -> None:
    town = duty.town
    view = await town.submits(await town.drafts())
    await duty.rounds()
    assert duty.called("sms") == duty.called("voice") == {"reviewer": 1}
    view = await town.decides(view, "reviewer", "review")
    await duty.rounds()
    assert duty.called("sms") == {"reviewer": 1, "signer": 1}, "the author holds the right to sign, and wrote it"
    view = await town.decides(view, "signer", "sign")
    await duty.rounds()
    assert duty.called("voice") == {"reviewer": 1, "signer": 1, "releaser": 1}
    await town.releases(view)
    await duty.rounds(minutes=9, step=3)  # before a duty of the release is overdue
    assert sum(duty.called("sms").values()) == 3
    view = await town.hub.alerts.get(view.id)
    assert [(call.official, call.channel, call.state) for call in view.calls][:2] == [
        ("reviewer", "sms", "delivered"),
        ("reviewer", "voice", "delivered"),
    ]


async def test_without_the_policys_judgement_whoever_wrote_the_warning_would_be_called(duty, monkeypatch) -> None:
    monkeypatch.setattr("hub.dossier.competent_officials.Judgement.may_take", lambda *_: lambda _official: True)
    await duty.town.submits(await duty.town.drafts())
    await duty.rounds()
    assert duty.called() == {"author": 1}


async def test_nothing_of_a_warning_is_in_a_call(duty) -> None:
    town = duty.town
    view = await town.submits(await town.drafts())
    await duty.rounds()
    (text,), (spoken,) = duty.texts("sms"), duty.texts("voice")
    assert f"{town.hub.settings.public_url}/console/alerts/{view.id}" in text
    assert "R1" in text
    assert "office" in text
    for said in (text, spoken):
        for secret in (
            view.headline,
            view.event,
            *view.areas,
            "预警",
            "红",
            "橙",
            "黄",
            "蓝",
            "暴雨",
            "rain",
            "orange",
        ):
            assert secret not in said.replace("office", "")


async def test_who_does_not_answer_is_called_again_and_then_the_next_the_leader_and_the_unit_above(duty) -> None:
    town = duty.town
    await town.submits(await town.drafts())
    await duty.rounds(minutes=2.75, step=0.25)
    assert duty.called() == {"reviewer": 1}
    await duty.rounds(minutes=0.25)  # orange: every three minutes
    assert duty.called() == {"reviewer": 2}
    await duty.rounds(minutes=7, step=1)  # and after ten the next in order
    assert duty.called() == {"reviewer": 3, "editor": 1}
    await duty.rounds(minutes=10, step=1)
    assert duty.called() == {"reviewer": 3, "editor": 3, "head": 1}
    await duty.rounds(minutes=10, step=1)
    assert (duty.called()["head"], duty.called()["city"]) == (3, 1)
    assert ("calls-exhausted",) not in {(kind,) for kind, _ in await town.alarms()}
    await duty.rounds(minutes=10, step=1)
    assert [kind for kind, _ in await town.alarms()] == ["calls-exhausted"]


async def test_nobody_is_called_more_often_in_an_hour_than_a_telephone_company_allows(duty) -> None:
    town = duty.town
    for _ in range(5):  # five matters, each of which would call three times and more
        await town.submits(await town.drafts())
    await duty.rounds(minutes=59, step=1)
    assert set(duty.called().values()) == {5}
    await duty.rounds(minutes=10, step=1)
    assert max(duty.called().values()) > 5


async def test_without_the_bound_one_person_is_called_without_end(settle) -> None:
    town = await settle(
        Cast(bridge=1, river=0, hills=0, officials_of=BAOTA, settings={"calls": CallSettings(per_hour=20)})
    )
    duty = Duty(town)
    await duty.rosters(duty.line("reviewer"))
    for _ in range(4):
        await town.submits(await town.drafts())
    await duty.rounds(minutes=30, step=1)
    assert duty.called()["reviewer"] > 5


async def test_a_call_that_does_not_arrive_is_not_waited_for(duty) -> None:
    town = duty.town
    for phones in (town.sms, town.voice):
        phones.fates[duty.number("reviewer")] = "off"
    await town.submits(await town.drafts())
    await duty.rounds(minutes=0.5)
    assert duty.called() == {"reviewer": 1, "editor": 1}


@pytest.mark.parametrize("answer", ["收到", "R1", "r1 马上到", "OK"])
async def test_an_answer_ends_the_repeats_to_its_official_and_decides_nothing(duty, answer: str) -> None:
    town = duty.town
    view = await town.submits(await town.drafts())
    await duty.rounds()
    await duty.replies("reviewer", answer)
    await duty.rounds(minutes=9.75, step=0.75)
    assert duty.called() == {"reviewer": 1}
    await duty.rounds(minutes=0.5)  # nobody has acted: that somebody knows does not hold up the next
    assert duty.called() == {"reviewer": 1, "editor": 1}
    seen = await town.hub.alerts.get(view.id)
    assert (seen.stage, seen.missing, seen.decisions) == (view.stage, view.missing, ())
    assert {(call.acknowledged_by, call.official) for call in seen.calls if call.acknowledged} == {("sms", "reviewer")}
    counted = await town.hub.db.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM feedback").scalar_one())
    assert counted == 0, "what an official answers is no word of the public's"


async def test_the_word_of_a_stranger_and_another_reference_acknowledge_nothing(duty) -> None:
    town = duty.town
    view = await town.submits(await town.drafts())
    await duty.rounds()
    await duty.listens()
    await duty.replies("signer", "R1")
    await duty.replies("reviewer", "R7")
    await duty.replies("reviewer", "这是什么")
    await duty.rounds(minutes=3, step=1)
    assert duty.called() == {"reviewer": 2}
    assert not any(call.acknowledged for call in (await town.hub.alerts.get(view.id)).calls)


async def test_a_key_pressed_acknowledges_and_no_other_key_does(duty) -> None:
    town = duty.town
    town.voice.fates[duty.number("reviewer")] = "confirms"
    view = await town.submits(await town.drafts())
    await duty.rounds(minutes=3, step=1)
    assert duty.called() == {"reviewer": 1}
    calls = (await town.hub.alerts.get(view.id)).calls
    assert {(call.channel, call.state, call.acknowledged_by) for call in calls} == {
        ("sms", "delivered", "voice"),
        ("voice", "confirmed", "voice"),
    }


async def test_a_session_acknowledges_for_whoever_was_called_and_for_nobody_else(duty) -> None:
    town = duty.town
    await town.submits(await town.drafts())
    await duty.rounds()
    assert (await duty.asks("signer", "POST", "/calls/1/acknowledge"))[0] == 403
    assert (await duty.asks("reviewer", "POST", "/calls/9/acknowledge"))[0] == 404
    status, matter = await duty.asks("reviewer", "POST", "/calls/1/acknowledge")
    assert (status, {call["acknowledged_by"] for call in matter["calls"]}) == (200, {"session"})
    status, _ = await duty.asks("reviewer", "POST", "/calls/1/seen-to", json={"reason": "not now"})
    assert status == 409, "only the act itself ends what waits for a decision"
    await duty.rounds(minutes=3, step=1)
    assert duty.called() == {"reviewer": 1}


async def test_what_is_returned_or_withdrawn_calls_nobody_and_what_is_submitted_again_calls_anew(duty) -> None:
    town = duty.town
    view = await town.submits(await town.drafts())
    await duty.rounds()
    view = await town.decides(view, "editor", "review", verdict="return", reason="地名有误")
    await duty.rounds(minutes=15, step=5)
    assert duty.called() == {"reviewer": 1}
    view = await town.submits(view)
    await duty.rounds()
    assert duty.called() == {"reviewer": 2}
    await town.hub.drafting.withdraw(town.officials["author"], view.id, "不再需要")
    await duty.rounds(minutes=60, step=10)
    assert sum(duty.called().values()) == 2
    assert all(matter.closed for matter in await town.hub.calls.list_matters())


async def test_if_what_ended_were_not_closed_it_would_go_on_calling(duty, monkeypatch) -> None:
    town = duty.town
    view = await town.submits(await town.drafts())
    await duty.rounds()
    await town.decides(view, "editor", "review", verdict="return", reason="地名有误")
    monkeypatch.setattr("hub.callout.sweep.everything", lambda *_: ([_still(view)], []))
    await duty.rounds(minutes=3, step=1)
    assert sum(duty.called().values()) > 1


async def test_two_workers_never_make_the_same_call_twice(duty) -> None:
    town = duty.town
    other = town.hub.call_sweep()
    for _ in range(3):
        await town.submits(await town.drafts())
    for _ in range(3):
        await asyncio.gather(duty.caller.round(), other.round(), duty.caller.round(), other.round())
    await town.hears()
    assert duty.called("sms") == duty.called("voice") == {"reviewer": 3}


async def test_without_the_lease_and_the_intents_two_workers_call_twice(duty, monkeypatch) -> None:
    town = duty.town
    await town.submits(await town.drafts())
    monkeypatch.setattr("hub.callout.sweep.leases.take", lambda *_: True)
    monkeypatch.setattr("hub.callout.sweep.calls.calls_about", lambda *_: [])
    monkeypatch.setattr("hub.callout.sweep.calls.recent", lambda *_: {})
    monkeypatch.setattr("hub.callout.sweep.CallSweep._keep", lambda *_: None)
    intend, numbers = store.intend, itertools.count(1)
    monkeypatch.setattr(
        "hub.callout.sweep.calls.intend", lambda c, m, o, ch, _a, n: intend(c, m, o, ch, next(numbers), n)
    )
    await duty.rounds()
    await town.hub.call_sweep().round()
    await town.hears()
    assert duty.called() == {"reviewer": 2}


async def test_a_worker_that_dies_between_intent_and_call_costs_one_repeat_and_no_official(duty) -> None:
    town = duty.town
    await town.submits(await town.drafts())
    dying = town.hub.call_sweep()
    planned = await town.hub.db.write(dying._plan)  # killed here: what was planned is committed, nothing was sent
    assert {call.channel for call in planned} == {"sms", "voice"}
    assert duty.called() == {}
    await duty.rounds(minutes=3.25)
    assert duty.called() == {"reviewer": 1}
    states = [call.state for call in (await town.hub.alerts.get(1)).calls]
    assert states == ["unknown", "unknown", "delivered", "delivered"]


async def test_the_loss_of_redis_keeps_nobody_from_being_called(duty) -> None:
    town = duty.town
    await town.submits(await town.drafts())
    cut_off = town.build(redis=RedisSettings(url="unix:///nowhere/redis.sock"))
    try:
        await cut_off.call_sweep().round()
        await town.hears()
    finally:
        await cut_off.aclose()
    assert duty.called() == {"reviewer": 1}


async def test_who_goes_off_duty_is_called_no_more_and_who_comes_on_is(duty) -> None:
    town = duty.town
    await town.submits(await town.drafts())
    await duty.rounds()
    rows = {row["official"]: row["id"] for row in (await duty.asks("monitor", "GET", "/roster"))[1]}
    assert (await duty.asks("head", "POST", f"/roster/shifts/{rows['reviewer']}/remove"))[0] == 200
    await duty.rounds(minutes=0.25)
    assert duty.called() == {"reviewer": 1, "editor": 1}


async def test_submit_says_at_once_which_step_nobody_on_duty_can_complete(settle) -> None:
    town = await settle(OFFICE)
    duty = Duty(town)
    await duty.rosters(duty.line("editor"), duty.line("author"))
    draft = await town.drafts(town.cap(severity="Extreme"))
    view = await town.submits(draft)
    found = {each["element"]: each["values"] for each in view.findings if each["rule"] == "duty-lacks-step"}
    # The editor reviews and so signs no more; the author signs nothing of their own.
    assert not keeps_no_roster(view)
    assert found == {
        "sign": {"step": "sign", "wanted": 2, "on_duty": 0, "unit": "office"},
        "release": {"step": "release", "wanted": 1, "on_duty": 0, "unit": "office"},
    }
    assert [(step.step, step.on_duty, step.lacking) for step in view.duty] == [
        ("review", ("editor",), 0),
        ("sign", ("editor",), 2),
        ("release", (), 1),
    ]
    await duty.rosters(*(duty.line(name) for name in ("signer", "second", "releaser")))
    assert not any(step.lacking for step in (await town.hub.alerts.get(view.id)).duty)
    assert await town.prepares(town.cap(severity="Extreme")), "and it blocks nothing"


async def test_a_hub_without_a_roster_calls_nobody_and_makes_no_finding_of_it(town) -> None:
    view = await town.submits(await town.drafts())
    assert (view.duty, view.calls) == ((), ())
    assert keeps_no_roster(view)
    assert not keeps_no_roster(await town.hub.alerts.get((await town.drafts()).id)), "a draft waits for nobody"
    assert not any(each["rule"] == "duty-lacks-step" for each in view.findings)
    assert await town.hub.call_sweep().round() == 0


async def test_the_metrics_say_what_waits_and_whom_was_called_by_kind_and_state_alone(duty) -> None:
    town = duty.town
    await town.submits(await town.drafts())
    await duty.rounds()
    async with aiohttp.ClientSession() as http, http.get(f"{town.hub.settings.public_url}/metrics") as answer:
        text = await answer.text()
    assert 'fenghuo_matters_open{kind="decision"} 1.0' in text
    assert 'fenghuo_calls{channel="voice",state="delivered"} 1.0' in text
    assert "reviewer" not in text


async def test_an_exercise_calls_in_its_own_world_and_says_so(settle) -> None:
    town = await settle(dataclasses.replace(OFFICE, hub={"world": "exercise"}))
    duty = Duty(town)
    await duty.rosters(duty.line("reviewer"))
    view = await town.submits(await town.drafts(town.cap(status="Exercise")))
    await duty.rounds()
    assert duty.called() == {"reviewer": 1}
    assert all("【演练】" in text for text in duty.texts("sms") + duty.texts("voice"))
    await town.sql("UPDATE alerts SET world = 'live' WHERE id = ?", view.id)
    await duty.rounds(minutes=30, step=1)
    assert duty.called() == {"reviewer": 1}, "what is not of this world calls nobody in it"


def _still(view: AlertView) -> Waiting:
    return Waiting(NewMatter(DECISION, f"alert/{view.id}", "review 1", "office", 3), "/console")
