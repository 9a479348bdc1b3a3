"""The worker process: an arq worker per priority and channel, the sweep, and the calling of officials, on one loop."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import structlog
from arq.worker import Worker, func
from redis.exceptions import RedisError

from hub.alert.priority import priorities_of
from hub.app import Hub
from hub.dispatch.queue import JOB, queue_name
from hub.dispatch.shard import Dispatcher
from hub.store.delivery.campaigns import ShardJob

log = structlog.get_logger(__name__)

#: how often the queues of a priority are looked at; the most urgent most often
POLL_S = {"red": 0.1, "orange": 0.2}
POLL_OTHERS_S = 0.5
#: a shard of a throttled provider may take long; its lease, not this, says whether it is alive
JOB_TIMEOUT_S = 6 * 3600
#: how long a stopping worker waits for its shards
DRAIN_S = 20
#: how long a queue waits before it asks an unreachable Redis again
REDIS_AWAY_S = 1.0


async def dispatch_shard(ctx: dict[str, Any], shard: int, generation: int, priority: str, channel: str) -> None:
    """The only job there is."""
    dispatcher: Dispatcher = ctx["dispatcher"]
    await dispatcher.dispatch(ShardJob(int(shard), int(generation), str(priority), str(channel)))


async def work(hub: Hub) -> None:
    """Works until SIGTERM or SIGINT, then finishes what is under way."""
    dispatcher = hub.dispatcher()
    queues = [
        _PriorityQueue(hub, dispatcher, priority, channel)
        for priority in priorities_of(hub.settings.hub.world)
        for channel in hub.drivers
    ]
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    sweeps = (hub.sweep().run(), hub.call_sweep().run())
    running = [*map(asyncio.create_task, sweeps), *(asyncio.create_task(queue.run()) for queue in queues)]
    log.info("worker_ready", queues=len(queues))
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    failed = next((task for task in running if task.done() and not task.cancelled()), None)
    await _drain(queues, running)
    if failed is not None:
        failed.result()  # a queue never ends by itself: whatever ended it ends the process, loudly


async def _drain(queues: list[_PriorityQueue], running: list[asyncio.Task[None]]) -> None:
    """Takes no new job, lets the shards under way come to their end, and leaves what does not to the sweep."""
    for task in running:
        task.cancel()
    jobs = [job for queue in queues for job in queue.jobs()]
    if jobs:
        await asyncio.wait(jobs, timeout=DRAIN_S)
    await asyncio.gather(*running, return_exceptions=True)


class _PriorityQueue:
    """The queue of one priority and channel. Redis may go away and come back: shards under way go on, new ones wait."""

    def __init__(self, hub: Hub, dispatcher: Dispatcher, priority: str, channel: str) -> None:
        self._hub = hub
        self._dispatcher = dispatcher
        self._priority = priority
        self._channel = channel
        self._workers: list[Worker] = []

    def jobs(self) -> list[asyncio.Task[Any]]:
        """Shards under way, also those that were begun before Redis went away."""
        return [job for worker in self._workers for job in worker.tasks.values() if not job.done()]

    async def run(self) -> None:
        while True:
            worker = self._worker()
            self._workers = [one for one in self._workers if one.tasks] + [worker]
            try:
                await worker.main()
            except (RedisError, OSError) as error:
                # arq's worker does not survive this, and its slots are lost with it: a new one takes its place.
                log.warning("queue_away", priority=self._priority, channel=self._channel, error=type(error).__name__)
                await asyncio.sleep(REDIS_AWAY_S)

    def _worker(self) -> Worker:
        hub = self._hub
        return Worker(
            functions=[func(dispatch_shard, name=JOB)],
            redis_pool=hub.redis,
            queue_name=queue_name(self._priority, self._channel),
            ctx={"dispatcher": self._dispatcher},
            max_jobs=hub.settings.dispatch.jobs_per_queue,
            job_timeout=JOB_TIMEOUT_S,
            poll_delay=POLL_S.get(self._priority, POLL_OTHERS_S),
            keep_result=0,
            handle_signals=False,
            job_serializer=hub.redis.job_serializer,
            job_deserializer=hub.redis.job_deserializer,
            log_results=False,
        )
