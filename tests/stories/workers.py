"""The workers of a town, one shard after the other or all at once, and waiting until something has come about."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from arq.worker import Worker, func
from sqlalchemy import Connection

from channels.counterparts.control import Member
from hub.alert.priority import PRIORITIES
from hub.app import Hub
from hub.clock import to_ms
from hub.dispatch.queue import JOB, queue_name
from hub.dispatch.shard import Dispatcher
from hub.scheduler.sweep import Sweep
from hub.store.delivery import campaigns, deliveries
from hub.store.delivery.campaigns import Lease, ShardJob
from hub.worker import dispatch_shard
from tests.stories.cast import Cast
from tests.stories.telephones import Telephones

PATIENCE_S = 60.0  #: a condition that has not come true by then never will


class Workers:
    cast: Cast
    hub: Hub
    clock: Any
    members: dict[str, Member]
    _dispatcher: Dispatcher | None = None
    _sweeper: Sweep | None = None

    @property
    def sms(self) -> Telephones:
        phones = self.members["sms"].counterpart
        assert isinstance(phones, Telephones)
        return phones

    @property
    def voice(self) -> Telephones:
        phones = self.members["voice"].counterpart
        assert isinstance(phones, Telephones)
        return phones

    @property
    def telephones(self) -> list[Telephones]:
        """Every telephone company there is."""
        found = (member.counterpart for member in self.members.values())
        return [each for each in found if isinstance(each, Telephones)]

    async def tickets(self, most: int = 1000) -> list[ShardJob]:
        """The shards that are due now."""
        now = to_ms(self.clock.now())
        return await self.hub.db.write(lambda connection: campaigns.due(connection, now, now + 1, most))

    @property
    def dispatcher(self) -> Dispatcher:
        if self._dispatcher is None:
            self._dispatcher = self.hub.dispatcher()
        return self._dispatcher

    async def dispatches(self, most: int = 1000) -> int:
        """Sends what is due now, once each; returns how many shards."""
        tickets = await self.tickets(most)
        async with asyncio.TaskGroup() as jobs:
            for ticket in tickets:
                jobs.create_task(self.dispatcher.dispatch(ticket))
        return len(tickets)

    async def sweeps(self) -> None:
        if self._sweeper is None:
            self._sweeper = self.hub.sweep()
        await self._sweeper.sweep()

    async def works(self) -> None:
        """Real arq workers, one per priority and channel, until their queues are empty."""
        for priority, channel in itertools.product(PRIORITIES, self.hub.drivers):
            worker = Worker(
                functions=[func(dispatch_shard, name=JOB)],
                redis_pool=self.hub.redis,
                queue_name=queue_name(priority, channel),
                ctx={"dispatcher": self.dispatcher},
                burst=True,
                poll_delay=0.01,
                keep_result=0,
                handle_signals=False,
                job_serializer=self.hub.redis.job_serializer,
                job_deserializer=self.hub.redis.job_deserializer,
            )
            await worker.async_run()

    async def rests(self) -> None:
        """Sweeps and dispatches until nothing is due, and every receipt that will come has come."""
        for _ in range(40):
            await self.sweeps()
            if not await self.dispatches():
                await self.hears()
                await self.sweeps()
                if not await self.dispatches():
                    return
        raise AssertionError("the town does not come to rest")

    async def dies_holding(self, ticket: ShardJob) -> Lease:
        """A worker takes the shard, makes its intents durable, and is never heard of again."""

        def work(connection: Connection) -> Lease:
            now = to_ms(self.clock.now())
            lease = campaigns.lease(connection, ticket, "the late worker", now, now + 30_000)
            assert lease is not None
            deliveries.open_intents(connection, lease.campaign, list(lease.recipients), 1, now, resend=False)
            return lease

        return await self.hub.db.write(work)

    async def later_rests(self) -> None:
        """The same a moment later: what gave way to an earlier message is due again."""
        self.clock.advance(1)
        await self.rests()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Workers that take what is due as soon as it is due, until the end of the block."""
        jobs: dict[ShardJob, asyncio.Task[None]] = {}

        async def work() -> None:
            while True:
                for ticket in await self.tickets():
                    if ticket not in jobs:
                        jobs[ticket] = asyncio.create_task(self.dispatcher.dispatch(ticket))
                await asyncio.sleep(0.005)

        worker = asyncio.create_task(work())
        try:
            yield
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            await asyncio.gather(*jobs.values())

    async def hears(self) -> None:
        """Waits for every receipt the telephone companies still owe."""
        for phones in self.telephones:
            if phones.name in self.cast.channels:
                await self.until(lambda phones=phones: not phones.owes())

    async def until(self, holds: Callable[[], object | Awaitable[object]]) -> None:
        """Returns when the condition holds; fails when it does not within the patience."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_S
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            assert loop.time() < deadline, "it never came true"
            await asyncio.sleep(0.005)
