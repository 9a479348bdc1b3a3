"""A provider's contract rate, shared by every worker: a costed token bucket kept in Redis (GCRA).

Only destinations with a rate limit pay for it. Redis may forget: then the bucket starts full, and the provider's own
throttling, which the window obeys, is the limit.
"""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

from channels.driver import Limits

# KEYS[1] the bucket; ARGV: interval per token (ms), burst, cost, now (ms). Answers how long to wait (ms), 0: go.
_TAKE = """
local interval, burst, cost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tat = tonumber(redis.call('GET', KEYS[1]) or now)
if tat < now then tat = now end
local allow_at = tat + cost * interval - burst * interval
if allow_at > now then return math.ceil(allow_at - now) end
redis.call('SET', KEYS[1], tat + cost * interval, 'PX', math.ceil(burst * interval + cost * interval + 1000))
return 0
"""


class Bucket:
    """The rate of one destination."""

    def __init__(self, redis: Redis, key: str, limits: Limits) -> None:
        self._redis = redis
        self._key = f"fenghuo:bucket:{key}"
        self._interval_ms = 1000.0 / limits.per_second
        self._burst = limits.burst

    async def take(self, cost: int = 1) -> None:
        """Returns when `cost` tokens were there; cost counts SMS segments, or 1."""
        while True:
            try:
                now = await self._redis.time()
                arguments = (self._interval_ms, self._burst, min(cost, self._burst), now[0] * 1000 + now[1] // 1000)
                wait_ms = await self._redis.eval(_TAKE, 1, self._key, *map(str, arguments))  # type: ignore[misc]
            except RedisError:
                wait_ms = self._interval_ms
                await asyncio.sleep(wait_ms / 1000)
                return
            if not wait_ms:
                return
            await asyncio.sleep(int(wait_ms) / 1000)
