"""A channel is taken out of the configuration while warnings are planned, signed or sent over it."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import Conflict
from hub.rules.rule import Rule
from tests.stories.town import RIVER, Cast, Town


@pytest.fixture
async def small(settle: Any) -> Town:
    town: Town = await settle(Cast(bridge=3, river=2, hills=1))
    return town


async def test_a_release_over_a_channel_that_is_gone_is_refused_by_its_name_and_sends_nothing(small: Town) -> None:
    signed = await small.prepares(channels=("sms", "medium:voice"))
    small.restarts_without("voice")
    with pytest.raises(Conflict, match="voice") as refused:
        await small.releases(signed)
    assert (refused.value.rule, refused.value.place) == (Rule.CHANNEL_MISSING, "channels: voice")
    assert "return the draft" in str(refused.value)
    await small.rests()
    assert small.sms.arrivals == []


async def test_a_draft_over_a_channel_that_is_gone_is_not_submitted_and_goes_once_it_is_planned_anew(
    small: Town,
) -> None:
    draft = await small.drafts(channels=("sms", "voice"))
    small.restarts_without("voice")
    with pytest.raises(Conflict, match="voice") as refused:
        await small.submits(draft)
    assert (refused.value.rule, refused.value.place) == (Rule.CHANNEL_MISSING, "channels: voice")
    again = await small.drafts(channels=("sms",))
    flood = await small.releases(await small.approves(await small.submits(again)))
    await small.rests()
    await small.inbox("sms").expects(flood, small.people("bridge", "river"))


async def test_an_estimate_says_which_channel_is_gone_and_counts_nobody_on_it(small: Town) -> None:
    draft = await small.drafts(channels=("sms", "voice"))
    whole = await small.hub.estimates.of_alert(draft.id)
    assert Rule.CHANNEL_MISSING not in {finding["rule"] for finding in whole.findings}
    small.restarts_without("voice")
    left = await small.hub.estimates.of_alert(draft.id)
    [finding] = [finding for finding in left.findings if finding["rule"] == Rule.CHANNEL_MISSING]
    assert "voice" in finding["text"]
    assert [each.key for each in left.channels] == ["sms"]
    assert left.persons == 5


async def test_of_a_draft_over_nothing_but_a_channel_that_is_gone_everybody_is_unreachable(small: Town) -> None:
    draft = await small.drafts(channels=("voice",))
    small.restarts_without("voice")
    found = await small.hub.estimates.of_alert(draft.id)
    assert (found.unreachable.persons, Rule.CHANNEL_MISSING) == (5, found.findings[0]["rule"])


async def test_whatever_shows_an_alert_works_with_its_channel_gone(small: Town) -> None:
    signed, sent = await small.prepares(), await small.warns()
    await small.rests()
    small.restarts_without("voice")
    hub = small.hub
    for alert in (signed, sent):
        assert (await hub.alerts.get(alert.id)).channels == ("sms", "voice")
        assert await hub.alerts.forms(alert.id)
        assert await hub.alerts.progress(alert.id)
        assert await hub.alerts.report(alert.id)
        assert await hub.estimates.of_alert(alert.id)
    await small.rests()
    assert await small.alarms() == []


@pytest.fixture
async def twins(settle: Any) -> Town:
    """A town with two providers of text messages among which the hub chooses, a robot group and the voice."""
    channels = ("sms", "sms_backup", "voice", "wecom")
    town: Town = await settle(Cast(bridge=20, river=12, hills=2, channels=channels, robots=2))
    return town


async def test_what_became_of_a_message_is_counted_by_the_record_whatever_channels_are_left(twins: Town) -> None:
    flood = await twins.warns(twins.cap(RIVER), channels=("sms", "sms_backup", "wecom"))
    await twins.rests()
    whole, far = await twins.hub.alerts.report(flood.id), await twins.hub.alerts.progress(flood.id)
    assert whole["channels"]["sms_backup"]["targeted"] > 0
    assert whole["persons"]["targeted"] == whole["persons"]["reached"] == 12, "robot groups are no persons"
    for gone in ("sms_backup", "wecom", "sms"):
        twins.restarts_without(gone)
        assert await twins.hub.alerts.report(flood.id) == whole
        assert await twins.hub.alerts.progress(flood.id) == far
