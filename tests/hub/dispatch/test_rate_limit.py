"""A contract rate over a real Redis: kept by all who share it, and about kept when Redis is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from channels.driver import Limits
from hub.dispatch import rate_limit as module
from hub.dispatch.rate_limit import RateLimit

LIMITS = Limits(per_second=200, burst=5)
TOLERANCE_S = 0.01  #: two clocks, and a wait rounded to milliseconds
RED, BLUE = 0, 3


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def away(tmp_path: Path) -> AsyncIterator[Redis]:
    client = Redis(unix_socket_path=str(tmp_path / "nobody.sock"))
    yield client
    await client.aclose()


class Diary:
    """Takes, with the moments between which each was granted."""

    def __init__(self) -> None:
        self.grants: list[tuple[float, float, int]] = []

    async def take(self, bucket: RateLimit, cost: int = 1) -> None:
        asked = time.monotonic()
        await bucket.take(cost)
        self.grants.append((asked, time.monotonic(), cost))

    def excess(self, limits: Limits) -> float:
        """Tokens above rate and burst in the worst stretch; a stretch is as long as it can have been."""
        worst = 0.0
        for start, (asked, _, _) in enumerate(self.grants):
            spent = 0
            for _, granted, cost in self.grants[start:]:
                spent += cost
                allowed = limits.burst + (granted - asked + TOLERANCE_S) * limits.per_second
                worst = max(worst, spent - allowed)
        return worst


async def test_in_no_stretch_of_time_more_than_rate_and_burst(redis: Redis) -> None:
    bucket, diary = RateLimit(redis, "sms:account", LIMITS), Diary()
    for _ in range(60):
        await diary.take(bucket)
    assert diary.excess(LIMITS) <= 0


async def test_workers_that_share_an_account_share_its_rate(redis: Redis) -> None:
    diary, began = Diary(), time.monotonic()
    buckets = [RateLimit(redis, "sms:account", LIMITS) for _ in range(4)]

    async def worker(bucket: RateLimit) -> None:
        for _ in range(15):
            await diary.take(bucket)

    await asyncio.gather(*map(worker, buckets))
    took = time.monotonic() - began
    assert LIMITS.burst + (took + TOLERANCE_S) * LIMITS.per_second >= 60


async def test_two_accounts_do_not_share_a_rate(redis: Redis) -> None:
    slow = Limits(per_second=0.001, burst=1)
    async with asyncio.timeout(30):
        await RateLimit(redis, "sms:one", slow).take()
        await RateLimit(redis, "sms:two", slow).take()
    assert await RateLimit(redis, "sms:one", slow)._wait_ms(1) > 900_000


async def test_a_long_message_costs_each_of_its_segments_even_above_the_burst(redis: Redis) -> None:
    limits = Limits(per_second=100, burst=1)
    bucket, began = RateLimit(redis, "sms:account", limits), time.monotonic()
    for _ in range(6):
        await bucket.take(3)
    assert time.monotonic() - began >= 5 * 3 / limits.per_second - TOLERANCE_S


async def test_a_burst_leaves_at_once_and_the_next_one_waits(redis: Redis) -> None:
    bucket = RateLimit(redis, "voice:account", Limits(per_second=0.001, burst=3))
    async with asyncio.timeout(30):
        for _ in range(3):
            await bucket.take()
    assert await bucket._wait_ms(1) > 900_000


async def test_the_next_token_goes_to_the_most_urgent_who_waits(redis: Redis) -> None:
    bucket, order = RateLimit(redis, "voice:account", Limits(per_second=50, burst=1)), []

    async def take(name: str, urgency: int) -> None:
        await bucket.take(1, urgency)
        order.append(name)

    await bucket.take()
    blues = [asyncio.create_task(take("blue", BLUE)) for _ in range(5)]
    await asyncio.sleep(0)
    red = asyncio.create_task(take("red", RED))
    await asyncio.gather(red, *blues)
    assert order.index("red") <= 1, "at most the one whose turn it was goes before"


async def test_a_wait_for_a_token_can_be_called_off(redis: Redis) -> None:
    bucket, waiting = RateLimit(redis, "voice:account", Limits(per_second=0.001, burst=1)), set()
    await bucket.take()
    holder = asyncio.create_task(bucket.take())
    waiters = [asyncio.create_task(bucket.take(1, BLUE, waiting)) for _ in range(3)]
    while len(waiting) < 3:
        await asyncio.sleep(0)
    for turn in waiting:
        turn.set_result(False)
    done, _ = await asyncio.wait(waiters, timeout=30)
    assert len(done) == 3
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)


async def test_without_redis_messages_still_leave_at_about_the_rate(away: Redis) -> None:
    limits = Limits(per_second=100, burst=1)
    bucket, began = RateLimit(away, "sms:account", limits), time.monotonic()
    async with asyncio.timeout(60):
        await asyncio.gather(*(bucket.take() for _ in range(20)))
    assert time.monotonic() - began >= 20 / limits.per_second - TOLERANCE_S


async def test_a_redis_that_does_not_answer_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    callers: list[asyncio.StreamWriter] = []

    async def listen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer)

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as deaf:
        redis = Redis(port=deaf.sockets[0].getsockname()[1])
        async with asyncio.timeout(30):
            await RateLimit(redis, "sms:account", LIMITS).take()
        await redis.aclose()
        for caller in callers:
            caller.close()
    assert callers, "it was not even asked"
