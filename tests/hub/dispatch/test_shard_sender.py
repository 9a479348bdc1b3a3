"""One chunk through windows and driver: every parcel gets its outcome, durable, whatever the driver does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from channels.driver import Limits, Reach
from channels.message import Ambiguous, Deferred, DeliveryState, FailureReason, Message, Refused
from hub.clock import from_ms
from hub.dispatch import concurrency_limit
from hub.dispatch.destinations import Destinations
from hub.dispatch.outcomes import OutcomeWriter
from hub.dispatch.retry import DeliveryAttempt
from hub.dispatch.shard_sender import OutboundMessage, ShardSender
from hub.settings.settings import DispatchSettings
from hub.store.delivery import deliveries
from hub.store.delivery.deliveries import Settlement
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import FORM, HOUR, NOW, ScriptedDriver, a_lease, rows_of, until

S = DeliveryState
RED, BLUE = 0, 3


@dataclass
class Bench:
    """A campaign in the database, and pumps that send it."""

    db: Database
    clock: Any
    driver: ScriptedDriver
    people: int = 0
    destinations: Destinations = field(default_factory=lambda: Destinations(None))

    def open(self, count: int) -> int:
        """A campaign with this many intents."""
        everyone = range(1, count + 1)
        with self.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            lease = a_lease(connection, everyone)
            deliveries.open_intents(connection, lease.campaign, everyone, 1, NOW, resend=True)
        return lease.campaign

    def pump(self, urgency: int = RED, **changes: Any) -> ShardSender:
        journal = OutcomeWriter(self.db, self.clock, "sms", self.driver.correlates_by_reference, 0.01, 50)
        return ShardSender(
            **{
                "channel": "sms",
                "driver": self.driver,
                "destinations": self.destinations,
                "outcomes": journal.open(),
                "clock": self.clock,
                "settings": DispatchSettings(),
                "urgency": urgency,
                "expires_ms": NOW + HOUR,
            }
            | changes
        )

    def states(self, campaign: int) -> dict[int, S]:
        with self.db.engine.connect() as connection:
            return {number: S(row.state) for number, row in rows_of(connection, campaign).items()}

    def reasons(self, campaign: int) -> set[str | None]:
        with self.db.engine.connect() as connection:
            return {row.reason for row in rows_of(connection, campaign).values()}


def parcels(
    campaign: int, numbers: Iterable[int], *, to: str = "to-{}", doubtful: bool = False
) -> list[OutboundMessage]:
    return [
        OutboundMessage(
            DeliveryAttempt(campaign, n, 1, doubtful),
            Message(f"{campaign}-{n}", 1, to.format(n), FORM, from_ms(NOW + HOUR)),
        )
        for n in numbers
    ]


@pytest.fixture
def bench(sqlite_db: Database, clock) -> Bench:
    return Bench(sqlite_db, clock, ScriptedDriver())


async def test_when_run_returns_every_outcome_is_durable(db: Database, clock) -> None:
    bench = Bench(db, clock, ScriptedDriver(limits=Limits(concurrency=32)))
    campaign = bench.open(300)
    await bench.pump().run(parcels(campaign, range(1, 301)))
    assert set(bench.states(campaign).values()) == {S.ACCEPTED}
    assert len({message.delivery for message in bench.driver.sent}) == len(bench.driver.sent) == 300


async def test_each_answer_becomes_the_state_it_means(bench: Bench) -> None:
    campaign = bench.open(4)
    bench.driver.script = {
        "to-1": [Refused(FailureReason.OPTED_OUT)],
        "to-2": [Deferred(FailureReason.THROTTLED, timedelta(seconds=9))],
        "to-3": [Ambiguous()],
    }
    pump = bench.pump()
    await pump.run(parcels(campaign, range(1, 5)))
    assert bench.states(campaign) == {1: S.FAILED, 2: S.PENDING, 3: S.UNKNOWN, 4: S.ACCEPTED}
    assert pump.waits_until == NOW + 9000, "the earliest that is due again"


async def test_a_driver_that_raises_leaves_an_unknown_fate_and_the_others_their_messages(bench: Bench) -> None:
    campaign = bench.open(20)
    bench.driver.script = {"to-7": [RuntimeError("a bug")]}
    await bench.pump().run(parcels(campaign, range(1, 21)))
    states = bench.states(campaign)
    assert states.pop(7) is S.UNKNOWN
    assert set(states.values()) == {S.ACCEPTED}


async def test_never_more_at_once_than_the_contract_allows(bench: Bench) -> None:
    bench.driver.limits = Limits(concurrency=3)
    campaign = bench.open(60)
    await bench.pump().run(parcels(campaign, range(1, 61)))
    assert bench.driver.most_at_once == 3


async def test_a_hung_endpoint_holds_up_only_itself(bench: Bench) -> None:
    bench.driver = ScriptedDriver(reach=Reach.MANY, by_address=True, limits=Limits(concurrency=1), held={"to-1"})
    campaign = bench.open(30)
    running = asyncio.create_task(bench.pump().run(parcels(campaign, range(1, 31))))
    await until(lambda: sum(state is S.ACCEPTED for state in bench.states(campaign).values()) == 29)
    assert not running.done()
    bench.driver.let_go.set()
    await running
    assert set(bench.states(campaign).values()) == {S.ACCEPTED}


async def test_a_stopped_pump_sends_no_more_and_settles_the_rest_as_revoked(bench: Bench) -> None:
    bench.driver.held = {"to-1", "to-2", "to-3", "to-4"}
    campaign = bench.open(40)
    pump = bench.pump()
    running = asyncio.create_task(pump.run(parcels(campaign, range(1, 41))))
    await until(lambda: bench.driver.at_once == 4)
    pump.stop()
    bench.driver.let_go.set()
    await running
    states = bench.states(campaign)
    assert [n for n, state in states.items() if state is S.ACCEPTED] == [1, 2, 3, 4]
    assert [n for n, state in states.items() if state is S.REVOKED] == list(range(5, 41))
    assert len(bench.driver.sent) == 4


async def test_whoever_is_for_a_dead_destination_is_put_off_and_counts_as_waiting_since_they_were_begun(
    bench: Bench,
) -> None:
    campaign = bench.open(600)
    bench.driver.script = {f"to-{n}": [Deferred(FailureReason.UNREACHABLE)] for n in range(1, 601)}
    pump = bench.pump()
    async with asyncio.timeout(30):
        await pump.run(parcels(campaign, range(1, 601)))
    assert set(bench.states(campaign).values()) == {S.PENDING}
    assert bench.reasons(campaign) == {FailureReason.UNREACHABLE}
    assert len(bench.driver.sent) < 60, "the others never left"
    assert pump.waits_until is not None
    with bench.db.engine.connect() as connection:
        assert len(deliveries.not_delivered(connection, campaign, NOW)[1]) == 600


async def test_what_was_told_of_a_dead_destination_is_not_forgotten_for_parcels_that_never_left(bench: Bench) -> None:
    campaign = bench.open(60)
    bench.driver.script = {f"to-{n}": [Deferred(FailureReason.UNREACHABLE)] for n in range(1, 61)}
    await bench.pump().run(parcels(campaign, range(1, 61)))
    place = bench.destinations.of("sms", bench.driver, "account").window
    assert place.is_dead
    assert place.used == 0
    assert bench.destinations.rest_s("sms") > 0
    assert bench.destinations.rest_s("voice") == 0


async def test_a_parcel_that_may_have_arrived_before_stays_of_unknown_end_at_a_dead_destination(bench: Bench) -> None:
    campaign = bench.open(60)
    bench.driver.script = {f"to-{n}": [Deferred(FailureReason.UNREACHABLE)] for n in range(1, 61)}
    await bench.pump().run(parcels(campaign, range(1, 61), doubtful=True))
    assert set(bench.states(campaign).values()) == {S.UNKNOWN}


async def test_who_waited_until_the_alert_was_over_is_expired_and_not_sent(bench: Bench) -> None:
    bench.driver.limits = Limits(concurrency=1)
    bench.driver.held = {"to-1"}
    campaign = bench.open(5)
    running = asyncio.create_task(bench.pump().run(parcels(campaign, range(1, 6))))
    await until(lambda: bench.driver.at_once == 1)
    bench.clock.advance(3600)
    bench.driver.let_go.set()
    await running
    assert bench.states(campaign) == {1: S.ACCEPTED, 2: S.EXPIRED, 3: S.EXPIRED, 4: S.EXPIRED, 5: S.EXPIRED}
    assert bench.reasons(campaign) == {None, FailureReason.EXPIRED}


@pytest.mark.parametrize("stopped", [True, False])
async def test_one_that_may_have_arrived_before_is_unknown_and_not_unsent(bench: Bench, stopped: bool) -> None:
    campaign = bench.open(2)
    pump = bench.pump(stopped=stopped, expires_ms=NOW + HOUR if stopped else NOW)
    await pump.run(parcels(campaign, [1], doubtful=True) + parcels(campaign, [2]))
    assert bench.states(campaign) == {1: S.UNKNOWN, 2: S.REVOKED if stopped else S.EXPIRED}
    assert bench.driver.sent == []


async def test_red_goes_before_blue_at_one_destination(bench: Bench) -> None:
    bench.driver.limits = Limits(concurrency=1)
    bench.driver.held = {"blue-1"}
    blue, red = bench.open(200), bench.open(50)
    first = asyncio.create_task(bench.pump(BLUE).run(parcels(blue, range(1, 201), to="blue-{}")))
    await until(lambda: bench.driver.at_once == 1)
    second = asyncio.create_task(bench.pump(RED).run(parcels(red, range(1, 51), to="red-{}")))
    await asyncio.sleep(0)
    bench.driver.let_go.set()
    await asyncio.gather(first, second)
    order = [message.to.partition("-")[0] for message in bench.driver.sent]
    assert order == ["blue"] + ["red"] * 50 + ["blue"] * 199


async def test_a_chunk_that_is_broken_off_gives_its_slots_back(bench: Bench) -> None:
    bench.driver.held = {f"to-{n}" for n in range(1, 11)}
    campaign = bench.open(10)
    running = asyncio.create_task(bench.pump().run(parcels(campaign, range(1, 11))))
    await until(lambda: bench.driver.at_once == 4)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert bench.destinations.of("sms", bench.driver, "account").window.used == 0
    assert set(bench.states(campaign).values()) == {S.INFLIGHT}, "the sweep will call them unknown"


async def test_a_stop_does_not_spend_the_tokens_of_what_will_not_leave(sqlite_db: Database, clock, redis_url) -> None:
    from_redis = Redis.from_url(redis_url)
    driver = ScriptedDriver(limits=Limits(concurrency=4, per_second=0.001, burst=2))
    bench = Bench(sqlite_db, clock, driver, destinations=Destinations(from_redis))
    campaign = bench.open(30)
    pump = bench.pump(stopped=True)
    async with asyncio.timeout(30):
        await pump.run(parcels(campaign, range(1, 31)))
    assert set(bench.states(campaign).values()) == {S.REVOKED}
    await from_redis.aclose()


async def test_a_message_the_window_refused_for_a_moment_is_not_sent_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrency_limit, "PROBE_FIRST_S", 0.005)
    monkeypatch.setattr(concurrency_limit, "PROBE_MOST_S", 0.02)
    campaign = bench.open(100)
    bench.driver.script = {f"to-{n}": [Deferred(FailureReason.UNREACHABLE)] for n in range(1, 30)}
    window, left = bench.destinations.of("sms", bench.driver, "account").window, set(range(1, 101))
    while left:
        await until(lambda: not window.rest_s)
        await bench.pump().run(parcels(campaign, sorted(left)))
        left -= {int(message.to.removeprefix("to-")) for message in bench.driver.sent}
    assert sorted(message.to for message in bench.driver.sent) == sorted(f"to-{n}" for n in range(1, 101))


async def test_outcomes_of_another_owner_are_left_alone(bench: Bench) -> None:
    campaign = bench.open(1)
    log = bench.pump().outcomes
    with bench.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        deliveries.settle(connection, [Settlement(campaign, 1, 1, S.FAILED, reason=FailureReason.REJECTED)], NOW)
    log.add(Settlement(campaign, 1, 1, S.PENDING, not_before=NOW))
    await log.close()
    assert bench.states(campaign) == {1: S.FAILED}
