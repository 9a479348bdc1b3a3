"""A NUL, half a surrogate pair or an integer beyond 64 bits is refused at any endpoint by its field, never a failure."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from approvals.official import Right
from hub.access.permissions import HOLDERS
from hub.web import guard
from hub.web.api.endpoint import Route, ServiceHandler
from hub.web.api.routes import ENDPOINTS
from tests.far_moments import FAR_MOMENTS
from tests.stories.town import Cast, Town

BAD = ("a\0b", "a\ud800b")
JSON_BODIES = [each for each in ENDPOINTS if each.takes_body and isinstance(each.body, type)]
FIELDS = [(each, name) for each in JSON_BODIES for name in each.body.model_fields]
QUERIES = [(each, param.name) for each in ENDPOINTS for param in each.params if param.where == "query"]
NAMED_PATHS = [each for each in ENDPOINTS if re.search(r"\{\w+\}", each.path)]


MOMENTS = [
    (each, name)
    for each in JSON_BODIES
    for name, schema in each.body.model_json_schema()["properties"].items()
    if "date-time" in json.dumps(schema)
]


def named(value: object) -> str | None:
    return value.name if isinstance(value, Route) else None


def path_of(endpoint: Route, text: str = "1") -> str:
    """The path with every part filled: numbers by 1, words by `text`."""
    return re.sub(r"\{\w+\}", text, re.sub(r"\{\w+:[^{}]*(\{[^{}]*\}[^{}]*)*\}", "1", endpoint.path))


@pytest.fixture
def caller(api, hub, client) -> Callable[..., Awaitable[Any]]:
    """Calls an endpoint as somebody who holds a right to it; of machines the door is reached without one."""
    keeper = hub.add_official("Keeper", Right.ADMINISTER)

    async def call(endpoint: Route, path: str, **options: Any) -> Any:
        who = keeper if HOLDERS.get(endpoint.permission) == {Right.ADMINISTER} else api.official
        headers = {"If-Match": '"1"'} | (hub.bearer(who) if not isinstance(endpoint.handler, ServiceHandler) else {})
        return await client.request(endpoint.method, f"/api/v1{path}", headers=headers, **options)

    return call


def test_the_table_has_bodies_queries_and_paths_to_try() -> None:
    assert (len(FIELDS) > 50, len(QUERIES) > 20, len(NAMED_PATHS) > 0, len(MOMENTS) > 2) == (True, True, True, True)


@pytest.mark.parametrize(("endpoint", "name"), FIELDS, ids=named)
async def test_a_field_of_a_body_is_refused_by_its_name(caller, refused, endpoint: Route, name: str) -> None:
    for bad in BAD:
        for value, place in ((bad, name), ([bad], f"{name}.0"), ({"inner": bad}, f"{name}.inner")):
            response = await caller(endpoint, path_of(endpoint), json={name: value})
            problem = await refused(response, 422, "text-unstorable")
            assert (problem["place"], bad in problem["detail"]) == (place, False)


@pytest.mark.parametrize(("endpoint", "name"), FIELDS, ids=named)
async def test_an_integer_beyond_64_bits_is_refused_by_its_field(caller, refused, endpoint: Route, name: str) -> None:
    for beyond in (2**63, -(10**40)):
        for value, place in ((beyond, name), ({"zh": [beyond]}, f"{name}.zh.0")):
            response = await caller(endpoint, path_of(endpoint), json={name: value})
            assert (await refused(response, 422, "number-unstorable"))["place"] == place


@pytest.mark.parametrize(("endpoint", "name"), MOMENTS, ids=named)
async def test_a_moment_that_not_every_zone_can_tell_is_refused_by_its_field(
    caller, endpoint: Route, name: str
) -> None:
    for far in FAR_MOMENTS:
        response = await caller(endpoint, path_of(endpoint), json={name: far})
        said = await response.json(content_type="application/problem+json")
        assert response.status == 422
        assert {"rule": "field-value-error", "element": name}.items() <= next(
            finding for finding in said["findings"] if finding["element"] == name
        ).items()


@pytest.mark.parametrize(("endpoint", "name"), QUERIES, ids=named)
async def test_a_parameter_of_a_query_is_refused_by_its_name(caller, refused, endpoint: Route, name: str) -> None:
    problem = await refused(await caller(endpoint, f"{path_of(endpoint)}?{name}=a%00b"), 422, "text-unstorable")
    assert problem["place"] == name


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
async def test_the_name_of_a_parameter_is_refused_too(caller, refused, endpoint: Route) -> None:
    await refused(await caller(endpoint, f"{path_of(endpoint)}?a%00b=1"), 422, "text-unstorable")


@pytest.mark.parametrize("endpoint", NAMED_PATHS, ids=named)
async def test_a_word_of_a_path_is_refused(caller, refused, endpoint: Route) -> None:
    await refused(await caller(endpoint, path_of(endpoint, "a%00b")), 422, "text-unstorable")


@pytest.mark.parametrize("header", ["Authorization", "Cookie", "If-None-Match"])
@pytest.mark.parametrize("path", ["/api/v1/alerts", "/console", "/feeds", "/subscribe"])
async def test_a_header_that_is_not_utf8_is_refused_by_its_name(client, header: str, path: str) -> None:
    reader, writer = await asyncio.open_connection(client.server.host, client.server.port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n{header}: Bearer a".encode() + b"\xff\r\n\r\n"
    )
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    problem = json.loads(body)
    assert head.startswith(b"HTTP/1.1 422 ")
    assert (problem["rule"], problem["place"]) == ("text-unstorable", header)


@pytest.fixture
async def there(settle: Callable[[Cast], Awaitable[Town]]) -> Town:
    return await settle(Cast(bridge=1, river=0, hills=0))


@pytest.fixture
def keeps_area(there: Town) -> Callable[[], Awaitable[tuple[int, str]]]:
    """What keeping an area under a name with a NUL comes to, over the API and on this database."""

    async def keep() -> tuple[int, str]:
        author = there.officials["author"]
        token = there.hub.tokens.issue(author.id, author.name, author.rights)
        url = f"{there.hub.settings.public_url}/api/v1/areas/a%00b"
        body = {"regions": ["610602001000"]}
        async with (
            aiohttp.ClientSession() as http,
            http.put(url, json=body, headers={"Authorization": f"Bearer {token}"}) as answer,
        ):
            return answer.status, (await answer.json(content_type=None)).get("rule", "")

    return keep


async def test_a_name_with_a_nul_is_refused_on_either_database(keeps_area) -> None:
    assert await keeps_area() == (422, "text-unstorable")


async def test_without_the_check_the_databases_would_part_ways(
    there: Town, keeps_area, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "demand_storable", lambda *_: None)
    status, rule = await keeps_area()
    failed = there.hub.db.dialect == "postgresql"
    assert (status, rule) == ((500, "internal") if failed else (200, ""))
