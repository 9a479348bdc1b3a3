"""What a round of calling reads does not grow with what waits already: counted in statements, not in time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from hub.callout import kinds
from hub.callout.candidates import People
from hub.clock import to_ms
from hub.dossier.competent_officials import Judgement
from hub.settings.calls import CallSettings
from hub.store.access import officials, units
from hub.store.alerts import calls
from hub.store.records import alarms
from hub.store.register import roster
from tests.stories.duty import Duty
from tests.stories.test_what_looking_costs import count, statements
from tests.stories.town import BAOTA, BRIDGE, Cast

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)
WARNINGS = 3
MOST = 3


@pytest.fixture
async def duty(settle) -> Duty:
    """Three warnings wait for their review; two who can give it are on duty, and were called."""
    duty = Duty(await settle(OFFICE))
    await duty.rosters(duty.line("reviewer"), duty.line("editor", order=2))
    for _ in range(WARNINGS):
        await duty.town.submits(await duty.town.drafts(duty.town.cap(BRIDGE)))
    await duty.rounds()
    return duty


async def test_what_waits_already_is_not_asked_for_one_by_one(duty: Duty) -> None:
    with statements(duty.town, "matters.occasion =") as found:
        await duty.rounds()
    assert len(found) == 0


async def test_who_is_there_is_read_once_however_many_matters_are_due(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty.town.clock.advance(600)
    reads = [
        count(monkeypatch, owner, name)
        for owner, name in ((roster, "on_duty"), (officials, "everyone"), (units, "everything"), (calls, "recent"))
    ]
    before = duty.called()["reviewer"]
    await duty.rounds()
    assert duty.called()["reviewer"] > before
    assert [len(each) for each in reads] == [1, 1, 1, 1]


async def test_the_calls_of_one_round_count_for_the_hour_of_whom_they_call(settle) -> None:
    duty = await _five_alarms(settle)
    await duty.rounds()
    assert duty.called() == {"monitor": MOST}


async def test_without_noting_them_one_round_calls_as_often_as_there_are_matters(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(People, "note", lambda *_: None)
    duty = await _five_alarms(settle)
    await duty.rounds()
    assert duty.called() == {"monitor": 5}


async def _five_alarms(settle: Any) -> Duty:
    """Five alarms at once, one watcher, and a limit of calls in an hour below that."""
    duty = Duty(await settle(replace(OFFICE, settings={"calls": CallSettings(per_hour=MOST)})))
    await duty.rosters(duty.line("monitor"))
    now = to_ms(duty.town.clock.now())
    for number in range(5):
        found = {"kind": "forged-job", "subject": f"shard/{number}", "detail": "found"}
        await duty.town.hub.db.write(partial(alarms.raise_alarm, now=now, **found))
    return duty


async def test_the_papers_of_warnings_that_wait_are_looked_at_one_a_round(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _looks(duty, monkeypatch) == [1] * WARNINGS


async def test_without_spreading_them_all_papers_are_looked_at_in_one_round(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "SPREAD_MS", 0)
    await duty.rounds()
    assert await _looks(duty, monkeypatch) == [WARNINGS]


async def _looks(duty: Duty, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many papers each round of a minute looks at, of those that look at any."""
    looked = count(monkeypatch, Judgement, "steps")
    found = []
    for _ in range(60):
        duty.town.clock.advance(1)
        before, now = len(looked), to_ms(duty.town.clock.now())
        await duty.town.hub.db.read(partial(kinds.everything, duty.caller.kinds, now=now))
        found.append(len(looked) - before)
    return [each for each in found if each]
