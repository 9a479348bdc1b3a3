"""What else waits calls the same way: referrals, countersignatures, overdue duties, requests of administrators, alarms."""

from __future__ import annotations

from functools import partial

import pytest

from approvals.official import Right
from hub.callout.sweep import EXHAUSTED
from hub.clock import to_ms
from hub.signoff.duties import DutyReceipt
from hub.store.records import alarms
from hub.store.register import roster
from hub.store.register.roster import OfficialContact
from tests.stories.duty import HEADER, Duty, import_roster
from tests.stories.test_the_office import hurried
from tests.stories.test_what_looking_costs import statements
from tests.stories.town import BAOTA, CITY, ZHIDAN, Cast

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA, channels=("sms", "voice", "wecom"), robots=1)


@pytest.fixture
async def duty(settle) -> Duty:
    """A signer on duty; administrators and a monitor, of whom one each is on duty; an officer of the city above."""
    duty = Duty(await settle(OFFICE))
    for name in ("first", "other", "third"):
        await duty.appoints(name, "office", BAOTA, Right.ADMINISTER, kind="meteorological")
    await duty.appoints("above", "city office", CITY, Right.DRAFT, Right.SIGN, kind="meteorological")
    lines = (duty.line(name) for name in ("signer", "monitor", "above"))
    report = await import_roster(duty.town.hub, duty.town.officials["first"], HEADER + "".join(lines))
    assert [row.column for row in report.refused] == ["unit"], "the city is not the county's to roster"
    await _on_duty(duty, "above")
    await _on_duty(duty, "first", shift=False)
    await _on_duty(duty, "other", shift=False)
    return duty


async def test_what_is_referred_calls_the_duty_of_the_unit_it_went_to(duty) -> None:
    town = duty.town
    view = await town.drafts()
    await town.hub.referrals.refer(town.officials["author"], view.id, "险情可能扩大", "city office")
    await duty.rounds()
    assert duty.called() == {"above": 1}
    (up,) = await town.hub.referrals.list_referrals("open")
    await town.hub.referrals.give_back(town.officials["above"], up.id, view.version, "本地处置")
    await duty.rounds(minutes=30, step=5)
    assert duty.called() == {"above": 1}


async def test_a_countersignature_that_is_owed_calls_who_may_give_it_until_it_is_given(duty) -> None:
    town = duty.town
    view = await hurried(town)
    view = await town.releases(await town.decides(view, "second", "sign"))
    await _on_duty(duty, "reviewer")
    await duty.rounds()
    assert duty.called() == {"reviewer": 1}, "the signature was given: what was left out is the review"
    await town.hub.countersigning.give(town.officials["reviewer"], view.id, "approve", view.digest, "")
    await duty.rounds(minutes=9, step=3)
    assert duty.called() == {"reviewer": 1}


async def test_a_duty_of_a_release_calls_its_unit_once_it_is_overdue_and_not_before(duty) -> None:
    town = duty.town
    rain = await town.warns(channels=("sms",))
    await duty.rounds(minutes=9, step=3)
    assert duty.called() == {}
    await duty.rounds(minutes=2, step=2)
    late = await town.hub.transactions.read(lambda tx: town.hub.duties.list_duties(tx, rain.id, only_open=True))
    assert duty.called() == {"signer": len(late)}
    signer, receipt = town.officials["signer"], DutyReceipt("telephone", "市值班室")
    for each in late:
        close = partial(town.hub.duties.close, official=signer, number=each.id, receipt=receipt)
        await town.hub.transactions.write(signer.name, close)
    await duty.rounds(minutes=9, step=3)
    assert duty.called() == {"signer": len(late)}


async def test_a_roster_that_comes_late_calls_about_no_duty_of_a_warning_that_was_lifted(settle) -> None:
    assert await _called_late(settle, lifted=True) == {}


async def test_a_roster_that_comes_late_calls_about_the_duties_of_what_still_holds(settle) -> None:
    assert await _called_late(settle, lifted=False) == {"signer": 3}


async def _called_late(settle, *, lifted: bool) -> dict[str, int]:
    """Whom a roster calls that is kept only when the duties of a warning are overdue; they stay listed in any case."""
    duty = Duty(await settle(OFFICE))
    town = duty.town
    rain = await town.warns(channels=("sms",))
    if lifted:
        await town.cancels(rain)
    town.clock.advance(3600)
    await duty.appoints("first", "office", BAOTA, Right.ADMINISTER, kind="meteorological")
    await import_roster(town.hub, town.officials["first"], HEADER + duty.line("signer"))
    await duty.rounds()
    open_ones = await town.hub.transactions.read(lambda tx: town.hub.duties.list_duties(tx, rain.id, only_open=True))
    assert {each.overdue for each in open_ones} == {True}
    assert len(open_ones) == 3
    return duty.called()


