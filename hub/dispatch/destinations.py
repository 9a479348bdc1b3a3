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

    def rest_s(self, channel: str) -> float:
        """How long every destination of a channel is left alone, all being dead; 0 where one is not, or none is known.

        Nobody is taken up again for it meanwhile: at a million people that were as many rows written for nothing.
        """
        return min((known.window.rest_s for (of, _), known in self._known.items() if of == channel), default=0.0)
