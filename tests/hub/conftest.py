"""The hub in memory, with its officials and its HTTP face; an office with its administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from approvals.official import Official, Right
from hub.access.identity.tokens import Tokens
from hub.alert.views import AlertView, Progress
from hub.store.sql.database import Database
from hub.web.server import create_app
from hub.web.streams import StreamPace
from tests.hub.bureau import Bureau
from tests.hub.fakes import CAP, FakeHub, progress_of, view_of
from tests.stories.places import place, settle, town  # noqa: F401


@pytest.fixture
def signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def tokens(signing_key: Ed25519PrivateKey, clock: Any) -> Tokens:
    return Tokens(signing_key, "k1", "fenghuo", "fenghuo-api", clock, 8.0)


@pytest.fixture
def hub(sqlite_db: Database, clock: Any, tokens: Tokens) -> FakeHub:
    """A hub around a real SQLite file."""
    return FakeHub(sqlite_db, clock, tokens)


@pytest.fixture
def everyone(hub: FakeHub) -> Official:
    """An official with every right but administration."""
    return hub.add_official("Li", *(right for right in Right if right is not Right.ADMINISTER))


@pytest.fixture
async def client(hub: FakeHub) -> AsyncIterator[TestClient[Any, Any]]:
    """The application behind a real socket, with no headers set."""
    pace = StreamPace(beat_s=0.01, heartbeat_s=0.02, longest_s=30.0, most=2, recheck_s=0.02)
    async with TestClient(TestServer(create_app(hub, pace))) as client:
        yield client


class Api:
    """The client with one official's credential."""

    def __init__(self, client: TestClient[Any, Any], hub: FakeHub, official: Official) -> None:
        self.client, self.hub, self.official = client, hub, official

    async def call(self, method: str, path: str, **options: Any) -> ClientResponse:
        headers = self.hub.bearer(self.official) | options.pop("headers", {})
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **options)

    async def post_cap(self, path: str = "/alerts", data: bytes = CAP, **headers: str) -> ClientResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call("POST", path, data=data, headers={"Content-Type": "application/cap+xml"} | names)


@pytest.fixture
def api(client: TestClient[Any, Any], hub: FakeHub, everyone: Official) -> Api:
    return Api(client, hub, everyone)


async def problem_of(response: ClientResponse, status: int, rule: str) -> dict[str, Any]:
    """The problem document of a refusal, checked for its shape."""
    body = await response.json(content_type="application/problem+json")
    assert (response.status, body["status"], body["rule"]) == (status, status, rule), body
    assert body["type"] == f"urn:fenghuo:problem:{rule}"
    assert body["title"]
    assert body["detail"]
    assert body["request"] == response.headers["X-Request-Id"]
    return body


@pytest.fixture
def refused() -> Callable[..., Awaitable[dict[str, Any]]]:
    return problem_of


@pytest.fixture
def make_view() -> Callable[..., AlertView]:
    return view_of


@pytest.fixture
def make_progress() -> Callable[..., Progress]:
    return progress_of


@pytest.fixture
async def bureau(db: Database, clock: Any, tmp_path: Path) -> Bureau:
    return await Bureau(db, clock, tmp_path).open()
