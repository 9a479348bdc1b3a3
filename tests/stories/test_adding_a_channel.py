"""The example of docs/adding-a-channel.md, from a register file to the report that somebody has read it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from channels.message import DeliveryState
from channels.standard_webhooks import sign, verify
from hub.registry.importer import Register
from tests.stories.town import BRIDGE, Cast, Town

GUIDE = Path(__file__).parents[2] / "docs" / "adding-a-channel.md"
KEY, REPORT_KEY = "whsec_" + "QUJD" * 10, "whsec_" + "REVG" * 10
PEOPLE = 3


@dataclass
class Receiver:
    """Somebody's own web server: takes documents, and can say what became of one."""

    took: list[dict[str, Any]] = field(default_factory=list)
    hooks: set[str] = field(default_factory=set)
    url: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        verify([KEY], request.headers, body, self.now())
        self.took.append(orjson.loads(body))
        self.hooks.add(request.headers["Callback-Url"])
        return web.Response()

    async def open(self) -> web.AppRunner:
        app = web.Application()
        app.add_routes([web.post("/{person}", self._take)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return runner

    async def reports(self, delivery: str, status: str, key: str = REPORT_KEY) -> int:
        """Tells the hub what became of one; the HTTP status of its answer."""
        body = orjson.dumps({"delivery": delivery, "status": status, "at": self.now().isoformat()})
        signed = sign(key, f"r-{delivery}", self.now(), body)
        async with (
            aiohttp.ClientSession() as session,
            session.post(next(iter(self.hooks)), data=body, headers=signed) as answer,
        ):
            return answer.status


def block_of_the_guide() -> dict[str, object]:
    """The block that the guide shows, switched on, with what a reader fills in."""
    [text] = re.findall(r"```toml\n(\[webhook\].*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    block: dict[str, object] = tomllib.loads(text)["webhook"]
    return {**block, "enabled": True, "allow_loopback": True, "key": KEY, "report_key": REPORT_KEY}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    runner = await found.open()
    yield found
    await runner.cleanup()


@pytest.fixture
async def settled(settle: Any, receiver: Receiver) -> Town:
    """A town whose register of webhooks was imported from a file."""
    town: Town = await settle(
        Cast(bridge=2, river=1, hills=1, channels=("sms",), blocks={"webhook": block_of_the_guide()})
    )
    receiver.now = town.clock.now
    hub = town.hub
    lines = ["external_id,region,webhook,phone\n"]
    lines += [f"w{at},{BRIDGE},{receiver.url}/w{at},+86198000000{at:02d}\n" for at in range(PEOPLE)]
    report = await Register(hub.db, hub.vault, town.clock, frozenset()).import_csv(lines)
    assert (report.read, report.new, report.refused) == (PEOPLE, PEOPLE, ())
    return town


async def test_the_example_walks_from_a_register_file_to_the_report_that_it_was_read(
    settled: Town, receiver: Receiver
) -> None:
    flood = await settled.warns(channels=("webhook",))
    await settled.rests()
    assert len(receiver.took) == PEOPLE
    assert {(one["subject"] != "", "暴雨" in one["text"]) for one in receiver.took} == {(True, True)}
    first, second, third = sorted(one["delivery"] for one in receiver.took)
    assert [await receiver.reports(first, "answered"), await receiver.reports(second, "shown")] == [200, 200]
    assert await receiver.reports(third, "answered", key=KEY) >= 400, "what the hub signs with is no receiver's"
    states = sorted(await settled.endpoint_states(flood, "webhook"))
    assert states == [DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.CONFIRMED]
    assert await settled.alarms() == []


async def test_one_column_of_telephone_numbers_serves_text_messages(settled: Town) -> None:
    await settled.warns(channels=("sms",))
    await settled.rests()
    assert {f"+86198000000{at:02d}" for at in range(PEOPLE)} <= {story.to for story in settled.sms.stories.values()}
