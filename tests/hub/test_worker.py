"""The worker over a real Redis: it runs our jobs, executes nothing else, takes red first and is quiet when idle."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import pickle
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from redis.asyncio import ConnectionPool

from hub import worker
from hub.app import build
from hub.callout.sweep import CallSweep
from hub.compose.merged_numbers import Merger
from hub.crypto.vault import Vault
from hub.dispatch.escalation import Escalator
from hub.dispatch.queue import ShardQueue, queue_name
from hub.scheduler.sweep import Sweep
from hub.settings.settings import Settings
from hub.settings.sources import SettingsRefused
from hub.store.delivery.campaigns import ShardJob
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import ACTS, IDS, until

IDLE_S = 1.0
#: of the event loop in that time: some hundred of the queues being looked at; a loop without a pause makes many thousands
IDLE_TURNS = 2_000


class Executed:
    """What a pickle would do if somebody loaded it: leave a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


class Dispatched:
    """Notes the tickets it is handed."""

    def __init__(self) -> None:
        self.tickets: list[ShardJob] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def dispatch(self, ticket: ShardJob) -> None:
        self.tickets.append(ticket)
        await self.gate.wait()


class Scene:
    """As much of a hub as a worker needs."""

    def __init__(self, redis: ArqRedis, db: Database, clock: Any) -> None:
        self.redis, self.queue, self.settings = redis, ShardQueue(redis), Settings()
        self.drivers = dict.fromkeys(("wecom", "sms"))
        self.done = Dispatched()
        merger = Merger(Vault(b"s" * 32, b"h" * 32), {})
        self._sweep = Sweep(db, clock, self.settings, self.queue, "me", merger, Escalator(self.settings), ACTS)
        self._calls = CallSweep(db, clock, self.settings, (), {}, merger.vault, IDS, "me")

    def dispatcher(self) -> Dispatched:
        return self.done

    def sweep(self) -> Sweep:
        return self._sweep

    def call_sweep(self) -> CallSweep:
        return self._calls


@pytest.fixture
async def scene(redis_url: str, sqlite_db: Database, clock) -> AsyncIterator[Scene]:
    pool = ConnectionPool.from_url(redis_url)
    redis = ArqRedis(pool, job_serializer=orjson.dumps, job_deserializer=orjson.loads)
    yield Scene(redis, sqlite_db, clock)
    await redis.aclose()
    await pool.disconnect()


@pytest.fixture
async def working(scene: Scene) -> AsyncIterator[Scene]:
    """The worker at work, stopped as an operator would."""
    task = asyncio.create_task(worker.work(scene))
    yield scene
    scene.done.gate.set()
    os.kill(os.getpid(), signal.SIGTERM)
    await task
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(number)


async def test_a_job_put_by_the_queue_is_run_once_with_its_ticket(working: Scene) -> None:
    ticket = ShardJob(7, 3, "red", "wecom")
    await working.queue.put([ticket, ticket])
    await until(lambda: bool(working.done.tickets))
    await working.queue.put([ShardJob(8, 1, "blue", "wecom")])
    await until(lambda: len(working.done.tickets) >= 2)
    assert working.done.tickets == [ticket, ShardJob(8, 1, "blue", "wecom")]


async def test_a_pickled_job_is_not_executed(working: Scene, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    forged = pickle.dumps({"t": None, "f": "dispatch_shard", "a": Executed(mark), "k": {}, "et": 1})
    await working.redis.set(f"{job_key_prefix}forged", forged)
    await working.redis.zadd(queue_name("red", "wecom"), {"forged": 1})
    await working.queue.put([ShardJob(1, 1, "red", "wecom")])
    await until(lambda: bool(working.done.tickets))
    while await working.redis.zcard(queue_name("red", "wecom")):
        await asyncio.sleep(0.01)
    assert not mark.exists()
    assert working.done.tickets == [ShardJob(1, 1, "red", "wecom")]


async def test_a_job_of_another_name_is_not_executed(working: Scene) -> None:
    await working.redis.enqueue_job("os.system", "true", _queue_name=queue_name("red", "wecom"))
    while await working.redis.zcard(queue_name("red", "wecom")):
        await asyncio.sleep(0.01)
    assert working.done.tickets == []


async def test_red_is_taken_beside_a_full_blue_lane(working: Scene) -> None:
    working.done.gate.clear()
    most = working.settings.dispatch.jobs_per_queue
    await working.queue.put([ShardJob(n, 1, "blue", "wecom") for n in range(50)])
    await until(lambda: len(working.done.tickets) == most)
    await working.queue.put([ShardJob(99, 1, "red", "wecom")])
    await until(lambda: len(working.done.tickets) > most)
    assert working.done.tickets[most] == ShardJob(99, 1, "red", "wecom")


async def test_a_worker_that_is_stopped_lets_the_shard_under_way_end(scene: Scene) -> None:
    scene.done.gate.clear()
    task = asyncio.create_task(worker.work(scene))
    await scene.queue.put([ShardJob(1, 1, "red", "wecom")])
    await until(lambda: bool(scene.done.tickets))
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0.05)
    assert not task.done()
    scene.done.gate.set()
    async with asyncio.timeout(30):
        await task
    assert await scene.redis.zcard(queue_name("red", "wecom")) == 0


async def turns_within(seconds: float, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the event loop asks for something to do; a busy machine can only make them fewer."""
    turns, over = itertools.count(), asyncio.Event()
    selector = asyncio.get_running_loop()._selector
    select = selector.select

    def counted(timeout: float | None = None) -> Any:
        next(turns)
        return select(timeout)

    with monkeypatch.context() as patch:
        patch.setattr(selector, "select", counted)
        asyncio.get_running_loop().call_later(seconds, over.set)
        await over.wait()
    return next(turns)


async def test_with_nothing_to_do_no_error_is_logged_and_the_processor_rests(
    working: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with structlog.testing.capture_logs() as logged, caplog.at_level(logging.WARNING):
        turns = await turns_within(IDLE_S, monkeypatch)
    assert [entry for entry in logged if entry["log_level"] in ("warning", "error")] == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert turns < IDLE_TURNS
    assert working.done.tickets == []


@pytest.mark.parametrize(("timeout_s", "fits"), [(25, True), (25.5, False)])
def test_a_lease_is_longer_than_any_driver_waits_for_an_answer(tmp_path: Path, timeout_s: float, fits: bool) -> None:
    settings = Settings(hub={"data_dir": tmp_path})
    channels = {"wecom": {"driver": "wecom_robot", "timeout_s": timeout_s}}
    if fits:
        assert asyncio.run(_channels_of(settings, channels)) == ["wecom"]
    else:
        with pytest.raises(SettingsRefused, match=r"wecom\.timeout_s: 25\.5 s .* dispatch\.lease_s, 30 s"):
            asyncio.run(_channels_of(settings, channels))


async def _channels_of(settings: Settings, channels: dict[str, dict[str, Any]]) -> list[str]:
    hub = build(settings, channels, environ={})
    names = list(hub.drivers)
    await hub.aclose()
    return names
