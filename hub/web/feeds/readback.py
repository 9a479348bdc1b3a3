"""The server reads its own public feed back over HTTP: a released warning that is not there is an alarm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from lxml import etree
from sqlalchemy import Connection
from yarl import URL

from hub.app import Hub
from hub.clock import to_ms
from hub.store.alerts import released
from hub.store.records import alarms
from hub.web.background import attempt, running
from hub.web.feeds.atom import ATOM, message_id
from hub.web.feeds.pages import PUBLIC_PATH

EVERY_S = 5.0
TIMEOUT_S = 10.0


class FeedUnreadable(Exception):
    """The feed did not answer, or with something that is no feed."""


@dataclass(slots=True)
class ReadBack:
    """Looks for every release once. `base` is where this server answers; `since` (ms) is where it begins."""

    hub: Hub
    base: str
    since: int

    async def look(self) -> int:
        """Looks for what was released since the last look; returns how many warnings are not there."""
        now, before = to_ms(self.hub.clock.now()), self.since
        fresh = await self.hub.db.read(lambda connection: released.public_since(connection, before, now))
        if not fresh or self.hub.settings.hub.world != "live":
            return 0
        try:
            shown = await self._entry_ids()
        except FeedUnreadable as error:
            await self._alarm(now, "feed-unreadable", "feeds/public", str(error))
            return len(fresh)
        lost = [row.id for row in fresh if message_id(row.sender, row.identifier, row.sent) not in shown]
        for number in lost:
            await self._alarm(now, "feed-without-warning", f"alert/{number}", "it is released and not in the feed")
        self.since = now
        return len(lost)

    async def _entry_ids(self) -> set[str]:
        """The ids of all entries of all pages. Raises FeedUnreadable."""
        shown: set[str] = set()
        url: URL | None = URL(self.base + PUBLIC_PATH)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                while url is not None:
                    async with session.get(url) as answer:
                        if answer.status != 200:
                            raise FeedUnreadable(f"HTTP {answer.status}")
                        feed = etree.fromstring(await answer.read())
                    shown |= {found.text or "" for found in feed.iterfind(f"{{{ATOM}}}entry/{{{ATOM}}}id")}
                    links = (each.get("href", "") for each in feed.iterfind(f"{{{ATOM}}}link[@rel='next']"))
                    following = next(links, "")
                    # Its links lead to the public address, which this machine need not reach.
                    url = URL(self.base + PUBLIC_PATH).with_query(URL(following).query) if following else None
        except (aiohttp.ClientError, TimeoutError, etree.XMLSyntaxError) as error:
            raise FeedUnreadable(type(error).__name__) from None
        return shown

    async def _alarm(self, now: int, kind: str, subject: str, detail: str) -> None:
        def work(connection: Connection) -> None:
            alarms.raise_once(connection, now, kind, subject, detail)

        await self.hub.db.write(work)


@asynccontextmanager
async def reading_back(hub: Hub, base: str) -> AsyncIterator[None]:
    """Runs beside the server, and ends with it."""
    async with running(_run(ReadBack(hub, base, to_ms(hub.clock.now())))):
        yield


async def _run(readback: ReadBack) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        await attempt("feed_read_back_failed", readback.look)  # the next look begins where one that failed did