async def test_a_request_calls_a_second_administrator_and_never_the_one_who_asked(duty) -> None:
    town = duty.town
    given = {"name": "新人", "unit": "office", "area": "", "kind": "", "office": "", "rights": ["review"]}
    answer = await town.hub.administration.propose(town.officials["first"], "official-enrol", given)
    await duty.rounds()
    assert duty.called() == {"other": 1}
    (text,) = duty.texts()
    assert "/console " in text
    assert "新人" not in text
    await town.hub.administration.approve(town.officials["other"], answer.request.id, answer.request.digest)
    await duty.rounds(minutes=50, step=10)
    assert duty.called() == {"other": 1}


async def test_an_alarm_calls_who_watches_until_one_of_them_says_what_was_done(duty) -> None:
    town = duty.town
    await _alarms(duty, "forged-job", "shard/7")
    await duty.rounds()
    assert duty.called() == {"monitor": 1}
    assert (await duty.asks("signer", "POST", "/calls/1/seen-to", json={"reason": "nothing"}))[0] == 403
    assert (await duty.asks("monitor", "POST", "/calls/1/seen-to", json={"reason": " "}))[0] == 422
    status, matter = await duty.asks("monitor", "POST", "/calls/1/seen-to", json={"reason": "key replaced"})
    assert (status, matter["closed_reason"]) == (200, "seen to by monitor: key replaced")
    assert (await duty.asks("monitor", "POST", "/calls/1/seen-to", json={"reason": "again"}))[0] == 409
    await duty.rounds(minutes=30, step=5)
    assert duty.called() == {"monitor": 1}
    town.clock.advance(3600)
    await _alarms(duty, "forged-job", "shard/7")
    await duty.rounds()
    assert duty.called() == {"monitor": 2}, "the same again is another alarm"


async def _acknowledged_and_seen_to(duty: Duty) -> None:
    """The monitor hears of an alarm, says so, and sees to it; two hours later it is there again."""
    await _alarms(duty, "forged-job", "shard/7")
    await duty.rounds()
    assert (await duty.asks("monitor", "POST", "/calls/1/acknowledge"))[0] == 200
    assert (await duty.asks("monitor", "POST", "/calls/1/seen-to", json={"reason": "key replaced"}))[0] == 200
    await duty.rounds(minutes=120, step=60)
    assert duty.called() == {"monitor": 1}
    await _alarms(duty, "forged-job", "shard/7")


async def test_who_acknowledged_an_alarm_that_was_seen_to_is_called_about_the_next(duty) -> None:
    await _acknowledged_and_seen_to(duty)
    await duty.rounds()
    assert duty.called() == {"monitor": 2}, "they know of the first, and of this one nothing"
    assert (await duty.asks("monitor", "POST", "/calls/1/acknowledge"))[0] == 200
    await duty.rounds(minutes=9, step=3)
    assert duty.called() == {"monitor": 2}, "now they know"


