"""A small town with a real hub in the middle: real sockets, database and Redis, and a clock turned by hand.

What a story says of it are sentences: `town.warns(...)`, `town.inbox("sms").expects(flood, names)`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from arq.worker import Worker, func
from sqlalchemy import Connection

from approvals.official import Official, Right
from channels.counterparts.run import assemble
from channels.message import DeliveryState
from hub.app import Hub, build
from hub.clock import to_ms
from hub.delivery import AlertView, PlanRequest
from hub.dispatch.shard import Dispatcher
from hub.dispatch.sweep import Sweep
from hub.lane import LANES
from hub.queue import JOB, queue_name
from hub.settings import AuthSettings, DispatchSettings, HubSettings, RedisSettings, Settings, StoreSettings
from hub.store import alarms, campaigns, deliveries, endpoints, officials, recipients, regions
from hub.store.campaigns import Lease, Ticket
from hub.store.endpoints import NewEndpoint
from hub.store.officials import NewOfficial
from hub.store.regions import NewRegion
from hub.web.server import create_app
from hub.worker import dispatch_shard
from targeting.recipient import Recipient
from tests.stories.telephones import Telephones
from tests.stories.warnings import document

NATION = "000000000000"
PROVINCE = "610000000000"
CITY = "610600000000"
BAOTA = "610602000000"  #: the county most stories are about
BRIDGE, RIVER = "610602001000", "610602002000"  #: its townships
ZHIDAN = "610625000000"  #: another county
HILLS = "610625100000"

PATIENCE_S = 20.0  #: a condition that has not come true by then never will


@dataclass(frozen=True)
class Cast:
    """Who lives where, by name; everybody has a telephone of their own."""

    bridge: int = 12
    river: int = 8
    hills: int = 5  # in the other county: outside every warning of Baota
    officials_of: str = NATION
    channels: tuple[str, ...] = ("sms", "voice")
    robots: int = 0
    media: int = 0
    hub: Mapping[str, Any] = field(default_factory=dict)
    dispatch: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    concurrency: int = 64
    timeout_s: float = 15.0  #: of the drivers; short where a story is about an answer that never comes


class Hands(Protocol):
    """A clock turned by hand."""

    def now(self) -> Any: ...
    def advance(self, seconds: float) -> None: ...


@dataclass
class Place:
    """Where a town is built: a directory, a migrated database, a Redis, a clock."""

    directory: Path
    store_url: str
    redis_url: str
    clock: Hands


@dataclass
class Inbox:
    """What the people hold, counted by the other end of the channel."""

    town: Town
    channel: str

    async def got(self, alert: AlertView) -> Counter[str]:
        """How often each person, by name, was sent this alert."""
        campaign = (await self.town.campaigns(alert)).get(self.channel)
        if campaign is None:
            return Counter()
        found: Counter[str] = Counter()
        for delivery, times in self.town.members[self.channel].counterpart.counts.ids.items():
            ours, _, recipient = delivery.partition("-")
            if ours == str(campaign.id):  # a one-time code is of no campaign
                found[self.town.names.get(int(recipient), recipient)] += times
        return found

    async def expects(self, alert: AlertView, names: Iterable[str]) -> None:
        """Each of these persons got it once, and nobody else did."""
        got, wanted = await self.got(alert), set(names)
        twice = {name: times for name, times in got.items() if times > 1}
        assert (set(got) - wanted, wanted - set(got), twice) == (set(), set(), {}), "strangers, missed, repeated"


class Town:
    """Build it with `Town.open`, close it with `aclose`."""

    def __init__(self, cast: Cast, place: Place) -> None:
        self.cast, self.place, self.clock = cast, place, place.clock
        self.members = assemble({})
        for name in ("sms", "voice"):
            self.members[name] = dataclasses.replace(self.members[name], counterpart=Telephones(name))
        self.names: dict[int, str] = {}
        self.ids: dict[str, int] = {}
        self.phones: dict[str, str] = {}
        self.officials: dict[str, Official] = {}
        self._runner: web.AppRunner | None = None
        self._dispatcher: Dispatcher | None = None
        self._sweeper: Sweep | None = None
        self._door = socket.socket()  # held from the first word to the last: nobody takes the port in between
        self._door.bind(("127.0.0.1", 0))
        self._drafts = 0

    @classmethod
    async def open(cls, cast: Cast, place: Place) -> Town:
        town = cls(cast, place)
        for channel in cast.channels:
            await town.members[channel].counterpart.start()
        town.hub = town.build()
        await town._settle_people()
        await town._open_doors()
        return town

    hub: Hub

    def build(self, **changes: Any) -> Hub:
        """A hub over this town's data: as another process would have it."""
        blocks = {name: self._block(name) for name in self.cast.channels}
        return build(self.settings(**changes), blocks, clock=self.clock, environ={})

    def settings(self, **changes: Any) -> Settings:
        dispatch = {"shard_size": 5, "chunk_size": 3, "outcome_flush_s": 0.002} | dict(self.cast.dispatch)
        known = {
            "hub": HubSettings(data_dir=self.place.directory, port=self._door.getsockname()[1], **self.cast.hub),
            "store": StoreSettings(url=self.place.store_url, patience_s=5),
            "redis": RedisSettings(url=self.place.redis_url),
            "dispatch": DispatchSettings(**dispatch),
            "auth": AuthSettings(second_factor=()),  # a story about signing asks for it
        }
        return Settings(**(known | dict(self.cast.settings) | changes))

    def _block(self, name: str) -> dict[str, object]:
        more: dict[str, object] = {"concurrency": self.cast.concurrency, "timeout_s": self.cast.timeout_s}
        return {**self.members[name].counterpart.block, **more}

    async def aclose(self) -> None:
        for phone in (self.sms, self.voice):
            phone.let_go()
        if self._runner is not None:
            await self._runner.cleanup()
        self._door.close()
        await self.hub.aclose()  # before the other ends: they wait for connections that are kept open
        for channel in self.cast.channels:
            await self.members[channel].counterpart.aclose()

    # --- who lives here

    async def _settle_people(self) -> None:
        places = [
            NewRegion(NATION, "全国", None, 0),
            NewRegion(PROVINCE, "陕西省", NATION, 1),
            NewRegion(CITY, "延安市", PROVINCE, 2),
            NewRegion(BAOTA, "宝塔区", CITY, 3),
            NewRegion(BRIDGE, "桥镇", BAOTA, 4),
            NewRegion(RIVER, "河镇", BAOTA, 4),
            NewRegion(ZHIDAN, "志丹县", CITY, 3),
            NewRegion(HILLS, "山镇", ZHIDAN, 4),
        ]
        people = list(self._people())

        def work(connection: Connection) -> None:
            regions.upsert(connection, places)
            recipients.upsert(connection, self.hub.vault, people, to_ms(self.clock.now()))
            self._register_endpoints(connection)
            for name, rights in STAFF.items():
                new = NewOfficial(name, "office", self.cast.officials_of, frozenset(rights), "meteorological")
                self.officials[name] = officials.add(connection, new, to_ms(self.clock.now()))
            for person in people:
                number = recipients.by_external_id(connection, person.external_id)
                assert number is not None
                self.names[number], self.ids[person.external_id] = person.external_id, number
                self.phones[person.external_id] = person.addresses.get("sms", "")

        await self.hub.db.write(work)

    def _people(self) -> Iterable[Recipient]:
        number = 0
        for word, key, count, (lat, lon) in (
            ("bridge", BRIDGE, self.cast.bridge, (36.6, 109.5)),
            ("river", RIVER, self.cast.river, (36.5, 109.5)),
            ("hills", HILLS, self.cast.hills, (36.8, 108.8)),
        ):
            for at in range(count):
                number += 1
                phone = f"+861991{number:07d}"
                addresses = {"sms": phone, "voice": phone, "email": f"citizen{number}@example.org"}
                groups = frozenset({"elderly"} if at == 1 else ())
                language = "en" if at % 4 == 3 else "zh"
                yield Recipient(f"{word}-{at}", key, language, lat, lon, groups, addresses)

    def _register_endpoints(self, connection: Connection) -> None:
        for channel, count in (("wecom", self.cast.robots), ("partners", self.cast.media), ("broadcast", 1)):
            member = self.members[channel]
            for number in range(count if channel in self.cast.channels else 0):
                found = member.endpoint
                assert found is not None
                target = found["url"].replace("square-dance", f"robot-{number}")
                new = NewEndpoint(channel, f"{channel}-{number}", target, found["secret"], None)
                endpoints.add(connection, self.hub.vault, new)

    async def _open_doors(self) -> None:
        self._runner = web.AppRunner(create_app(self.hub), access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.SockSite(self._runner, self._door).start()

    def people(self, *words: str) -> set[str]:
        """The names of everyone who lives there."""
        return {name for name in self.ids if name.partition("-")[0] in words}

    def fate(self, name: str, sms: str = "", voice: str = "") -> None:
        """What becomes of what is sent to this person."""
        for phones, fate in ((self.sms, sms), (self.voice, voice)):
            if fate:
                phones.fates[self.phones[name]] = fate

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

    def inbox(self, channel: str) -> Inbox:
        return Inbox(self, channel)

    # --- the office

    def cap(self, *codes: str, **changes: Any) -> bytes:
        """A warning nobody has seen yet, for Baota unless other codes are given."""
        self._drafts += 1
        identifier = changes.pop("identifier", f"rain-{self._drafts}")
        return document(self.clock.now(), identifier, *(codes or (BAOTA,)), **changes)

    async def drafts(self, cap: bytes = b"", by: str = "author", **plan: Any) -> AlertView:
        return await self.hub.drafting.create(self.officials[by], cap or self.cap(), PlanRequest(**plan))

    async def submits(self, draft: AlertView, by: str = "author") -> AlertView:
        return await self.hub.submission.submit(self.officials[by], draft.id, draft.version)

    async def decides(self, view: AlertView, by: str, step: str, **changes: str) -> AlertView:
        word = {"step": step, "verdict": "approve", "digest": view.digest or "", "reason": ""} | changes
        return await self.hub.decisions.decide(self.officials[by], view.id, **word)

    async def approves(self, view: AlertView) -> AlertView:
        """Everyone the policy wants, one after the other."""
        free = {"review": ["reviewer"], "sign": ["signer", "second"]}
        while view.missing:
            step = view.missing[0]
            view = await self.decides(view, free[step].pop(0), step)
        return view

    async def releases(self, view: AlertView, by: str = "releaser") -> AlertView:
        return await self.hub.releases.release(self.officials[by], view.id, view.digest or "")

    async def prepares(self, cap: bytes = b"", **plan: Any) -> AlertView:
        """Drafted, submitted and approved."""
        return await self.approves(await self.submits(await self.drafts(cap, **plan)))

    async def warns(self, cap: bytes = b"", **plan: Any) -> AlertView:
        """The whole way to the order; nothing has been sent yet."""
        return await self.releases(await self.prepares(cap, **plan))

    async def updates(self, alert: AlertView, cap: bytes) -> AlertView:
        draft = await self.hub.drafting.update(self.officials["author"], alert.id, cap)
        return await self.releases(await self.approves(await self.submits(draft)))

    async def cancels(self, alert: AlertView, note: str = "险情解除") -> AlertView:
        draft = await self.hub.drafting.cancel(self.officials["author"], alert.id, note)
        return await self.releases(await self.approves(await self.submits(draft)))

    # --- the workers

    async def tickets(self, most: int = 1000) -> list[Ticket]:
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
        """Real arq workers, one per lane and channel, until their queues are empty."""
        for lane, channel in itertools.product(LANES, self.hub.drivers):
            worker = Worker(
                functions=[func(dispatch_shard, name=JOB)],
                redis_pool=self.hub.redis,
                queue_name=queue_name(lane, channel),
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

    async def dies_holding(self, ticket: Ticket) -> Lease:
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

    async def until_got(self, channel: str, alert: AlertView, count: int) -> None:
        """Returns when so many people have got it."""

        async def enough() -> bool:
            return len(await self.inbox(channel).got(alert)) >= count

        await self.until(enough)

    async def until_opened(self, channel: str, alert: AlertView) -> None:
        """Returns when a worker has made its first intents to send it durable."""
        await self.until(lambda: self.states(alert, channel))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Workers that take what is due as soon as it is due, until the end of the block."""
        jobs: dict[Ticket, asyncio.Task[None]] = {}

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
        for phones in (self.sms, self.voice):
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

    # --- behind the scenes

    async def campaigns(self, alert: AlertView) -> dict[str, campaigns.Campaign]:
        return await self.hub.db.read(lambda connection: campaigns.find(connection, alert.id))

    async def states(self, alert: AlertView, channel: str) -> dict[str, str]:
        """Person by person, where their delivery stands."""
        campaign = (await self.campaigns(alert))[channel]
        found = await self.hub.db.read(lambda connection: deliveries.states(connection, campaign.id))
        return {self.names[number]: DeliveryState(state).name for state, bits in found.items() for number in bits}

    async def delivery(self, alert: AlertView, channel: str, name: str) -> str:
        campaign = (await self.campaigns(alert))[channel]
        return f"{campaign.id}-{self.ids[name]}"

    async def endpoint_states(self, alert: AlertView, channel: str) -> list[int]:
        """Endpoint by endpoint, where the delivery stands."""
        campaign = (await self.campaigns(alert))[channel]
        found = await self.hub.db.read(lambda connection: deliveries.states(connection, campaign.id))
        return [state for _, state in sorted((number, int(state)) for state, bits in found.items() for number in bits)]

    async def points(self, name: str, target: str, secret: str) -> None:
        """An endpoint is found elsewhere from now on."""
        new = NewEndpoint(name.partition("-")[0], name, target, secret, None)
        await self.hub.db.write(lambda connection: endpoints.add(connection, self.hub.vault, new))

    async def moves(self, name: str, region: str, *, without: str = "") -> None:
        """A person moves house, and may give up a channel."""
        addresses = {channel: self.phones[name] for channel in ("sms", "voice") if channel != without}
        person = Recipient(name, region, "zh", addresses=addresses)
        now = to_ms(self.clock.now())
        await self.hub.db.write(lambda connection: recipients.upsert(connection, self.hub.vault, [person], now))

    @asynccontextmanager
    async def silent_server(self) -> AsyncIterator[str]:
        """Takes every connection and never says a word."""
        writers: list[asyncio.StreamWriter] = []

        async def listen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)

        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for writer in writers:
            writer.close()
        server.close()
        await server.wait_closed()

    async def alarms(self) -> list[tuple[str, str]]:
        """(kind, detail), oldest first."""
        rows = await self.hub.db.read(alarms.recent)
        return [(row.kind, row.detail) for row in reversed(rows)]

    async def sql(self, statement: str, *values: object) -> None:
        """Somebody with a hand in the database; `?` marks values."""

        def work(connection: Connection) -> None:
            text = statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s")
            connection.exec_driver_sql(text, values)

        await self.hub.db.write(work)


STAFF = {
    "author": {Right.DRAFT, Right.SIGN},
    "editor": {Right.DRAFT, Right.REVIEW, Right.SIGN},
    "reviewer": {Right.REVIEW},
    "signer": {Right.SIGN},
    "second": {Right.SIGN},
    "releaser": {Right.RELEASE},
    "monitor": {Right.MONITOR},
}
