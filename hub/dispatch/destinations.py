"""The windows and buckets of every destination this process sends to."""

from __future__ import annotations

from dataclasses import dataclass, field

from redis.asyncio import Redis

from channels.driver import Driver
from hub.dispatch.concurrency_limit import ConcurrencyLimit
from hub.dispatch.rate_limit import RateLimit


@dataclass(slots=True)
class Destination:
    """One thing that can be sick or throttled on its own."""

    window: ConcurrencyLimit
    bucket: RateLimit | None


@dataclass(slots=True)
class Destinations:
    """Made at first use and kept: what was learned of a destination outlives a shard."""

    redis: Redis
    _known: dict[tuple[str, str], Destination] = field(default_factory=dict)

    def of(self, channel: str, driver: Driver, key: str) -> Destination:
        """The destination `key` of a channel, as `Driver.destination` names it."""
        found = self._known.get((channel, key))
        if found is None:
            limits = driver.limits
            bucket = RateLimit(self.redis, f"{channel}:{key}", limits) if limits.per_second > 0 else None
            found = self._known[channel, key] = Destination(ConcurrencyLimit(limits.concurrency), bucket)
        return found