async def test_if_what_was_acknowledged_of_an_earlier_alarm_counted_the_next_would_call_nobody(
    duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.callout.sweep.of_this_opening", lambda _matter, made: made)
    await _acknowledged_and_seen_to(duty)
    await duty.rounds()
    assert duty.called() == {"monitor": 1}


async def test_an_alarm_about_a_warning_is_its_units_and_goes_on_however_old_it_grows(duty) -> None:
    town = duty.town
    view = await town.drafts()
    await _alarms(duty, "acts-differ", f"alert/{view.id}")
    await duty.rounds()
    assert duty.called() == {"signer": 1}, "first in the order of calling, and of the unit"
    await duty.rounds(minutes=120, step=10)
    assert duty.called()["signer"] > 3
    assert duty.called()["monitor"] > 0
    assert [matter.closed for matter in await town.hub.calls.list_matters(only_open=True)] == [None]


async def test_no_alarm_about_the_calls_themselves_calls_anybody(duty) -> None:
    await _alarms(duty, EXHAUSTED, "alert/1")
    await _alarms(duty, "orphan-receipts", "receipts")
    await duty.rounds(minutes=10, step=5)
    assert duty.called() == {}


async def test_if_those_alarms_called_too_a_call_that_finds_nobody_would_call_for_itself(duty, monkeypatch) -> None:
    monkeypatch.setattr("hub.app.EXHAUSTED", "another kind")
    await _alarms(duty, EXHAUSTED, "alert/1")
    await duty.rounds()
    assert duty.called() == {"monitor": 1}


async def test_a_duty_group_is_told_by_its_robot_and_its_members_answer(duty) -> None:
    town = duty.town
    robots = town.members["wecom"].counterpart
    await duty.listens()
    addresses = {"wecom": robots.robot("duty"), "wecom_user": "lisi"}
    await _contact(duty, "reviewer", addresses)
    await duty.rosters_shift("reviewer")
    view = await town.submits(await town.drafts())
    await duty.rounds()
    (said,) = robots.contents
    assert f"/console/alerts/{view.id}" in said
    assert await robots.answers(f"{town.hub.settings.public_url}/hooks/wecom", "收到", member="wangwu") == 200
    assert not any(call.acknowledged for call in (await town.hub.alerts.get(view.id)).calls)
    assert await robots.answers(f"{town.hub.settings.public_url}/hooks/wecom", "R1", member="lisi") == 200
    (call,) = (await town.hub.alerts.get(view.id)).calls
    assert (call.official, call.channel, call.state, call.acknowledged_by) == ("reviewer", "wecom", "accepted", "wecom")


async def test_what_waits_for_a_unit_is_listed_with_whom_it_called_and_no_number(duty) -> None:
    town = duty.town
    view = await town.drafts(town.cap(), by="author")
    await town.hub.referrals.refer(town.officials["author"], view.id, "险情可能扩大", "city office")
    await duty.rounds()
    status, found = await duty.asks("monitor", "GET", f"/calls?state=open&alert={view.id}")
    assert (status, found[0]["kind"], found[0]["unit"]) == (200, "referral", "city office")
    assert {(call["official"], call["channel"]) for call in found[0]["calls"]} == {("above", "sms"), ("above", "voice")}
    assert not any(number.removeprefix("+86") in repr(found) for number in duty.numbers.values())
    assert (await duty.asks("monitor", "GET", "/calls?state=closed"))[0] == 400


async def _lists(duty: Duty, who: str, query: str = "") -> list[str]:
    """What an official is shown of what waits, by its subject."""
    status, found = await duty.asks(who, "GET", f"/calls{query}")
    assert status == 200
    return [each["subject"] for each in found]


async def _next_county(duty: Duty) -> str:
    """An alarm about a warning of this county and one of the hub, and an officer of the next county; the warning."""
    view = await duty.town.drafts()
    await _alarms(duty, "acts-differ", f"alert/{view.id}")
    await _alarms(duty, "forged-job", "shard/7")
    await duty.appoints("stranger", "next county", ZHIDAN, Right.DRAFT, kind="meteorological")
    await duty.rounds()
    return f"alert/{view.id}"


async def test_the_next_county_is_shown_no_calls_about_a_warning_it_does_not_read(duty) -> None:
    mine = await _next_county(duty)
    assert sorted(await _lists(duty, "monitor")) == [mine, "shard/7"]
    assert await _lists(duty, "stranger") == ["shard/7"], "what is no warning's is everybody's"
    assert await _lists(duty, "stranger", f"?alert={mine.partition('/')[2]}") == []


async def test_who_was_called_about_a_warning_is_shown_that_it_waits(duty) -> None:
    mine = await _next_county(duty)
    await duty.town.sql("UPDATE calls SET official = ? WHERE matter = 1", duty.town.officials["stranger"].id)
    assert sorted(await _lists(duty, "stranger")) == [mine, "shard/7"]


async def test_without_the_question_who_reads_it_the_next_county_would_be_shown_it(
    duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await _next_county(duty)
    monkeypatch.setattr("hub.tracking.alerts.readable_among", lambda _connection, _policy, _reader, rows: rows)
    assert sorted(await _lists(duty, "stranger")) == [mine, "shard/7"]


async def test_however_much_waits_its_calls_are_read_once(duty) -> None:
    counted = []
    for number in range(2):
        await _alarms(duty, "forged-job", f"shard/{number}")
        await duty.rounds()
        with statements(duty.town, "FROM calls") as found:
            assert len(await duty.town.hub.calls.list_matters()) == number + 1
        counted.append(len(found))
    assert counted == [1, 1]


async def _alarms(duty: Duty, kind: str, subject: str) -> None:
    now = to_ms(duty.town.clock.now())
    await duty.town.hub.db.write(lambda c: alarms.raise_alarm(c, now, kind, subject, "what was found"))


async def _on_duty(duty: Duty, name: str, *, shift: bool = True) -> None:
    number = duty.number(name)
    await _contact(duty, name, {"sms": number, "voice": number})
    if shift:
        await duty.rosters_shift(name)


async def _contact(duty: Duty, name: str, addresses: dict[str, str]) -> None:
    town, official = duty.town, duty.town.officials[name].id
    now = to_ms(town.clock.now())
    contact = OfficialContact("zh", addresses)
    await town.hub.db.write(lambda c: roster.put_contact(c, town.hub.vault.box, official, contact, now))
