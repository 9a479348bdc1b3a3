"""Officials on duty in a town: who they are, how they are called, and what their telephones were told."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import aiohttp
from sqlalchemy import Connection

from approvals.official import Official, Right
from hub.app import Hub
from hub.callout.sweep import CallSweep
from hub.clock import to_ms
from hub.registry.duty_roster.service import RosterReport, name_of, read_roster_file
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.register import roster
from hub.store.register.roster import NewShift
from tests.stories.telephones import Telephones
from tests.stories.town import Town

HEADER = "official,from,until,role,order,sms,voice\n"


async def import_roster(hub: Hub, actor: Official | None, text: str) -> RosterReport:
    """Takes in a file of the roster, as its doors do."""
    rows = read_roster_file(text)
    return await hub.transactions.write(name_of(actor), lambda tx: hub.roster.import_rows(tx, actor, rows))


class Duty:
    """A duty office in a town. `numbers` are the officials' telephones, by name."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.numbers: dict[str, str] = {}
        self._caller: CallSweep | None = None

    async def appoints(self, name: str, unit: str, area: str, *rights: Right, **more: Any) -> Official:
        """Puts somebody into office."""
        new = NewOfficial(name, unit, area, frozenset(rights), **more)
        now = to_ms(self.town.clock.now())
        made = await self.town.hub.db.write(lambda connection: officials.add(connection, new, now))
        self.town.officials[name] = made
        return made

    def number(self, name: str) -> str:
        return self.numbers.setdefault(name, f"+861381234{len(self.numbers):04d}")

    def line(self, name: str, role: str = "duty", order: int = 1, hours: float = 8) -> str:
        """A line of the roster: on duty from an hour ago, with a telephone of one's own."""
        now = self.town.clock.now()
        start, end = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=hours)).isoformat()
        return f"{name},{start},{end},{role},{order},{self.number(name)},{self.number(name)}\n"

    async def rosters(self, *lines: str) -> None:
        """Keeps these lines, entered at the machine."""
        report = await import_roster(self.town.hub, None, HEADER + "".join(lines))
        assert report.refused == ()

    async def rosters_shift(self, name: str) -> None:
        """Puts somebody on duty whose addresses are known already."""
        official, now = self.town.officials[name].id, to_ms(self.town.clock.now())
        shift = NewShift(official, now - 3_600_000, now + 8 * 3_600_000)
        await self.town.hub.db.write(lambda connection: roster.put_shift(connection, shift, 0, now))

    async def asks(self, who: str, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """What the API answers an official: status and JSON."""
        official = self.town.officials[who]
        token = self.town.hub.tokens.issue(official.id, official.name, official.rights)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        url = f"{self.town.hub.settings.public_url}/api/v1{path}"
        async with aiohttp.ClientSession() as http, http.request(method, url, headers=headers, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    @property
    def caller(self) -> CallSweep:
        if self._caller is None:
            self._caller = self.town.hub.call_sweep()
        return self._caller

    async def rounds(self, minutes: float = 0, step: float = 0.25) -> None:
        """The caller works: a round at once, and one after every `step` until so many minutes have passed."""
        await self._round()
        for _ in range(round(minutes / step)):
            self.town.clock.advance(step * 60)
            await self._round()

    async def _round(self) -> None:
        await self.caller.round()
        await self.town.hears()

    def called(self, channel: str = "sms") -> Counter[str]:
        """How often each official's telephone was called, by name, as the other end counted."""
        names = {number: name for name, number in self.numbers.items()}
        phones = self.town.members[channel].counterpart
        assert isinstance(phones, Telephones)
        return Counter(names[story.to] for story in phones.stories.values() if story.to in names)

    def texts(self, channel: str = "sms") -> list[str]:
        """What officials were told, in the order it came."""
        phones = self.town.members[channel].counterpart
        assert isinstance(phones, Telephones)
        mine = set(self.numbers.values())
        return [phones.texts[each] for each, story in phones.stories.items() if story.to in mine]

    async def listens(self) -> None:
        """The classifier of what the public writes is loaded: the first answer need not wait for it."""
        await asyncio.to_thread(self.town.hub.inbox.classifier.classify, ["收到"])

    async def replies(self, name: str, text: str) -> None:
        """An official answers by SMS."""
        url = f"{self.town.hub.settings.public_url}/hooks/sms"
        await self.town.sms.inbound({"from": self.number(name), "body": text, "url": url})

    async def stored(self) -> str:
        """Everything the database holds of the roster, as text."""

        def work(connection: Connection) -> str:
            tables = ("shifts", "official_contacts", "official_addresses", "audit", "idempotency")
            rows = [row for table in tables for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]
            return repr([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in rows])

        return await self.town.hub.db.read(work)
