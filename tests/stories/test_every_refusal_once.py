"""Whatever is refused over the API stands in the audit log once, whoever refused it: the act itself or the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest

from approvals.official import Official, Right
from hub.clock import to_ms
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.records import audit
from tests.stories.town import Town

NOBODYS = "fh3:" + "0" * 64


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def entries(town: Town) -> list[Any]:
    return await town.hub.db.read(lambda connection: list(audit.entries(connection)))


async def keeper(town: Town) -> Official:
    new = NewOfficial("keeper", "platform", "000000000000", frozenset({Right.ADMINISTER}))
    return await town.hub.db.write(lambda connection: officials.add(connection, new, to_ms(town.clock.now())))


async def test_each_refused_write_adds_one_entry_that_names_its_rule(town: Town, client: aiohttp.ClientSession) -> None:
    submitted = await town.submits(await town.drafts(town.cap()), by="author")
    ann = await keeper(town)
    await town.hub.administration.propose(ann, "right-grant", {"official": 1, "right": "monitor"})
    decision = {"step": "review", "verdict": "approve", "digest": NOBODYS, "reason": ""}
    attempts = [
        (town.officials["reviewer"], f"/alerts/{submitted.id}/decisions", decision, 409),
        (town.officials["author"], f"/alerts/{submitted.id}/release", {"digest": submitted.digest}, 403),
        (town.officials["author"], f"/alerts/{submitted.id}/submit", {"version": 1}, 409),
        (town.officials["author"], "/admin/requests", {"kind": "right-grant", "payload": {}}, 403),
        (ann, "/admin/requests/1/approve", {"digest": "x"}, 403),
        (ann, "/admin/requests/1/reject", {"reason": ""}, 422),
        (ann, "/admin/requests", {"kind": "no-such-act", "payload": {}}, 422),
    ]
    for official, path, body, status in attempts:
        before = len(await entries(town))
        token = town.hub.tokens.issue(official.id, official.name, official.rights)
        url = f"{town.hub.settings.public_url}/api/v1{path}"
        async with client.post(url, json=body, headers={"Authorization": f"Bearer {token}"}) as response:
            problem = await response.json(content_type=None)
        assert response.status == status, (path, problem)
        added = (await entries(town))[before:]
        assert len(added) == 1, (path, [entry.action for entry in added])
        assert orjson.loads(added[0].detail)["rule"] == problem["rule"], path
