"""Officials on duty in a town: who they are, how they are called, and what their telephones were told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
from sqlalchemy import Connection

from approvals.official import Official, Right
from hub.clock import to_ms
from hub.store import officials
from hub.store.officials import NewOfficial
from tests.stories.town import Town

HEADER = "official,from,until,role,order,sms,voice\n"


class Duty:
    """A duty office in a town. `numbers` are the officials' telephones, by name."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.numbers: dict[str, str] = {}

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
        report = await self.town.hub.roster.import_csv(None, HEADER + "".join(lines))
        assert report.refused == ()

    async def asks(self, who: str, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """What the API answers an official: status and JSON."""
        official = self.town.officials[who]
        token = self.town.hub.tokens.issue(official.id, official.name, official.rights)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        url = f"{self.town.hub.settings.public_url}/api/v1{path}"
        async with aiohttp.ClientSession() as http, http.request(method, url, headers=headers, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    async def stored(self) -> str:
        """Everything the database holds of the roster, as text."""

        def work(connection: Connection) -> str:
            tables = ("shifts", "official_contacts", "official_addresses", "audit", "idempotency")
            rows = [row for table in tables for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]
            return repr([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in rows])

        return await self.town.hub.db.read(work)
