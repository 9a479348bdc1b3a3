"""A plan names a medium, and the hub chooses among its channels: by their weights, and none that is sick."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import Invalid
from hub.release.sharing import LATELY_MS
from tests.stories.telephones import Telephones
from tests.stories.town import Cast, Town

PROVIDERS = ("sms", "sms_backup")


@pytest.fixture
async def twins(settle: Any) -> Town:
    """Two providers of text messages; the second is meant to carry three quarters of them."""
    blocks = {"sms_backup": {"weight": 3}}
    town: Town = await settle(Cast(bridge=24, river=16, hills=2, channels=(*PROVIDERS, "voice"), blocks=blocks))
    return town


def phones(town: Town, channel: str) -> Telephones:
    found = town.members[channel].counterpart
    assert isinstance(found, Telephones)
    return found


async def told(town: Town, alert: Any) -> dict[str, set[str]]:
    """By provider, who was told; nobody was told twice by one."""
    got = {channel: await town.inbox(channel).got(alert) for channel in PROVIDERS}
    assert {times for each in got.values() for times in each.values()} <= {1}
    return {channel: set(each) for channel, each in got.items()}


async def test_a_medium_is_shared_by_weight_and_everybody_is_told_once(twins: Town) -> None:
    flood = await twins.warns(channels=("medium:sms",))
    await twins.rests()
    by = await told(twins, flood)
    assert by["sms"] | by["sms_backup"] == twins.people("bridge", "river")
    assert by["sms"] & by["sms_backup"] == set()
    assert 0 < len(by["sms"]) < len(by["sms_backup"])


async def test_a_plan_without_channels_tells_nobody_the_same_text_twice(twins: Town) -> None:
    flood = await twins.warns()
    await twins.rests()
    by = await told(twins, flood)
    assert (by["sms"] & by["sms_backup"], len(by["sms"] | by["sms_backup"])) == (set(), 40)
    await twins.inbox("voice").expects(flood, ())


async def test_one_provider_falls_sick_and_the_other_tells_its_people_and_all_of_the_next_warning(twins: Town) -> None:
    everybody = twins.people("bridge", "river")
    phones(twins, "sms_backup").suspended = True
    flood = await twins.warns(channels=("medium:sms",))
    await twins.rests()
    assert len((await twins.campaigns(flood))["sms_backup"].covered) > len(everybody) / 2
    assert await told(twins, flood) == {"sms": everybody, "sms_backup": set()}
    second = await twins.warns(channels=("medium:sms",))
    assert set((await twins.campaigns(second))["sms"].covered) == {twins.ids[name] for name in everybody}
    phones(twins, "sms_backup").suspended = False
    twins.clock.advance(LATELY_MS / 1000 + 1)
    third = await twins.warns(channels=("medium:sms",))
    assert len((await twins.campaigns(third))["sms_backup"].covered) > len(everybody) / 2


async def test_without_the_look_at_health_the_sick_provider_is_given_people(
    twins: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr("hub.release.sharing.is_sick", lambda *_: False)
    phones(twins, "sms_backup").suspended = True
    await twins.warns(channels=("medium:sms",))
    await twins.rests()
    second = await twins.warns(channels=("medium:sms",))
    assert len((await twins.campaigns(second))["sms_backup"].covered) > 0


async def test_a_medium_that_nobody_provides_is_refused_by_name(twins: Town) -> None:
    with pytest.raises(Invalid, match="medium:email") as refused:
        await twins.drafts(channels=("medium:email",))
    assert refused.value.rule == "channel-unknown"
