"""An Update and a Cancel: what is queued stops first, and whoever may hold the first message is told, nobody else."""

from __future__ import annotations

import asyncio

import pytest

from hub.alert.alert import MsgType
from hub.errors import Conflict
from hub.formats.cap.write import write
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, ZHIDAN, Cast, Town
from tests.stories.warnings import alert_of, because, cancel_of


async def test_a_person_never_reached_is_told_nothing_of_the_cancel(town: Town) -> None:
    town.fate("bridge-0", sms="barred")
    town.fate("bridge-1", sms="off")
    flood = await town.warns(channels=("sms",))
    await town.rests()
    lifted = await town.cancels(flood)
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("bridge", "river") - {"bridge-0", "bridge-1"})


async def test_a_cancel_in_the_middle_stops_what_is_queued_and_tells_just_those_sent_to(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.dispatches(most=2)
    first = set(await town.inbox("sms").got(flood))
    assert 0 < len(first) < 20
    lifted = await town.cancels(flood)
    await town.rests()
    await town.inbox("sms").expects(flood, first)
    await town.inbox("sms").expects(lifted, first)


async def test_a_cancel_before_the_first_message_left_tells_nobody_anything(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    lifted = await town.cancels(flood)
    await town.rests()
    await town.inbox("sms").expects(flood, ())
    await town.inbox("sms").expects(lifted, ())


async def test_a_send_that_settles_after_the_cancel_was_asked_for_is_followed_by_it(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    town.sms.hold()
    [ticket, *_] = await town.tickets(most=1)
    under_way = asyncio.create_task(town.dispatcher.dispatch(ticket))
    await town.until(lambda: town.sms.counts.received >= 1)
    lifted = await town.cancels(flood)
    await town.dispatches()
    await town.inbox("sms").expects(lifted, ())  # it may not overtake what is still on the wire
    town.sms.let_go()
    await under_way
    reached = set(await town.inbox("sms").got(flood))
    assert reached
    await town.later_rests()
    await town.inbox("sms").expects(lifted, reached)


async def test_a_shard_of_the_cancel_waits_while_one_of_the_alert_is_leased(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.dispatches(most=1)
    town.sms.hold()
    [ticket, *_] = await town.tickets(most=1)
    under_way = asyncio.create_task(town.dispatcher.dispatch(ticket))
    await town.until(lambda: town.sms.counts.received == 2 + 3)  # the endangered, and the first chunk of the others
    held = set(town.sms.arrivals)
    await town.cancels(flood)
    await town.dispatches()
    assert set(town.sms.arrivals) == held
    town.sms.let_go()
    await under_way
    await town.later_rests()
    assert set(town.sms.arrivals) > held


async def test_a_person_whose_answer_was_lost_counts_as_reached_and_is_told_of_the_cancel(town: Town) -> None:
    town.fate("bridge-0", sms="cut")
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    assert (await town.states(flood, "sms"))["bridge-0"] == "UNKNOWN"
    lifted = await town.cancels(flood)
    await town.dispatches()
    assert "bridge-0" in await town.inbox("sms").got(lifted)


async def test_a_late_receipt_makes_the_cancel_follow_to_someone_given_up_as_failed(town: Town) -> None:
    town.fate("bridge-0", sms="off")
    flood = await town.warns(channels=("sms",))
    await town.rests()
    lifted = await town.cancels(flood)
    await town.rests()
    assert "bridge-0" not in await town.inbox("sms").got(lifted)
    await town.sms.tell(await town.delivery(flood, "sms", "bridge-0"), "delivered")
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("bridge", "river"))


async def test_an_update_stops_what_was_queued_and_goes_to_its_own_area_and_to_those_told_before(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.dispatches(most=1)
    told = set(await town.inbox("sms").got(flood))
    moved = await town.updates(flood, town.cap(RIVER))
    await town.rests()
    await town.inbox("sms").expects(flood, told)
    await town.inbox("sms").expects(moved, told | town.people("river"))


async def test_a_cancel_of_a_chain_reaches_whoever_heard_the_alert_or_the_update(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    moved = await town.updates(flood, town.cap(RIVER), left_out="continues")
    await town.rests()
    lifted = await town.cancels(moved)
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("bridge", "river"))
    stages = [(await town.hub.alerts.get(each.id)).stage for each in (flood, moved, lifted)]
    assert stages == ["cancelled", "cancelled", "released"]


async def test_a_channel_on_which_the_alert_failed_does_not_hold_up_the_cancel_on_the_others(town: Town) -> None:
    town.fate("bridge-0", sms="off", voice="confirms")
    flood = await town.warns()
    await town.rests()
    town.voice.hold()
    lifted = await town.cancels(flood)
    async with town.working():
        await town.until_got("sms", lifted, 19)
        town.voice.let_go()
    await town.rests()
    await town.inbox("voice").expects(lifted, {"bridge-0"})


async def test_a_channel_that_never_took_the_alert_has_its_queue_revoked_and_the_others_are_told(town: Town) -> None:
    town.sms.knobs = town.sms.knobs.turn(throttle_per_s=0.001)
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.dispatches()
    town.clock.advance(61)
    await town.sweeps()
    assert set((await town.states(flood, "sms")).values()) == {"PENDING"}
    lifted = await town.cancels(flood)
    town.sms.knobs = town.sms.knobs.turn(throttle_per_s=0.0)
    await town.later_rests()
    assert set((await town.states(flood, "sms")).values()) == {"REVOKED"}
    await town.inbox("sms").expects(lifted, ())


async def test_a_cancel_goes_over_every_channel_any_message_of_the_chain_went_over(town: Town) -> None:
    town.fate("bridge-0", sms="off")
    first = alert_of(town.clock.now(), "rain-x", BRIDGE)
    flood = await town.warns(write(first))
    await town.rests()
    await town.inbox("voice").expects(flood, {"bridge-0"})
    reference = (first.reference,)
    update = alert_of(town.clock.now(), "rain-y", BRIDGE, msg_type=MsgType.UPDATE, references=reference)
    moved = await town.warns(write(update), channels=("sms",))
    await town.rests()
    lifted = await town.cancels(moved)
    assert set(lifted.channels) == {"sms", "voice"}
    await town.rests()
    await town.inbox("voice").expects(lifted, {"bridge-0"})


async def test_a_cancel_file_goes_over_every_channel_even_where_its_plan_names_one(town: Town) -> None:
    town.fate("bridge-0", sms="off")
    first = alert_of(town.clock.now(), "rain-x", BRIDGE)
    await town.warns(write(first))
    await town.rests()
    lifted = await town.warns(write(cancel_of(first, town.clock.now(), "rain-x.end")), channels=("sms",))
    await town.rests()
    await town.inbox("voice").expects(lifted, {"bridge-0"})


async def test_only_the_newest_message_of_a_chain_stands_in_the_feed_and_names_the_ones_before(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    moved = await town.updates(flood, town.cap())
    [entry] = await town.hub.alerts.public(10)
    assert (entry.id, entry.msg_type) == (moved.id, "Update")
    assert entry.references == f"{flood.sender},{flood.identifier},{flood.sent}"
    lifted = await town.cancels(flood)
    assert [each.id for each in await town.hub.alerts.public(10)] == [lifted.id]


async def test_the_same_cancel_again_is_the_same_cancel_and_no_second_message(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.rests()
    lifted = await town.cancels(flood)
    await town.rests()
    again = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    assert (again.id, again.stage) == (lifted.id, "released")
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("bridge", "river"))


async def test_the_same_cancel_file_again_is_answered_with_the_first(town: Town) -> None:
    flood = alert_of(town.clock.now(), "rain-x", BAOTA)
    await town.warns(write(flood), channels=("sms",))
    await town.rests()
    lift = write(cancel_of(flood, town.clock.now(), "rain-x.end"))
    lifted = await town.warns(lift, channels=("sms",))
    await town.rests()
    again = await town.drafts(lift, channels=("sms",))
    assert (again.id, again.stage) == (lifted.id, "released")
    await town.inbox("sms").expects(lifted, town.people("bridge", "river"))


async def test_a_cancelled_chain_is_not_updated_any_more(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.cancels(flood)
    with pytest.raises(Conflict) as refused:
        await town.hub.drafting.update(town.officials["author"], flood.id, town.cap())
    assert refused.value.rule == "cancelled"


async def test_an_update_drafted_before_the_cancel_is_not_released_after_it(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    draft = await town.hub.drafting.update(town.officials["author"], flood.id, town.cap())
    ready = await town.approves(await town.submits(draft))
    await town.cancels(flood)
    with pytest.raises(Conflict) as refused:
        await town.releases(ready)
    assert refused.value.rule == "chain"


async def test_a_cancel_drafted_before_an_update_is_not_released_after_it(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    cancel = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    ready = await town.approves(await town.submits(cancel))
    await town.updates(flood, town.cap())
    with pytest.raises(Conflict) as refused:
        await town.releases(ready)
    assert refused.value.rule == "chain"


async def test_what_waits_for_another_try_is_counted_as_revoked_after_the_cancel(town: Town) -> None:
    town.sms.knobs = town.sms.knobs.turn(throttle_per_s=1)
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    assert "PENDING" in (await town.states(flood, "sms")).values()
    await town.cancels(flood)
    assert "PENDING" not in (await town.states(flood, "sms")).values()
    progress = (await town.hub.alerts.progress(flood.id)).channels["sms"]
    assert progress.waiting == 0


async def test_the_update_keeps_regions_and_groups_an_official_had_added(settle) -> None:
    town = await settle(Cast(bridge=3, river=0, hills=3))
    first = await town.drafts(town.cap(BRIDGE), channels=("sms",), regions=frozenset({ZHIDAN}))
    flood = await town.releases(await town.approves(await town.submits(first)))
    moved = await town.updates(flood, town.cap(BRIDGE))
    await town.rests()
    await town.inbox("sms").expects(moved, town.people("bridge", "hills"))


async def test_a_cancel_of_a_person_who_moved_away_still_reaches_that_person(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    await town.moves("bridge-0", HILLS)
    lifted = await town.cancels(flood)
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("bridge"))
