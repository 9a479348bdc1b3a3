"""A township owes a signature that only somebody above it gives: those are called, and not who would be refused."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.official import Right
from hub.callout.candidates import People
from tests.stories.duty import Duty
from tests.stories.test_evacuation import BRIDGE, TOWNSHIP, orders, settled
from tests.stories.town import CITY


@pytest.fixture
async def duty(settle: Any) -> Duty:
    """The township's leader and clerk on duty, and one officer each of the county and of the city above it."""
    duty = Duty(await settled(settle, channels=("sms", "voice")))
    await duty.appoints("head", TOWNSHIP, BRIDGE, Right.MONITOR, kind="government", office="leader")
    await duty.appoints("a city", "A 市人民政府", CITY, Right.SIGN, kind="government")
    names = ("clerk", "county", "a city")
    await duty.rosters(duty.line("head", "leader"), *(duty.line(name) for name in names))
    return duty


async def _owes(duty: Duty) -> None:
    """A notice is on its way, and its countersignature alone calls anybody."""
    await orders(duty.town)
    await duty.rounds()


async def test_what_only_the_county_may_countersign_calls_the_county_and_then_the_next_above(duty: Duty) -> None:
    await _owes(duty)
    assert duty.called() == {"county": 1}
    await duty.rounds(minutes=5, step=5)
    assert duty.called() == {"county": 2, "a city": 1}, "whoever would be refused is not called"


async def test_if_those_above_were_struck_out_the_leaders_of_the_township_would_be_called_first(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(People, "_able", lambda *_: [])
    await _owes(duty)
    assert duty.called() == {"head": 1}
