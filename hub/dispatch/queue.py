"""The queue of shard jobs: arq on Redis. It only wakes workers; what is to be sent stands in SQL.

Redis may lose everything: the sweep finds ready shards that no job is known for and queues them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from arq.connections import ArqRedis
from arq.constants import default_queue_name, in_progress_key_prefix
from redis.exceptions import RedisError

from hub.store.delivery.campaigns import ShardJob

log = structlog.get_logger(__name__)

JOB = "dispatch_shard"


def queue_name(priority: str, channel: str) -> str:
    """The Redis key of the queue of one channel and priority: apart, so that a sick channel slows only itself."""
    return f"{default_queue_name}:fenghuo:{priority}:{channel}"


@dataclass(slots=True)
class ShardQueue:
    """Puts the jobs of shards into their queues."""

    redis: ArqRedis
    _stuck: set[str] = field(default_factory=set)  # jobs found taken by a worker while nobody held their shard

    async def ping(self) -> object:
        """Raises RedisError when the queue is away."""
        return await self.redis.ping()

    async def put(self, tickets: Sequence[ShardJob]) -> int:
        """Queues one job per ticket; the same ticket twice is one job. Returns how many were queued.

        A Redis that is away is not an error here: the shards are durable, the sweep will queue them.
        """
        queued = 0
        try:
            for ticket in tickets:
                queued += await self._put(ticket)
        except (RedisError, OSError) as error:
            log.warning("queue_away", error=type(error).__name__, waiting=len(tickets) - queued)
        return queued

    async def _put(self, ticket: ShardJob) -> bool:
        job_id = f"{ticket.shard}:{ticket.generation}"
        job = await self.redis.enqueue_job(
            JOB,
            ticket.shard,
            ticket.generation,
            ticket.priority,
            ticket.channel,
            _job_id=job_id,
            _queue_name=queue_name(ticket.priority, ticket.channel),
        )
        if job is None:
            await self._free(job_id)
        return job is not None

    async def _free(self, job_id: str) -> None:
        """Gives a job to another worker when its own died between taking it and leasing the shard.

        arq would keep it for the dead one for hours. A job that is found so twice in a row is stuck: a living worker
        leases within moments, and then the shard is not ready any more and nobody asks for it here.
        """
        key = in_progress_key_prefix + job_id
        if not await self.redis.exists(key):
            self._stuck.discard(job_id)
        elif job_id in self._stuck:
            self._stuck.discard(job_id)
            await self.redis.delete(key)
        else:
            self._stuck.add(job_id)
