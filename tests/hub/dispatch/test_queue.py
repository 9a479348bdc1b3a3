"""The queue of shard jobs: JSON on a real Redis, each shard once, and no shard lost to a worker that died."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix
from redis.asyncio import ConnectionPool

from hub.dispatch.queue import ShardQueue, queue_name
from hub.store.delivery.campaigns import ShardJob

ONE = ShardJob(1, 1, "red", "sms")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[ArqRedis]:
    pool = ConnectionPool.from_url(redis_url)
    client = ArqRedis(pool, job_serializer=orjson.dumps, job_deserializer=orjson.loads)
    yield client
    await client.aclose()
    await pool.disconnect()


async def test_a_job_says_shard_generation_and_lane_in_json_and_nothing_else(redis: ArqRedis) -> None:
    assert await ShardQueue(redis).put([ShardJob(7, 3, "red", "sms")]) == 1
    job = orjson.loads(await redis.get(f"{job_key_prefix}7:3"))
    assert (job["f"], job["a"], job["k"]) == ("dispatch_shard", [7, 3, "red", "sms"], {})


async def test_the_same_ticket_twice_is_one_job_and_a_new_generation_another(redis: ArqRedis) -> None:
    queue = ShardQueue(redis)
    assert await queue.put([ONE, ONE, ShardJob(1, 2, "red", "sms")]) == 2
    assert await queue.put([ONE]) == 0
    assert await redis.zcard(queue_name("red", "sms")) == 2


async def test_each_lane_is_a_queue_of_its_own(redis: ArqRedis) -> None:
    await ShardQueue(redis).put([ONE, ShardJob(2, 1, "blue", "sms"), ShardJob(3, 1, "blue", "sms")])
    assert [await redis.zcard(queue_name(priority, "sms")) for priority in ("red", "blue", "orange")] == [1, 2, 0]


async def test_a_job_taken_by_a_worker_that_died_before_it_leased_the_shard_can_be_taken_again(redis: ArqRedis) -> None:
    queue = ShardQueue(redis)
    await queue.put([ONE])
    await redis.psetex(f"{in_progress_key_prefix}1:1", 6 * 3600 * 1000, b"1")
    await queue.put([ONE])  # a sweep that finds the shard ready: the worker may have taken the job this very moment
    assert await redis.exists(f"{in_progress_key_prefix}1:1"), "a job that has just been taken is left to its worker"
    await queue.put([ONE])  # the next sweep finds it ready still: whoever took the job is gone
    assert not await redis.exists(f"{in_progress_key_prefix}1:1")
    assert await redis.zcard(queue_name("red", "sms")) == 1


async def test_a_redis_that_is_away_is_no_error_and_queues_nothing(tmp_path: Path) -> None:
    pool = ConnectionPool.from_url(f"unix://{tmp_path}/nobody.sock")
    client = ArqRedis(pool, job_serializer=orjson.dumps, job_deserializer=orjson.loads)
    assert await ShardQueue(client).put([ONE, ShardJob(2, 1, "red", "sms")]) == 0
    await client.aclose()
    await pool.disconnect()
