"""What the limit of calls an hour may not do: keep the newest danger from being told, and say that nobody is left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.callout import calling_order
from hub.callout.calling_order import CallingPace, CallingState
from hub.callout.sweep import LIMITED
from hub.formats.cap.write import write
from hub.settings.calls import CallSettings
from hub.store.records import alarms
from tests.stories.duty import Duty
from tests.stories.town import BAOTA, BRIDGE, Cast, Town
from tests.stories.warnings import alert_of

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)
LIMIT = 5  #: calls.per_hour


class Office(Duty):
    """A duty office, and the warnings that wait there."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.waiting: list[int] = []


@pytest.fixture
async def duty(settle: Any) -> Office:
    """One reviewer on duty, whom everything waits for."""
    duty = Office(await settle(OFFICE))
    await duty.rosters(duty.line("reviewer"))
    return duty


async def waits(duty: Office, severity: str = "Severe") -> int:
    """The number of a warning that waits for its review."""
    town = duty.town
    content = write(alert_of(town.clock.now(), f"w{len(duty.waiting)}", BRIDGE, severity=severity))
    view = await town.submits(await town.drafts(content, channels=("sms",)))
    duty.waiting.append(view.id)
    return view.id


async def called_about(duty: Office) -> list[int]:
    """The warnings that the reviewer was called about by SMS, in the order of the calls."""
    found = []
    for number in duty.waiting:
        view = await duty.town.hub.alerts.get(number)
        found += [(call.at, call.reference, number) for call in view.calls if call.channel == "sms"]
    return [number for *_, number in sorted(found)]


async def alarms_of(duty: Office, kind: str) -> list[str]:
    rows = await duty.town.hub.db.read(alarms.recent)
    return [row.subject for row in rows if row.kind == kind]


async def test_repeats_leave_a_call_to_what_is_new(duty: Office) -> None:
    old = [await waits(duty), await waits(duty)]
    await duty.rounds(minutes=30, step=1)
    assert len(await called_about(duty)) == LIMIT - 1
    fresh = await waits(duty)
    await duty.rounds()
    assert (await called_about(duty))[-1] == fresh
    assert set(await called_about(duty)) == {*old, fresh}


async def test_without_that_the_new_one_is_not_called_about(duty: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: repeats use up the hour."""
    due = calling_order._due_at

    def unkept(official: int, channel: str, standing: CallingState, pace: CallingPace, now: int) -> int | None:
        return due(official, channel, standing, replace(pace, per_hour=pace.per_hour + 1), now)

    monkeypatch.setattr(calling_order, "_due_at", unkept)
    for _ in range(2):
        await waits(duty)
    await duty.rounds(minutes=30, step=1)
    assert len(await called_about(duty)) == LIMIT


@pytest.mark.parametrize(("severities", "first"), [(("Severe", "Severe"), 1), (("Extreme", "Severe"), 0)])
async def test_the_most_dangerous_is_called_about_first_and_of_equals_the_newest(
    settle: Any, severities: tuple[str, ...], first: int
) -> None:
    duty = Office(await settle(replace(OFFICE, settings={"calls": CallSettings(per_hour=1)})))
    await duty.rosters(duty.line("reviewer"))
    for severity in severities:
        await waits(duty, severity)
        duty.town.clock.advance(1)
    await duty.rounds()
    assert await called_about(duty) == [duty.waiting[first]]


async def test_who_is_not_called_yet_is_named_with_the_limit_and_nobody_says_that_nobody_is_left(duty: Office) -> None:
    for _ in range(LIMIT):
        await waits(duty)
    await duty.rounds()
    late = await waits(duty)
    await duty.rounds(minutes=20, step=1)
    assert late not in await called_about(duty)
    assert f"alert/{late}" in await alarms_of(duty, LIMITED)
    assert f"alert/{late}" not in await alarms_of(duty, "calls-exhausted")
    await duty.rounds(minutes=41, step=1)
    assert late in await called_about(duty)


async def test_who_has_no_number_counts_as_lacking_and_is_named(duty: Office) -> None:
    await duty.rosters_shift("signer")
    await duty.rosters_shift("second")
    view = await duty.town.hub.alerts.get(await waits(duty))
    (sign,) = [step for step in view.duty if step.step == "sign"]
    assert (sign.on_duty, sign.lacking, sign.uncallable) == ((), 1, ("signer", "second"))
    (said,) = [
        each["text"] for each in view.findings if each["rule"] == "duty-lacks-step" and "sign of" in each["text"]
    ]
    assert "signer, second cannot be called, since no number is entered" in said
