"""Another provider of a medium is one block: it reaches the same people under its own limits, receipts and health."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from channels.message import Form, Message
from hub.settings.settings import EscalationSettings
from tests.stories.telephones import Telephones
from tests.stories.town import Cast, Town

BOTH = ("sms", "sms_backup", "voice")
BACKUP = {"sms_backup": {"concurrency": 2, "per_second": 50.0, "burst": 7}}


@pytest.fixture
async def twins(settle: Any) -> Town:
    """A town with two providers of text messages, of which the second is tried where the first fails."""
    steps = EscalationSettings(steps=(("sms", "sms_backup"), ("sms_backup", "voice")))
    town: Town = await settle(
        Cast(bridge=6, river=3, hills=2, channels=BOTH, blocks=BACKUP, settings={"escalation": steps})
    )
    return town


def backup(town: Town) -> Telephones:
    found = town.members["sms_backup"].counterpart
    assert isinstance(found, Telephones)
    return found


async def test_the_second_provider_reaches_everybody_and_its_receipts_come_back_to_it(twins: Town) -> None:
    flood = await twins.warns(channels=("sms_backup",))
    await twins.rests()
    await twins.inbox("sms_backup").expects(flood, twins.people("bridge", "river"))
    assert set((await twins.states(flood, "sms_backup")).values()) == {"DELIVERED"}
    assert {story.callback.partition("?")[0] for story in backup(twins).stories.values()} == {
        f"{twins.hub.settings.public_url}/hooks/sms_backup"
    }
    assert twins.sms.arrivals == []
    assert await twins.alarms() == []


async def test_each_provider_has_the_limits_of_its_own_block(twins: Town) -> None:
    first, second = twins.hub.drivers["sms"], twins.hub.drivers["sms_backup"]
    assert (second.limits.concurrency, second.limits.per_second, second.limits.burst) == (2, 50.0, 7)
    assert first.limits.concurrency == twins.cast.concurrency
    form, known = Form("sms", "zh", "雨"), twins.dispatcher.destinations
    message = Message("1-1", 1, twins.phones["bridge-0"], form, twins.clock.now())
    one = known.of("sms", first, first.destination(message))
    other = known.of("sms_backup", second, second.destination(message))
    assert one is not other
    assert (one.bucket is None, other.bucket is None) == (True, False)


async def test_whom_one_provider_fails_the_other_is_tried_with_and_nobody_is_told_twice(twins: Town) -> None:
    twins.fate("bridge-0", sms="off")
    twins.fate("river-1", sms="barred")
    flood = await twins.warns(channels=BOTH)
    await twins.rests()
    await twins.inbox("sms").expects(flood, twins.people("bridge", "river") - {"river-1"})
    await twins.inbox("sms_backup").expects(flood, {"bridge-0", "river-1"})
    await twins.inbox("voice").expects(flood, ())


async def test_who_refuses_text_messages_at_one_provider_gets_none_from_the_other(twins: Town) -> None:
    flood = await twins.warns(channels=("sms_backup",))
    await twins.rests()
    phone = twins.phones["bridge-0"]
    await backup(twins).inbound({"from": phone, "body": "退订"})
    later = await twins.warns(channels=("sms", "sms_backup"))
    await twins.rests()
    stayed = twins.people("bridge", "river") - {"bridge-0"}
    await twins.inbox("sms").expects(later, stayed)
    await twins.inbox("sms_backup").expects(flood, twins.people("bridge", "river"))


async def test_an_answer_to_the_second_provider_confirms_what_it_sent(twins: Town) -> None:
    backup(twins).fates[twins.phones["bridge-0"]] = "confirms"
    flood = await twins.warns(channels=("sms_backup",))
    await twins.rests()
    states = await twins.states(flood, "sms_backup")
    assert states["bridge-0"] == "CONFIRMED"


async def test_whoever_waits_for_a_sick_provider_is_told_by_the_other_after_the_patience_of_the_escalation(
    settle: Any,
) -> None:
    blocks = {"sms": {"weight": 1000.0}, "sms_backup": {"weight": 0.001}}
    one_shard = {"shard_size": 1000, "chunk_size": 7}  # most people stand behind chunks in which nothing leaves
    town: Town = await settle(Cast(bridge=60, river=0, channels=BOTH, blocks=blocks, dispatch=one_shard))
    town.sms.knobs = replace(town.sms.knobs, error=1.0)
    flood = await town.warns(channels=("medium:sms",))
    await town.rests()
    assert len(await town.inbox("sms_backup").got(flood)) < 5, "nearly all are with the provider that is sick"
    town.clock.advance(61)
    await town.rests()
    await town.inbox("sms").expects(flood, ())
    await town.inbox("sms_backup").expects(flood, town.people("bridge"))
    progress = await town.hub.alerts.progress(flood.id)
    assert {each.cause for each in progress.escalations} == {"unsent"}
