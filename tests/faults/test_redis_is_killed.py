"""kill -9 of Redis, and the loss of all it held, in the middle of a release."""

from __future__ import annotations

import asyncio
import os
import signal

import aiohttp

from bench.bed import Bed, bed
from channels.message import DeliveryState
from hub.store.delivery import campaigns, deliveries

PEOPLE = 1_500
WITHIN_S = 150
HELD_S = 2.0  #: how long the provider takes until Redis is dead: fifteen rounds of the release cannot be over by then
SETTINGS = {"FENGHUO_DISPATCH__SHARD_SIZE": "50", "FENGHUO_DISPATCH__JOBS_PER_QUEUE": "2"}


async def turn(bed_: Bed, **knobs: float) -> None:
    """The provider behaves differently from now on."""
    at = bed_.stage.counterparts
    headers = {"Authorization": f"Bearer {at['token']}"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(f"{at['control']}/counterparts/sms/knobs", json=knobs) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def test_a_release_completes_though_redis_is_killed_and_has_lost_everything() -> None:
    async with bed({"sms.latency_s": HELD_S, "sms.receipt_s": 0.1}, **SETTINGS) as bed_:
        await bed_.populate(PEOPLE)
        await bed_.stage.start_hub()
        alert = await bed_.release()
        hub, redis = bed_.hub, bed_.stage.redis
        campaign = (await hub.db.read(lambda connection: campaigns.find(connection, alert)))["sms"].id

        async def with_a_row() -> int:
            rows = await hub.db.read(lambda connection: deliveries.states(connection, campaign))
            return sum(len(bits) for bits in rows.values())

        async def delivered() -> int:
            rows = await hub.db.read(lambda connection: deliveries.states(connection, campaign))
            return len(rows.get(DeliveryState.DELIVERED, ()))

        async with asyncio.timeout(WITHIN_S):
            while not await with_a_row():
                await asyncio.sleep(0.02)
            assert redis is not None
            assert redis.pid is not None
            await hub.redis.flushall()
            first = redis.pid
            os.kill(first, signal.SIGKILL)
            assert await with_a_row() < PEOPLE, "the release was over before Redis was killed: it proves nothing"
            await turn(bed_, latency_s=0.0)
            while await delivered() < PEOPLE:
                await asyncio.sleep(0.05)
        assert redis.pid not in (None, first)
        assert bed_.stage.supervisor.restarts("worker-1") == 0, "the worker outlives its Redis"
