"""A provider's contract rate, shared by every worker: a costed token bucket kept in Redis (GCRA).

Only destinations with a rate limit pay for it. Redis may forget: then the bucket starts full, and the provider's own
throttling, which the window obeys, is the limit.
"""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

from channels.driver import Limits
from hub.dispatch.concurrency_limit import ConcurrencyLimit

# KEYS[1] the bucket; ARGV: interval per token (ms), burst, cost. Answers how long to wait (ms), 0: go.
# A cost above the burst goes when the bucket is full and is owed afterwards.
_TAKE = """
local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local tat = tonumber(redis.call('GET', KEYS[1]) or now)
if tat < now then tat = now end
local allow_at = tat + (math.min(cost, burst) - burst) * interval
if allow_at > now then return math.ceil(allow_at - now) end
redis.call('SET', KEYS[1], tat + cost * interval, 'PX', math.ceil((burst + cost) * interval + 1000))
return 0
"""

#: how long a Redis that does not answer is waited for
PATIENCE_S = 2.0


class RateLimit:
    """The rate of one destination."""

    def __init__(self, redis: Redis, key: str, limits: Limits) -> None:
        self._redis = redis
        self._key = f"fenghuo:bucket:{key}"
        self._interval_ms = 1000.0 / limits.per_second
        self._burst = limits.burst
        self._turns = ConcurrencyLimit(1)

    async def take(self, cost: int = 1, urgency: int = 0, waiting: set[asyncio.Future[bool]] | None = None) -> None:
        """Returns when `cost` tokens were there; cost counts SMS segments, or 1. The most urgent is served first.

        Returns without them when the wait is called off through `waiting`, as for `Window.enter`.
        """
        if not await self._turns.enter(urgency, waiting):
            return
        try:
            wait_ms = await self._wait_ms(cost)
            while wait_ms:
                await asyncio.sleep(wait_ms / 1000)
                wait_ms = await self._wait_ms(cost)
        finally:
            self._turns.leave()

    async def _wait_ms(self, cost: int) -> float:
        arguments = (str(self._interval_ms), str(self._burst), str(cost))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return float(await self._redis.eval(_TAKE, 1, self._key, *arguments))  # type: ignore[misc]
        except (RedisError, OSError):  # away: this process keeps to the rate by itself
            await asyncio.sleep(cost * self._interval_ms / 1000)
            return 0.0
