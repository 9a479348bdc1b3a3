"""A channel is taken out of the configuration while warnings are planned, signed or sent over it."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import Conflict
from hub.rules.rule import Rule
from tests.stories.town import RIVER, Cast, Town
from tests.stories.warnings import because

LEASE_S = 15  #: by then the maintainer of before a restart is no longer waited for, and every alert is looked at


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


async def test_an_all_clear_goes_over_the_channel_that_is_left_to_everybody_who_holds_the_warning(twins: Town) -> None:
    flood = await twins.warns(channels=("sms", "sms_backup"))
    await twins.rests()
    assert await twins.inbox("sms_backup").got(flood)
    twins.restarts_without("sms_backup")
    lifted = await twins.cancels(flood)
    await twins.rests()
    await twins.inbox("sms").expects(lifted, twins.people("bridge", "river"))
    assert Rule.CHANNEL_MISSING not in {finding["rule"] for finding in lifted.findings}
    assert await twins.alarms() == []


async def test_an_update_goes_over_the_channel_that_is_left_and_its_author_need_not_name_it(twins: Town) -> None:
    flood = await twins.warns(channels=("sms_backup",))
    await twins.rests()
    twins.restarts_without("sms_backup", "wecom", "voice")
    moved = await twins.updates(flood, twins.cap(RIVER))
    await twins.rests()
    await twins.inbox("sms").expects(moved, twins.people("bridge", "river"))


async def test_whoever_decides_reads_how_many_cannot_be_told_over_what_is_left(twins: Town) -> None:
    flood = await twins.warns(channels=("sms", "sms_backup", "wecom"))
    await twins.rests()
    [name, *_] = sorted(await twins.inbox("sms_backup").got(flood))
    await twins.keeps(name, RIVER, "email")
    twins.restarts_without("sms_backup", "wecom")
    lifted = await twins.cancels(flood)
    told = {
        each["values"]["channel"]: each["values"]["count"]
        for each in lifted.findings
        if each["rule"] == Rule.CHANNEL_MISSING
    }
    assert told == {"sms_backup": 1, "wecom": 2}
    await twins.rests()
    await twins.inbox("sms").expects(lifted, twins.people("bridge", "river") - {name})


async def test_an_all_clear_that_was_drafted_before_its_channel_was_gone_is_submitted_without_it(twins: Town) -> None:
    flood = await twins.warns(channels=("sms", "sms_backup"))
    await twins.rests()
    draft = await twins.hub.drafting.cancel(twins.officials["author"], flood.id, because("险情解除"))
    twins.restarts_without("sms_backup")
    lifted = await twins.releases(await twins.approves(await twins.submits(draft)))
    await twins.rests()
    await twins.inbox("sms").expects(lifted, twins.people("bridge", "river"))
    twins.restarts_without("sms_backup")
    twins.clock.advance(LEASE_S)
    await twins.rests()
    await twins.inbox("sms").expects(lifted, twins.people("bridge", "river"))


async def test_who_was_told_the_end_over_a_channel_is_not_told_it_again_once_that_is_gone(twins: Town) -> None:
    flood = await twins.warns(channels=("sms", "sms_backup"))
    await twins.rests()
    lifted = await twins.cancels(flood)
    await twins.rests()
    over_sms, over_backup = await twins.inbox("sms").got(lifted), await twins.inbox("sms_backup").got(lifted)
    assert over_backup
    twins.restarts_without("sms_backup")
    twins.clock.advance(LEASE_S)
    await twins.rests()
    assert (await twins.inbox("sms").got(lifted), await twins.inbox("sms_backup").got(lifted)) == (
        over_sms,
        over_backup,
    )


async def test_an_all_clear_overtakes_no_shard_that_a_worker_still_holds_on_a_channel_that_is_gone(twins: Town) -> None:
    flood = await twins.warns(channels=("sms_backup",))
    [ticket, *_] = await twins.tickets()
    lease = await twins.dies_holding(ticket)
    held = {twins.names[number] for number in lease.recipients}
    twins.restarts_without("sms_backup", "voice", "wecom")
    lifted = await twins.cancels(flood)
    await twins.dispatches()
    await twins.sweeps()
    await twins.dispatches()
    await twins.inbox("sms").expects(lifted, ())
    twins.clock.advance(31)
    await twins.rests()
    await twins.inbox("sms").expects(lifted, held)
