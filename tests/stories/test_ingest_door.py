"""The door for upstream systems over HTTP: whose token opens what, and what is answered."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from approvals.official import Official, Right
from hub.clock import to_ms
from hub.errors import Forbidden, Invalid
from hub.formats.cap.write import write
from hub.store.access import officials, services, trust
from hub.store.access.officials import NewOfficial
from tests.stories.sensor import Sensor, quake
from tests.stories.town import BAOTA, Town

XML = "application/cap+xml"


@dataclass
class Door:
    """Asks the town's hub over HTTP."""

    town: Town
    client: aiohttp.ClientSession
    administrators: list[Official]

    async def asks(self, method: str, path: str, token: str, body: bytes | None = None, kind: str = XML) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        url = f"{self.town.hub.settings.public_url}/api/v1{path}"
        async with self.client.request(method, url, data=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def enters(self, kind: str, payload: dict[str, Any]) -> Any:
        """One administrator asks, the other agrees; what only the first was told."""
        first, second = self.administrators
        asked = await self.town.hub.administration.propose(first, kind, payload)
        assert asked.request is not None
        await self.town.hub.administration.approve(second, asked.request.id, asked.request.digest)
        return asked

    async def token(self, *scopes: str, name: str = "seismometers", days: int = 30) -> str:
        payload = {"name": name, "unit": "office", "scopes": list(scopes or ("ingest", "standing")), "days": days}
        return (await self.enters("service-create", payload)).told["token"]

    def official(self, name: str) -> str:
        found = self.town.officials[name]
        return self.town.hub.tokens.issue(found.id, found.name, found.rights)


@pytest.fixture
async def door(town: Town) -> AsyncIterator[Door]:
    def enrol(connection: Any) -> list[Official]:
        now = to_ms(town.clock.now())
        rights = frozenset({Right.ADMINISTER})
        return [
            officials.add(connection, NewOfficial(name, "platform", "000000000000", rights), now)
            for name in ("keeper", "second keeper")
        ]

    administrators = await town.hub.db.write(enrol)
    async with aiohttp.ClientSession() as client:
        yield Door(town, client, administrators)


async def test_a_message_is_answered_with_what_became_of_it_and_can_be_asked_for_again(door: Door) -> None:
    token = await door.token()
    message = write(quake(door.town.clock.now()))
    status, said = await door.asks("POST", "/ingest", token, message)
    assert (status, said["stage"], said["standing"], said["signature"]["verdict"]) == (201, "draft", None, "unsigned")
    assert [each["rule"] for each in said["why_not"]] == ["standing-none"]
    assert await door.asks("POST", "/ingest", token, message) == (201, said)
    assert await door.asks("GET", "/ingest/quake-1", token) == (200, said)
    other = await door.token(name="others")
    assert (await door.asks("GET", "/ingest/quake-1", other))[0] == 404
    assert (await door.asks("POST", "/ingest", other, message))[0] == 409


async def test_a_token_opens_nothing_before_a_second_administrator_agreed(door: Door) -> None:
    payload = {"name": "eager", "unit": "office", "scopes": ["ingest"], "days": 1}
    asked = await door.town.hub.administration.propose(door.administrators[0], "service-create", payload)
    assert (await door.asks("GET", "/ingest/x", asked.told["token"]))[0] == 401
    assert asked.request is not None
    with pytest.raises(Forbidden) as refused:
        await door.town.hub.administration.approve(door.administrators[0], asked.request.id, asked.request.digest)
    assert refused.value.rule == "SEP-5"


async def test_the_token_of_an_official_opens_no_ingest_and_that_of_a_service_nothing_else(door: Door) -> None:
    token = await door.token()
    for name in ("author", "releaser", "monitor"):
        assert (await door.asks("POST", "/ingest", door.official(name), b"<alert/>"))[0] == 401
    for method, path in (("GET", "/alerts"), ("POST", "/alerts"), ("GET", "/standing"), ("POST", "/alerts/1/release")):
        assert (await door.asks(method, path, token, b"{}" if method == "POST" else None))[0] == 401, path


async def test_a_token_that_is_revoked_expired_forged_or_too_narrow_opens_nothing(door: Door) -> None:
    token = await door.token(days=1)
    body = write(quake(door.town.clock.now()))
    narrow = await door.token("standing", name="narrow")
    assert (await door.asks("POST", "/ingest", narrow, body))[0] == 403
    for forged in ("fhs_", "fhs_" + "a" * 43, token[:-1], token + "x", token.removeprefix("fhs_")):
        assert (await door.asks("POST", "/ingest", forged, body))[0] == 401
    door.town.clock.advance(24 * 3600)
    assert (await door.asks("POST", "/ingest", token, body))[0] == 401
    fresh = await door.token(name="fresh")
    known = await door.town.hub.db.read(lambda connection: services.by_name(connection, "fresh"))
    assert known is not None
    await door.town.hub.administration.propose(door.administrators[0], "service-revoke", {"service": known.id})
    status, said = await door.asks("POST", "/ingest", fresh, body)
    assert (status, said["rule"]) == (401, "service-revoked")


async def test_only_the_hash_of_a_token_is_kept(door: Door) -> None:
    token = await door.token()
    kept = await door.town.hub.db.read(
        lambda connection: connection.exec_driver_sql("SELECT token_hash FROM services").scalars().all()
    )
    assert all(token not in each and len(each) == 64 for each in kept)


async def test_a_token_of_ones_own_entered_or_moved_in_sql_opens_no_other_service(door: Door) -> None:
    mine, theirs = await door.token("ingest", name="mine"), await door.token(name="theirs")
    body = write(quake(door.town.clock.now()))
    forged = "fhs_" + "a" * 43
    await door.town.sql(
        "UPDATE services SET token_hash = ? WHERE name = 'theirs'", hashlib.sha256(forged.encode()).hexdigest()
    )
    assert (await door.asks("POST", "/ingest", forged, body))[0] == 401
    await door.town.sql("UPDATE services SET token_hash = 'moved' WHERE name = 'theirs'")
    await door.town.sql("UPDATE services SET name = 'once mine' WHERE name = 'mine'")
    await door.town.sql("UPDATE services SET name = 'mine' WHERE name = 'theirs'")
    for token in (mine, theirs):
        assert (await door.asks("POST", "/ingest", token, body))[0] == 401
    await door.town.sql("UPDATE services SET name = 'gone' WHERE name = 'mine'")
    await door.town.sql("UPDATE services SET name = 'mine' WHERE name = 'once mine'")
    assert (await door.asks("POST", "/ingest", mine, body))[0] < 300  # as it was entered, it still opens
    for change in ("scopes = 'ingest,standing'", "unit = 'office of others'"):
        await door.town.sql(f"UPDATE services SET {change} WHERE name = 'mine'")
        assert (await door.asks("POST", "/ingest", mine, body))[0] == 401


async def test_ingest_takes_cap_and_nothing_else(door: Door) -> None:
    token = await door.token()
    assert (await door.asks("POST", "/ingest", token, b"{}", "application/json"))[0] == 415
    assert (await door.asks("POST", "/ingest", token, b"<nothing/>"))[0] == 422


async def test_a_signer_enters_the_trust_list_under_four_eyes_and_leaves_it_by_one(door: Door) -> None:
    sensor = await Sensor.known(door.town, trusted=False)
    line = {"sender": "quake@sensor.example", "areas": [BAOTA], "events": ["地震"], "days": 100}
    await door.enters("trust-add", line | {"certificate": sensor.pen.pem})
    taken = await sensor.sends(quake(door.town.clock.now()), signed=True)
    assert taken.signature["verdict"] == "valid"
    [known] = await door.town.hub.db.read(trust.everything)
    await door.town.hub.administration.propose(door.administrators[1], "trust-revoke", {"trust": known.id})
    with pytest.raises(Forbidden) as refused:
        await sensor.sends(quake(door.town.clock.now(), "quake-2"), signed=True)
    assert refused.value.rule == "signature-untrusted"
    with pytest.raises(Invalid):
        await door.town.hub.administration.propose(door.administrators[0], "trust-add", line | {"certificate": "none"})


async def test_the_same_message_at_two_doors_at_the_same_moment_is_one_draft_and_one_answer(door: Door) -> None:
    sensor = await Sensor.known(door.town)
    other = door.town.build()
    messages = [write(quake(door.town.clock.now(), f"quake-{number}")) for number in range(5)]
    try:
        hubs = (door.town.hub, other)
        taken = await asyncio.gather(*(hub.ingest.take(sensor.caller, cap) for cap in messages for hub in hubs))
    finally:
        await other.aclose()
    assert taken[::2] == taken[1::2]
    assert len({each.alert for each in taken}) == len(messages)
