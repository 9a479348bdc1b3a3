"""A small town with a real hub in the middle: real sockets, database and Redis, and a clock turned by hand.

What a story says of it are sentences: `town.warns(...)`, `town.inbox("sms").expects(flood, names)`.
"""

from __future__ import annotations

import dataclasses
import socket
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from sqlalchemy import Connection

from approvals.official import Official
from channels.counterparts.run import assemble
from hub.alert.views import AlertView
from hub.app import Hub, build
from hub.clock import to_ms
from hub.settings.settings import AuthSettings, DispatchSettings, HubSettings, RedisSettings, Settings, StoreSettings
from hub.store.access import officials, units
from hub.store.access.officials import NewOfficial
from hub.store.register import endpoints, recipients, regions
from hub.store.register.endpoints import NewEndpoint
from hub.web.server import create_app
from tests.stories.cast import BAOTA, BRIDGE, CITY, HILLS, NATION, PLACES, PROVINCE, RIVER, STAFF, ZHIDAN, Cast
from tests.stories.office import Office
from tests.stories.records import Records
from tests.stories.telephones import Telephones
from tests.stories.workers import Workers

__all__ = ["BAOTA", "BRIDGE", "CITY", "HILLS", "NATION", "PROVINCE", "RIVER", "ZHIDAN", "Cast", "Place", "Town"]


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
            of = self.town.hub.delivery_ids.open(self.channel, delivery)
            if of is not None and of.campaign == campaign.id:  # a one-time code is of no campaign
                found[self.town.names.get(of.recipient, str(of.recipient))] += times
        return found

    async def texts(self, alert: AlertView) -> dict[str, list[str]]:
        """What each person, by name, was told, message by message."""
        campaign = (await self.town.campaigns(alert))[self.channel]
        found: dict[str, list[str]] = {}
        for delivery, text in self.town.members[self.channel].counterpart.texts.items():
            of = self.town.hub.delivery_ids.open(self.channel, delivery)
            if of is not None and of.campaign == campaign.id:
                found.setdefault(self.town.names[of.recipient], []).append(text)
        return found

    async def expects(self, alert: AlertView, names: Iterable[str]) -> None:
        """Each of these persons got it once, and nobody else did."""
        got, wanted = await self.got(alert), set(names)
        twice = {name: times for name, times in got.items() if times > 1}
        assert (set(got) - wanted, wanted - set(got), twice) == (set(), set(), {}), "strangers, missed, repeated"


class Town(Office, Workers, Records):
    """Build it with `Town.open`, close it with `aclose`."""

    def __init__(self, cast: Cast, place: Place) -> None:
        self.cast, self.place, self.clock = cast, place, place.clock
        self.members = assemble({})
        for name in {"sms", "voice", *(set(cast.channels) - self.members.keys())}:
            self.members[name] = dataclasses.replace(self.members["sms"], counterpart=Telephones(name))
        self.names: dict[int, str] = {}
        self.ids: dict[str, int] = {}
        self.phones: dict[str, str] = {}
        self.officials: dict[str, Official] = {}
        self._runner: web.AppRunner | None = None
        self._before: list[Hub] = []  #: the hubs of before each restart
        self._door = socket.socket()  # held from the first word to the last: nobody takes the port in between
        self._door.bind(("127.0.0.1", 0))

    @classmethod
    async def open(cls, cast: Cast, place: Place) -> Town:
        town = cls(cast, place)
        for channel in cast.channels:
            await town.members[channel].counterpart.start()
        town.hub = town.build()
        await town._settle_people()
        await town._open_doors()
        return town

    def build(self, **changes: Any) -> Hub:
        """A hub over this town's data: as another process would have it."""
        blocks = {**self.cast.blocks, **{name: self._block(name) for name in self.cast.channels}}
        return build(self.settings(**changes), blocks, clock=self.clock, environ={})

    def restarts_without(self, *channels: str) -> None:
        """These channels are disabled, and the hub starts anew; reports still come through the door that was open."""
        blocks = {name: block for name, block in self.cast.blocks.items() if name not in channels}
        left = dataclasses.replace(
            self.cast, channels=tuple(name for name in self.cast.channels if name not in channels), blocks=blocks
        )
        whole, self.cast = self.cast, left
        self._before.append(self.hub)
        self.hub, self.cast = self.build(), whole
        self._dispatcher = self._sweeper = None

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
        # A busy machine may stand still for seconds while a connection opens: then the message would only be deferred.
        times = {"timeout_s": self.cast.timeout_s, "connect_s": self.cast.timeout_s}
        more: dict[str, object] = {"concurrency": self.cast.concurrency, **times}
        return {**self.members[name].counterpart.block, **more, **self.cast.blocks.get(name, {})}

    async def aclose(self) -> None:
        for phones in self.telephones:
            phones.let_go()
        if self._runner is not None:
            await self._runner.cleanup()
        self._door.close()
        for hub in (*self._before, self.hub):  # before the other ends: they wait for connections that are kept open
            await hub.aclose()
        for channel in self.cast.channels:
            await self.members[channel].counterpart.aclose()

    # --- who lives here

    async def _settle_people(self) -> None:
        people = list(self.cast.people())

        def work(connection: Connection) -> None:
            regions.upsert(connection, PLACES)
            recipients.upsert(connection, self.hub.vault, people, to_ms(self.clock.now()))
            self._register_endpoints(connection)
            for name, rights in STAFF.items():
                new = NewOfficial(name, "office", self.cast.officials_of, frozenset(rights), self.cast.kind)
                self.officials[name] = officials.add(connection, new, to_ms(self.clock.now()))
            units.set_public_names(connection, "office", self.cast.names)
            for person in people:
                number = recipients.by_external_id(connection, person.external_id)
                assert number is not None
                self.names[number], self.ids[person.external_id] = person.external_id, number
                self.phones[person.external_id] = person.addresses.get("sms", "")

        await self.hub.db.write(work)

    def _register_endpoints(self, connection: Connection) -> None:
        for channel, count in (("wecom", self.cast.robots), ("partners", self.cast.media), ("broadcast", 1)):
            member = self.members[channel]
            for number in range(count if channel in self.cast.channels else 0):
                found = member.endpoint
                assert found is not None
                target = found["url"].replace("square-dance", f"robot-{number}")
                new = NewEndpoint(channel, f"{channel}-{number}", target, found["secret"], None, found["callback_keys"])
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

    def inbox(self, channel: str) -> Inbox:
        return Inbox(self, channel)

    async def until_got(self, channel: str, alert: AlertView, count: int) -> None:
        """Returns when so many people have got it."""

        async def enough() -> bool:
            return len(await self.inbox(channel).got(alert)) >= count

        await self.until(enough)

    async def until_opened(self, channel: str, alert: AlertView) -> None:
        """Returns when a worker has made its first intents to send it durable."""
        await self.until(lambda: self.states(alert, channel))
