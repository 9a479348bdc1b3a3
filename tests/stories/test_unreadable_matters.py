"""Rows of the calling that somebody wrote by hand cost themselves and nothing else, and are an alarm that names them."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest

from approvals.official import Right
from hub.callout import kinds, matter, sweep
from hub.clock import to_ms
from hub.store.alerts import calls as store
from hub.store.alerts.calls import Matter
from hub.store.records import alarms, audit
from tests.stories.duty import Duty
from tests.stories.town import BAOTA, BRIDGE, Cast, Town

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)
BAD_MATTERS = {
    "a level of no warning": "UPDATE matters SET level = 9 WHERE id = 1",
    "a kind of nothing": "UPDATE matters SET kind = 'bogus' WHERE id = 1",
    "a step below the first": "UPDATE matters SET step = -3 WHERE id = 1",
    "a time before all times": "UPDATE matters SET next_at = -5 WHERE id = 1",
}
WORDS = {"a word for a level": "UPDATE matters SET level = 'red' WHERE id = 1"}  # only SQLite keeps it
BAD_ROWS = {
    "shift": "UPDATE shifts SET role = 'king' WHERE official = ?",
    "contact": "UPDATE official_contacts SET language = 'xx' WHERE official = ?",
    "call": "UPDATE calls SET state = 77 WHERE official = ?",
}


@pytest.fixture
async def duty(settle, monkeypatch: pytest.MonkeyPatch) -> Duty:
    """A reviewer and an editor, who reviews too, on duty one after the other."""
    for module in (kinds, sweep):  # what they log is drawn with every local there is, which takes minutes
        monkeypatch.setattr(module, "log", Mock())
    duty = Duty(await settle(OFFICE))
    await duty.rosters(duty.line("reviewer"), duty.line("editor", order=2))
    return duty


async def _submits(duty: Duty) -> None:
    await duty.town.submits(await duty.town.drafts(duty.town.cap(BRIDGE)))


async def _kinds(town: Town) -> set[str]:
    return {kind for kind, _ in await town.alarms()}


async def _breaks(town: Town, statement: str) -> None:
    if statement in WORDS.values() and town.hub.db.dialect != "sqlite":
        pytest.skip("PostgreSQL keeps no word in a column of numbers")
    await town.sql(statement)


@pytest.mark.parametrize("what", [*BAD_MATTERS, *WORDS])
async def test_a_matter_that_does_not_read_is_an_alarm_and_all_others_are_called_about(duty: Duty, what: str) -> None:
    await _submits(duty)
    await duty.rounds()
    await _breaks(duty.town, {**BAD_MATTERS, **WORDS}[what])
    await _submits(duty)
    await duty.rounds()
    about = [subject for kind, subject in await _subjects(duty.town) if kind == "matter-unreadable"]
    assert about == ["matter/1"], "once, and by its name"
    opened = {each.subject for each in await duty.town.hub.calls.list_matters(only_open=True)}
    assert "alert/2" in opened
    assert duty.called()["reviewer"] >= 2


async def _subjects(town: Town) -> list[tuple[str, str]]:
    return [(row.kind, row.subject) for row in await town.hub.db.read(alarms.recent)]


@pytest.mark.parametrize("what", BAD_ROWS)
async def test_a_row_that_somebody_wrote_by_hand_keeps_nobody_else_from_being_called(duty: Duty, what: str) -> None:
    await _submits(duty)
    await duty.rounds()
    await duty.town.sql(BAD_ROWS[what], duty.town.officials["reviewer"].id)
    await duty.rounds(minutes=12, step=1)
    assert duty.called()["editor"] >= 1
    assert (await duty.town.hub.alerts.get(1)).stage == "submitted", "and what officials see can be shown"
    if what != "contact":  # one in a language without texts fails as calls to it, which its official's list shows
        assert "matter-unreadable" in await _kinds(duty.town)


CLOSED_BY_HAND = {
    "a reason of nobody": "UPDATE matters SET closed_at = opened_at + 1000, closed_reason = 'done' WHERE id = 1",
    "given up before its day": "UPDATE matters SET closed_at = opened_at + 1000,"
    " closed_reason = 'nobody acted in a day' WHERE id = 1",
    "seen to, which a decision never is": "UPDATE matters SET closed_at = opened_at + 1000,"
    " closed_reason = 'seen to by reviewer: done' WHERE id = 1",
}


async def _closes_by_hand(duty: Duty, what: str) -> None:
    """A warning waits for its review, its reviewer was called, and somebody writes that it waits no more."""
    await _submits(duty)
    await duty.rounds()
    await duty.town.sql(CLOSED_BY_HAND[what])
    duty.town.clock.advance(1800)
    await duty.rounds()


@pytest.mark.parametrize("what", CLOSED_BY_HAND)
async def test_a_matter_that_was_closed_by_hand_is_called_about_again_and_told_of(duty: Duty, what: str) -> None:
    await _closes_by_hand(duty, what)
    assert duty.called()["reviewer"] == 2
    assert ("matter-unreadable", "matter/1") in await _subjects(duty.town)


async def test_without_asking_who_closed_it_one_line_of_sql_ends_the_calling(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (matter, sweep):
        monkeypatch.setattr(module, "is_closed_by_hub", lambda _: True)
    await _closes_by_hand(duty, "a reason of nobody")
    assert duty.called()["reviewer"] == 1


async def test_a_matter_closed_at_no_time_is_told_of(duty: Duty) -> None:
    if duty.town.hub.db.dialect != "sqlite":
        pytest.skip("PostgreSQL keeps no word in a column of numbers")
    await _submits(duty)
    await duty.rounds()
    await duty.town.sql("UPDATE matters SET closed_at = 'x' WHERE id = 1")
    for _ in range(2):
        await duty.rounds()
    assert (await _subjects(duty.town)).count(("matter-unreadable", "matter/1")) == 1


async def test_what_nobody_acted_on_in_a_day_stays_closed(duty: Duty) -> None:
    await _submits(duty)
    await duty.rounds()
    duty.town.clock.advance(24 * 3600 + 60)
    await duty.rounds()
    called = duty.called()["reviewer"]
    await duty.rounds(minutes=60, step=20)
    [given_up] = [each for each in await duty.town.hub.calls.list_matters() if each.kind == "decision"]
    assert (given_up.closed_reason, duty.called()["reviewer"]) == ("nobody acted in a day", called)


async def test_a_call_in_a_state_that_is_none_is_no_figure_and_costs_no_other(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _submits(duty)
    await duty.rounds()
    whole = await duty.town.hub.db.read(store.count_matters_and_calls)
    await duty.town.sql("UPDATE calls SET state = 77 WHERE channel = 'sms'")
    by_kind, by_state = await duty.town.hub.db.read(store.count_matters_and_calls)
    assert (by_kind, set(by_state)) == (whole[0], {each for each in whole[1] if each[0] != "sms"})
    assert await _metrics(duty.town) == 200
    monkeypatch.setattr(store, "_is_state", lambda _: True)
    assert await _metrics(duty.town) == 500, "without looking at the state there are no figures at all"


async def _metrics(town: Town) -> int:
    async with aiohttp.ClientSession() as http, http.get(f"{town.hub.settings.public_url}/metrics") as answer:
        return answer.status


async def test_without_setting_aside_one_bad_row_ends_the_calling(duty: Duty, monkeypatch: pytest.MonkeyPatch) -> None:
    await _submits(duty)
    await duty.rounds()
    await duty.town.sql(BAD_MATTERS["a level of no warning"])
    monkeypatch.setattr(store, "_matter", lambda row: Matter(*row))
    monkeypatch.setattr(sweep.CallSweep, "_call_alone", sweep.CallSweep._call)
    duty.town.clock.advance(600)
    with pytest.raises(ValueError, match="9"):
        await duty.caller.round()


async def test_a_round_that_fails_is_an_alarm_that_is_over_with_the_next_that_does_not(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _submits(duty)

    def fails(*_: object) -> None:
        raise RuntimeError("secret 13812345678")

    with monkeypatch.context() as broken:
        broken.setattr(store, "give_up", fails)
        for _ in range(3):
            await duty.caller.try_round()
    assert await duty.town.alarms() == [("calls-failing", "a round of calling officials failed: RuntimeError")]
    for _ in range(2):
        await duty.caller.try_round()
    entries = await duty.town.hub.db.read(lambda connection: list(audit.entries(connection)))
    assert [each.action for each in entries].count("calls-resumed") == 1
    assert {each.kind for each in await duty.town.hub.calls.list_matters()} == {"decision"}, (
        "about it itself nobody is called"
    )


async def test_a_kind_that_fails_closes_nothing_and_keeps_no_other_from_calling(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _submits(duty)
    await duty.rounds()
    [decisions] = [each for each in duty.caller.kinds if each.name == "decision"]

    def fails(*_: object) -> None:
        raise ValueError("a warning that does not read")

    monkeypatch.setattr(type(decisions), "_next_steps", fails)
    await duty.rounds()
    assert "matter-unreadable" in await _kinds(duty.town)
    assert [each.closed for each in await duty.town.hub.calls.list_matters() if each.kind == "decision"] == [None]


BAD_SOURCES = {
    "alarm": "UPDATE alarms SET at = 'x' WHERE subject = 'shard/1'",
    "duty": "UPDATE duties SET opened_at = 'x' WHERE id = 1",
    "request": "UPDATE admin_requests SET expires_at = 'x' WHERE id = 1",
}


async def _two_of_each(duty: Duty) -> None:
    """A warning whose three duties are overdue, two requests of an administrator, and two alarms about the hub."""
    town = duty.town
    await duty.appoints("admin", "office", BAOTA, Right.ADMINISTER, kind="meteorological")
    await town.warns(channels=("sms",))
    town.clock.advance(3600)
    for name in ("新人", "新手"):
        given = {"name": name, "unit": "office", "area": "", "kind": "", "office": "", "rights": ["review"]}
        await town.hub.administration.propose(town.officials["admin"], "official-enrol", given)
    now = to_ms(town.clock.now())
    for number in (1, 2):
        await town.hub.db.write(lambda c, n=number: alarms.raise_alarm(c, now, "forged-job", f"shard/{n}", "found"))


async def _waits(duty: Duty) -> Counter[str]:
    return Counter(each.kind for each in await duty.town.hub.calls.list_matters(only_open=True))


@pytest.mark.parametrize("kind", BAD_SOURCES)
async def test_a_row_that_does_not_read_costs_itself_and_nothing_else_of_its_kind(duty: Duty, kind: str) -> None:
    if duty.town.hub.db.dialect != "sqlite":
        pytest.skip("PostgreSQL keeps no word in a column of numbers")
    await _two_of_each(duty)
    await duty.town.sql(BAD_SOURCES[kind])
    await duty.rounds()
    whole = {"alarm": 2, "duty": 3, "request": 2}
    assert await _waits(duty) == {name: count - (name == kind) for name, count in whole.items()}
    assert [subject for name, subject in await _subjects(duty.town) if name == "matter-unreadable"] == [f"calls/{kind}"]


async def test_an_alert_of_no_level_keeps_no_other_duty_from_being_called_about(duty: Duty) -> None:
    town = duty.town
    first = await town.warns(channels=("sms",))
    second = await town.warns(channels=("sms",))
    town.clock.advance(3600)
    await town.sql("UPDATE alerts SET level = 9 WHERE id = ?", first.id)
    await duty.rounds()
    about = {each.subject for each in await town.hub.calls.list_matters(only_open=True) if each.kind == "duty"}
    assert about == {f"alert/{second.id}"}


async def test_an_alarm_about_an_alert_of_no_number_keeps_no_other_alarm_from_calling(duty: Duty) -> None:
    await _two_of_each(duty)
    await duty.town.sql("UPDATE alarms SET subject = ? WHERE subject = 'shard/1'", "alert/" + "9" * 40)
    await duty.rounds()
    assert (await _waits(duty))["alarm"] >= 2


async def test_without_judging_each_row_alone_one_ends_the_calling_about_its_kind(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_at_once(_kind: str, rows: Any, _subject: Any, judge: Any) -> list[Any]:
        return list(filter(None, map(judge, rows)))

    monkeypatch.setattr(kinds, "_each_alone", all_at_once)
    town = duty.town
    warned = await town.warns(channels=("sms",))
    await town.warns(channels=("sms",))
    town.clock.advance(3600)
    await town.sql("UPDATE alerts SET level = 9 WHERE id = ?", warned.id)
    await duty.rounds()
    assert (await _waits(duty))["duty"] == 0
