"""The ladder and late receipts: who was delivered is not called for our own deafness, up to a limit for each level."""

from __future__ import annotations

import asyncio
import logging
import os

import pytest

from hub.dispatch.escalation import Escalator
from hub.scheduler.sweep import WATCH
from hub.settings.settings import EscalationSettings
from hub.store.alerts import alerts
from hub.store.delivery import receipt_backlogs
from tests.stories.town import BRIDGE, RIVER, Cast, Town

log = logging.getLogger(__name__)
#: the whole measure takes minutes; FENGHUO_FAULTS=long runs it, --log-cli-level=INFO shows the counts
PEOPLE = 20_000 if os.environ.get("FENGHUO_FAULTS") == "long" else 300
OFF, MUTE = PEOPLE // 50, PEOPLE // 100  #: reported undelivered; never reported on at all
MINUTE = 60.0


@pytest.fixture
async def crowd(settle) -> Town:
    """Everybody's receipt is held back until `reports` is called; some telephones are off, some never report."""
    size = {"shard_size": 1000, "chunk_size": 500} if PEOPLE > 1000 else {"shard_size": 100, "chunk_size": 50}
    town: Town = await settle(Cast(bridge=PEOPLE, river=0, hills=0, dispatch=size))
    for name in town.ids:
        town.fate(name, sms="silent")
    return town


async def reports(town: Town, flood, upto: int = PEOPLE) -> set[str]:
    """The carrier reports at last; returns who was delivered."""
    names, campaign = sorted(town.ids)[:upto], (await town.campaigns(flood))["sms"].id
    ids = town.hub.delivery_ids.many("sms", campaign, [town.ids[name] for name in names])
    words = ["undelivered" if at < MUTE + OFF else "delivered" for at in range(upto)]
    for start in range(MUTE, upto, 100):
        part = zip(ids[start : start + 100], words[start : start + 100], strict=False)
        await asyncio.gather(*(town.sms.tell(delivery, word) for delivery, word in part))
    return {name for name, word in list(zip(names, words, strict=True))[MUTE:] if word == "delivered"}


async def minutes(town: Town, count: int) -> None:
    for _ in range(count):
        town.clock.advance(MINUTE)
        for _ in range(WATCH):
            await town.sweeps()


def counts(told: set[str], delivered: set[str]) -> tuple[int, int, int, int]:
    """Everybody, who was delivered, who was called, and who was both."""
    return PEOPLE, len(delivered), len(told), len(told & delivered)


async def called(town: Town, flood) -> set[str]:
    await town.rests()
    return set(await town.inbox("voice").got(flood))


async def test_below_red_receipts_twenty_minutes_late_call_nobody_who_was_delivered(crowd: Town) -> None:
    flood = await crowd.warns(crowd.cap(severity="Severe"))
    await crowd.dispatches()
    await minutes(crowd, 20)
    assert await called(crowd, flood) == set()
    progress = await crowd.hub.alerts.progress(flood.id)
    assert [(wait.channel, wait.reason, wait.people) for wait in progress.waits] == [
        ("sms", "receipts-missing", PEOPLE)
    ]
    delivered = await reports(crowd, flood)
    for _ in range(WATCH):
        await crowd.sweeps()
    at_once = await called(crowd, flood)
    assert len(at_once) >= OFF, "what is reported undelivered goes on at once"
    await minutes(crowd, 3)
    told = await called(crowd, flood)
    log.info("of %s people %s delivered, %s called, of whom delivered: %s", *counts(told, delivered))
    assert len(told & delivered) <= PEOPLE / 100
    assert set(crowd.ids) - delivered <= told
    progress = await crowd.hub.alerts.progress(flood.id)
    assert {each.cause: each.people for each in progress.escalations} == {"failed": OFF, "silence": MUTE}
    assert progress.waits == ()
    report = await crowd.hub.alerts.report(flood.id)
    assert [each["cause"] for each in report["messages"][0]["escalations"]] == ["failed", "silence"]


async def test_without_the_judgement_everybody_would_be_called(crowd: Town, monkeypatch) -> None:
    """The twin of the story above, its guard taken out."""
    monkeypatch.setattr("hub.dispatch.escalation.judge", lambda *_, **__: None)
    flood = await crowd.warns(crowd.cap(severity="Severe"))
    await crowd.dispatches()
    await minutes(crowd, 2)
    assert await called(crowd, flood) == set(crowd.ids)


async def test_at_red_the_limit_is_obeyed_and_is_a_cause_of_its_own(crowd: Town) -> None:
    flood = await crowd.warns(crowd.cap(severity="Extreme"))
    await crowd.dispatches()
    await minutes(crowd, 9)
    early = await called(crowd, flood)
    await minutes(crowd, 1)
    due = await called(crowd, flood)
    log.info("at red, of %s people called after 9 minutes: %s, after 10: %s", PEOPLE, len(early), len(due))
    assert (early, due) == (set(), set(crowd.ids))
    progress = await crowd.hub.alerts.progress(flood.id)
    assert {each.cause: each.people for each in progress.escalations} == {"limit": PEOPLE}


