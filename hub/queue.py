"""The queue of shard jobs: arq on Redis. It only wakes workers; what is to be sent stands in SQL.

Redis may lose everything: the sweep finds ready shards that no job is known for and queues them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from arq.connections import ArqRedis
from arq.constants import default_queue_name
from redis.exceptions import RedisError

from hub.store.campaigns import Ticket

log = structlog.get_logger(__name__)

JOB = "dispatch_shard"


def queue_name(lane: str) -> str:
    """The Redis key of a lane's queue."""
    return f"{default_queue_name}:fenghuo:{lane}"


@dataclass(frozen=True, slots=True)
class ShardQueue:
    """Puts tickets into their lanes."""

    redis: ArqRedis

    async def ping(self) -> object:
        """Raises RedisError when the queue is away."""
        return await self.redis.ping()

    async def put(self, tickets: Sequence[Ticket]) -> int:
        """Queues one job per ticket; the same ticket twice is one job. Returns how many were queued.

        A Redis that is away is not an error here: the shards are durable, the sweep will queue them.
        """
        queued = 0
        try:
            for ticket in tickets:
                job = await self.redis.enqueue_job(
                    JOB,
                    ticket.shard,
                    ticket.generation,
                    ticket.lane,
                    _job_id=f"{ticket.shard}:{ticket.generation}",
                    _queue_name=queue_name(ticket.lane),
                )
                queued += job is not None
        except (RedisError, OSError) as error:
            log.warning("queue_away", error=type(error).__name__, waiting=len(tickets) - queued)
        return queued
