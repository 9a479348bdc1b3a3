"""Rows of the calling that somebody wrote by hand cost themselves and nothing else, and are an alarm that names them."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from hub.calls import kinds, sweep
from hub.store import alarms, audit
from hub.store import calls as store
from hub.store.calls import Matter
from tests.stories.duty import Duty
from tests.stories.town import BAOTA, BRIDGE, Cast, Town

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)
BAD_MATTERS = {
    "a level of no warning": "UPDATE matters SET level = 9 WHERE id = 1",
    "a kind of nothing": "UPDATE matters SET kind = 'bogus' WHERE id = 1",
    "a rung below the ladder": "UPDATE matters SET rung = -3 WHERE id = 1",
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