async def test_receipts_that_trickle_in_late_are_waited_for(crowd: Town) -> None:
    flood = await crowd.warns(crowd.cap(severity="Severe"))
    await crowd.dispatches()
    await minutes(crowd, 12)
    delivered = await reports(crowd, flood, PEOPLE * 2 // 3)
    for _ in range(WATCH):
        await crowd.sweeps()
    progress = await crowd.hub.alerts.progress(flood.id)
    assert [wait.reason for wait in progress.waits] == ["receipts-late"]
    delivered |= await reports(crowd, flood)
    await minutes(crowd, 3)
    told = await called(crowd, flood)
    log.info("of %s people %s delivered, %s called, of whom delivered: %s", *counts(told, delivered))
    assert len(told & delivered) <= PEOPLE / 100
    assert set(crowd.ids) - delivered <= told


async def test_one_carriers_receipts_lost_call_its_people_and_not_the_others(settle) -> None:
    ladder = EscalationSettings(steps=(("sms", "email"), ("voice", "email")))
    cast = Cast(bridge=20, river=20, hills=0, channels=("sms", "voice", "email"), settings={"escalation": ladder})
    town: Town = await settle(cast)
    for name in town.ids:
        if name.startswith("bridge"):
            town.fate(name, sms="silent", voice="silent")
    await only_by(town, "bridge", "sms")
    await only_by(town, "river", "voice")
    town.fate("river-3", voice="silent")
    flood = await town.warns(town.cap(severity="Severe"))
    await town.dispatches()
    await minutes(town, 2)
    await town.rests()
    assert set(await town.states(flood, "email")) == {"river-3"}, "of the carrier that reports, its silent one"
    await minutes(town, 29)
    await town.rests()
    assert set(await town.states(flood, "email")) == town.people("bridge") | {"river-3"}
    causes = {(each.before, each.cause): each.people for each in (await town.hub.alerts.progress(flood.id)).escalations}
    log.info("called on, by the channel before and the cause: %s", causes)
    assert causes == {("voice", "silence"): 1, ("sms", "limit"): 20}


async def only_by(town: Town, word: str, channel: str) -> None:
    """These people have an address on this channel of the two, and a mailbox."""
    for name in town.people(word):
        await town.keeps(name, BRIDGE if word == "bridge" else RIVER, channel, "email")


async def test_while_our_own_door_is_behind_silence_is_nobodys(town: Town) -> None:
    town.fate("bridge-0", sms="silent")
    flood = await town.warns()
    await town.dispatches()
    await town.until(lambda: not town.sms.owes())
    town.clock.advance(61)
    at = int(town.clock.now().timestamp() * 1000)
    await town.hub.db.write(lambda connection: receipt_backlogs.report(connection, "door", 6000, at))
    assert await called(town, flood) == set()
    assert [wait.reason for wait in (await town.hub.alerts.progress(flood.id)).waits] == ["receipts-at-our-door"]
    town.clock.advance(31)
    assert await called(town, flood) == {"bridge-0"}


async def test_a_sweep_that_goes_on_waiting_writes_nothing_new(crowd: Town) -> None:
    flood = await crowd.warns(crowd.cap(severity="Severe"))
    await crowd.dispatches()
    await minutes(crowd, 3)
    first = (await crowd.hub.alerts.progress(flood.id)).waits
    await minutes(crowd, 3)
    assert (await crowd.hub.alerts.progress(flood.id)).waits == first
    assert first


async def test_the_next_channel_is_given_what_it_can_take_and_the_likeliest_to_have_nothing_first(settle) -> None:
    town: Town = await settle(Cast(bridge=40, river=0, hills=0))
    for at in range(40):
        town.fate(f"bridge-{at}", sms="off" if at % 2 else "silent")
    flood = await town.warns(town.cap(severity="Extreme"))
    await town.dispatches()
    await town.until(lambda: not town.sms.owes())
    town.clock.advance(601)
    ladder = Escalator(town.hub.settings, {"voice": 0.5}, ("elderly",))
    row = await town.hub.db.read(lambda connection: alerts.get(connection, flood.id))
    now = int(town.clock.now().timestamp() * 1000)
    (climb,) = (await town.hub.db.read(lambda connection: ladder.look(connection, row, now))).climbs
    order = [town.names[number] for part in climb.cut.groups for number in part]
    assert order[0] == "bridge-1", "elderly, and her message is known not to have come"
    assert set(order[:20]) == {f"bridge-{at}" for at in range(1, 40, 2)}
    assert len(order) == 30, "a minute of half a call a second"
    assert [(each.cause, each.people) for each in climb.causes] == [("failed", 20), ("silence", 10)]
