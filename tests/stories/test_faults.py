"""Things go wrong in the middle, and still everyone hears once, and what is unknown is said to be unknown."""

from __future__ import annotations

import asyncio

from channels.driver import ParsedCallback
from channels.message import DeliveryState, Receipt
from hub.store.delivery import campaigns, deliveries
from hub.store.delivery.campaigns import ShardJob
from hub.store.delivery.deliveries import Settlement
from tests.stories.town import BRIDGE, Cast, Town


async def test_a_batch_handed_out_twice_reaches_everyone_once(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    tickets = await town.tickets()
    await asyncio.gather(*(town.dispatcher.dispatch(ticket) for ticket in [*tickets, *tickets]))
    for ticket in tickets:
        await town.dispatcher.dispatch(ticket)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_two_worker_processes_share_a_release_without_repeating_anyone(town: Town) -> None:
    other = await asyncio.to_thread(town.build)
    try:
        second = other.dispatcher()
        flood = await town.warns(channels=("sms",))
        tickets = await town.tickets()
        jobs = [each.dispatch(ticket) for ticket in tickets for each in (town.dispatcher, second)]
        await asyncio.gather(*jobs)
        await town.rests()
        await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    finally:
        await other.aclose()


async def test_a_release_whose_job_was_never_queued_is_sent_by_the_sweep_once(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    # The process dies between the commit and the queue.
    releaser = town.officials["releaser"]
    await town.hub.transactions.write(
        releaser.name, lambda tx: town.hub.releases._release(tx, releaser, flood.id, flood.digest or "")
    )
    town.clock.advance(6)
    await town.sweeps()
    await town.works()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_a_redis_that_is_flushed_in_the_middle_changes_nothing(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.hub.redis.flushall()
    await town.works()
    await town.inbox("sms").expects(flood, ())
    town.clock.advance(6)
    await town.sweeps()
    await town.works()
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_a_release_while_redis_is_away_is_acknowledged_and_sent_later(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    await town.hub.redis.client_pause(100)
    await town.releases(flood)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_what_a_dead_worker_had_on_the_wire_is_unknown_and_is_sent_again_only_after_its_time(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    [ticket] = await town.tickets(most=1)
    await town.dies_holding(ticket)
    town.clock.advance(31)
    await town.sweeps()
    assert sorted((await town.states(flood, "sms")).values()) == ["UNKNOWN"] * 2
    progress = await town.hub.alerts.progress(flood.id)
    assert (progress.persons.unknown, progress.persons.failed) == (20, 0)
    await town.dispatches()
    assert len(await town.inbox("sms").got(flood)) == 18
    town.clock.advance(11)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_a_late_receipt_reconciles_an_unknown_row_which_is_then_not_sent_again(town: Town) -> None:
    town.fate("bridge-0", sms="cut")
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    assert (await town.states(flood, "sms"))["bridge-0"] == "UNKNOWN"
    await town.sms.tell(await town.delivery(flood, "sms", "bridge-0"), "delivered")
    assert (await town.states(flood, "sms"))["bridge-0"] == "DELIVERED"
    town.clock.advance(30)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_an_unknown_row_without_a_receipt_is_sent_again_where_the_level_allows_it(town: Town) -> None:
    town.fate("bridge-0", sms="cut")
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    town.sms.fates.clear()
    town.clock.advance(11)
    await town.rests()
    assert (await town.inbox("sms").got(flood))["bridge-0"] == 2


async def test_an_unknown_row_stays_unknown_where_the_level_does_not_allow_another_send(settle) -> None:
    town = await settle(Cast(bridge=2, river=0, dispatch={"resend_unknown": "red"}))
    town.fate("bridge-0", sms="cut")
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    town.clock.advance(30)
    await town.rests()
    await town.inbox("sms").expects(flood, {"bridge-0", "bridge-1"})
    progress = (await town.hub.alerts.progress(flood.id)).persons
    assert (progress.reached, progress.failed, progress.unknown) == (1, 0, 1)


async def test_a_person_accepted_and_never_reported_is_unknown_and_not_reached(town: Town) -> None:
    town.fate("bridge-0", sms="silent")
    flood = await town.warns(channels=("sms",))
    await town.rests()
    report = await town.hub.alerts.report(flood.id)
    assert report["persons"] == {"targeted": 20, "reached": 19, "confirmed": 0, "failed": 0, "unknown": 1}
    assert report["channels"]["sms"]["accepted"] == 20


async def test_a_worker_that_lost_its_lease_cannot_settle_over_the_new_owner(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    [ticket] = await town.tickets(most=1)
    lease = await town.dies_holding(ticket)
    town.clock.advance(31)
    await town.sweeps()
    town.clock.advance(11)
    await town.rests()
    stale = [Settlement(lease.campaign, number, 1, DeliveryState.FAILED) for number in lease.recipients]
    changed = await town.hub.db.write(lambda connection: deliveries.settle(connection, stale, 0))
    assert changed == 0
    assert set((await town.states(flood, "sms")).values()) == {"DELIVERED"}
    renewed = await town.hub.db.write(lambda connection: campaigns.renew(connection, lease, 10**15))
    assert not renewed


async def test_receipts_in_any_order_and_number_come_to_the_same_end(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.rests()
    delivery = await town.delivery(flood, "sms", "bridge-0")
    for status in ("failed", "sent", "delivered", "queued", "failed", "delivered"):
        await town.sms.tell(delivery, status)
    assert (await town.states(flood, "sms"))["bridge-0"] == "DELIVERED"


async def test_a_receipt_for_a_person_who_was_never_sent_to_reaches_nobody(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    campaign = (await town.campaigns(flood))["sms"].id
    stranger = town.hub.delivery_ids.one("sms", campaign, town.ids["hills-0"])
    receipt = Receipt("sms", DeliveryState.CONFIRMED, town.clock.now(), delivery=stranger)
    await town.hub.receipts.take(ParsedCallback(receipts=[receipt]))
    assert "hills-0" not in await town.states(flood, "sms")
    assert (await town.hub.alerts.progress(flood.id)).persons.confirmed == 0


async def test_an_alert_past_its_end_sends_nothing_more_and_says_that_it_expired(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.dispatches(most=1)
    told = set(await town.inbox("sms").got(flood))
    tickets = await town.tickets()
    town.clock.advance(6 * 3600)
    for ticket in tickets[:2]:
        await town.dispatcher.dispatch(ticket)
    await town.rests()
    await town.inbox("sms").expects(flood, told)
    progress = await town.hub.alerts.progress(flood.id)
    assert (progress.stage, progress.persons.failed, progress.settled) == ("expired", 20 - len(told), True)
    assert await town.hub.alerts.public(10) == ()


async def test_what_waits_for_another_try_when_the_alert_ends_is_counted_expired(town: Town) -> None:
    town.sms.knobs = town.sms.knobs.turn(throttle_per_s=1)
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    town.clock.advance(6 * 3600)
    await town.sweeps()
    states = list((await town.states(flood, "sms")).values())
    assert "EXPIRED" in states
    assert "PENDING" not in states


async def test_whoever_falls_due_while_the_alert_ends_in_a_worker_is_counted_expired(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    town.sms.knobs = town.sms.knobs.turn(throttle_per_s=0.5)
    [ticket] = await town.tickets(most=1)
    await town.dispatcher.dispatch(ticket)
    town.clock.advance(6 * 3600)
    again = await town.tickets()
    for each in again:
        await town.dispatcher.dispatch(each)
    states = set((await town.states(flood, "sms")).values())
    assert "EXPIRED" in states
    assert states <= {"EXPIRED", "ACCEPTED", "DELIVERED"}


async def test_a_draft_whose_time_ran_out_lapses_and_nobody_is_told(town: Town) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))
    town.clock.advance(6 * 3600)
    await town.rests()
    assert (await town.hub.alerts.get(flood.id)).stage == "lapsed"
    assert town.sms.counts.received == 0


async def test_a_driver_that_raises_makes_its_message_unknown_and_stops_no_other(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    driver = town.hub.drivers["sms"]
    send = driver.send

    async def broken(message):
        if message.to == town.phones["bridge-0"]:
            raise ZeroDivisionError
        return await send(message)

    town.dispatcher.drivers = {"sms": Overridden(driver, broken)}
    await town.dispatches()
    assert (await town.states(flood, "sms"))["bridge-0"] == "UNKNOWN"
    await town.inbox("sms").expects(flood, town.people("bridge", "river") - {"bridge-0"})


async def test_a_stale_job_of_an_older_generation_does_nothing(town: Town) -> None:
    await town.warns(channels=("sms",))
    tickets = await town.tickets()
    for ticket in tickets:
        await town.dispatcher.dispatch(ShardJob(ticket.shard, ticket.generation + 7, ticket.priority, ticket.channel))
    assert town.sms.counts.received == 0
    assert await town.alarms() == []


class Overridden:
    """A driver with another `send`."""

    def __init__(self, driver: object, send: object) -> None:
        self._driver, self.send = driver, send

    def __getattr__(self, name: str) -> object:
        return getattr(self._driver, name)
