"""The server around every route: credentials, problem documents, headers, health, metrics."""

from __future__ import annotations

import asyncio
import json

import pytest
from structlog.testing import capture_logs

from approvals.official import Right
from hub.alert.lifecycle import UNRELEASED
from hub.store.access import officials
from hub.web.streams import StreamPace, Streams


async def test_every_refusal_is_a_problem_document_even_of_an_unknown_path(client, refused):
    await refused(await client.get("/nowhere"), 404, "no-such-resource")
    response = await client.delete("/api/v1/alerts")
    await refused(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET,POST"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer  "},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Cookie": "fenghuo_session={token}"},
        {"X-Token": "{token}"},
    ],
)
async def test_a_token_anywhere_but_in_the_bearer_header_is_no_credential(client, hub, everyone, refused, headers):
    token = hub.tokens.issue(everyone.id, everyone.name, everyone.rights)
    filled = {name: value.format(token=token) for name, value in headers.items()}
    response = await client.get("/api/v1/alerts", headers=filled)
    await refused(response, 401, "token-missing")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_an_official_out_of_office_is_turned_away_though_the_token_still_lives(client, hub, everyone, refused):
    headers = hub.bearer(everyone)
    assert (await client.get("/api/v1/alerts", headers=headers)).status == 200
    await hub.db.write(lambda connection: officials.set_active(connection, everyone.id, active=False))
    await refused(await client.get("/api/v1/alerts", headers=headers), 401, "official-unknown")


async def test_a_token_cannot_give_a_right_the_office_lacks(client, hub, refused):
    monitor = hub.add_official("Zhao", Right.MONITOR)
    headers = hub.bearer(monitor, rights=frozenset(Right))
    response = await client.post("/api/v1/alerts", data=b"<a/>", headers=headers)
    await refused(response, 403, "right-missing")


async def test_a_token_can_carry_less_than_the_office_gives(client, hub, everyone, refused):
    headers = hub.bearer(everyone, rights=frozenset({Right.MONITOR}))
    await refused(await client.post("/api/v1/alerts", data=b"<a/>", headers=headers), 403, "right-missing")
    assert (await client.get("/api/v1/alerts", headers=headers)).status == 200


async def test_an_expired_token_is_refused_and_not_quoted(client, hub, everyone, clock, refused):
    headers = hub.bearer(everyone)
    clock.advance(9 * 3600)
    response = await client.get("/api/v1/alerts", headers=headers)
    await refused(response, 401, "token-expired")
    assert headers["Authorization"][7:20] not in await response.text()


async def test_an_unforeseen_error_tells_nothing_but_the_request_to_look_up(client, hub, everyone, refused):
    async def burst(*_: object) -> None:
        raise RuntimeError("password=hunter2 +8613800138000")

    hub.alerts.page = burst
    with capture_logs() as logs:
        response = await client.get("/api/v1/alerts", headers=hub.bearer(everyone) | {"X-Request-Id": "look-here"})
    problem = await refused(response, 500, "internal")
    assert "hunter2" not in json.dumps(problem)
    (entry,) = [log for log in logs if log["event"] == "request_failed"]
    assert (entry["request_id"], entry["error"]) == ("look-here", "RuntimeError")
    assert "hunter2" not in json.dumps(entry)


@pytest.mark.parametrize("given", ["", "a b", "<script>", "x" * 65])
async def test_a_request_id_that_could_not_be_logged_safely_is_replaced(client, given):
    response = await client.get("/healthz", headers={"X-Request-Id": given})
    assert response.headers["X-Request-Id"] not in {"", given}


@pytest.mark.parametrize(
    "path", ["/healthz", "/nowhere", "/api/v1/alerts", "/api/v1/openapi.json", "/console", "/feeds"]
)
async def test_every_answer_carries_the_security_headers(client, path):
    headers = (await client.get(path, allow_redirects=False)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in {"no-referrer", "same-origin"}


async def test_health_answers_when_everything_else_is_away(client, hub):
    hub.queue.alive = False
    assert (await client.get("/healthz")).status == 200


async def test_readiness_names_the_part_that_is_away(client, hub):
    ready = await client.get("/readyz")
    assert (ready.status, await ready.json()) == (200, {"status": "ok", "parts": {"database": "ok", "queue": "ok"}})
    hub.queue.alive = False
    away = await client.get("/readyz")
    assert (away.status, (await away.json())["parts"]) == (503, {"database": "ok", "queue": "away"})


async def test_readiness_needs_a_database_that_takes_writes(client, hub):
    with hub.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE leases")
    away = await client.get("/readyz")
    assert (await away.json())["parts"]["database"] == "away"


async def test_a_body_that_trickles_is_not_waited_for(client, hub, everyone, monkeypatch):
    monkeypatch.setattr("hub.web.body.PATIENCE_S", 0.05)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    credential = hub.bearer(everyone)["Authorization"]
    head = f"POST /api/v1/alerts HTTP/1.1\r\nHost: h\r\nAuthorization: {credential}\r\n"
    writer.write(f"{head}Content-Type: application/xml\r\nContent-Length: 10\r\n\r\n<".encode())
    assert b" 408 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert hub.writes.calls == []


async def test_the_published_key_is_public_and_only_public(client, hub):
    body = await (await client.get("/.well-known/jwks.json")).json()
    assert body == hub.tokens.jwks()
    assert set(body["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg"}


async def test_metrics_count_by_route_and_never_by_what_was_asked_for(client, hub, everyone):
    headers = hub.bearer(everyone)
    await client.get("/api/v1/alerts/4711", headers=headers)
    await client.get("/nowhere/+8613800138000")
    text = await (await client.get("/metrics")).text()
    assert 'fenghuo_http_requests_total{method="GET",route="/api/v1/alerts/{id}",status="404"} 1.0' in text
    assert 'route="unmatched"' in text
    assert "4711" not in text
    assert "13800138000" not in text


async def test_a_method_nobody_serves_is_no_label(client):
    await client.request("PROPFIND", "/healthz")
    text = await (await client.get("/metrics")).text()
    assert "PROPFIND" not in text
    assert 'method="other"' in text


async def events_of(response) -> list[tuple[str, dict]]:
    """Every event of a stream until it ends."""
    blocks = (await response.text()).split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks if block.startswith("event")]
    return [(field["event"], json.loads(field["data"])) for field in fields]


async def test_a_stream_tells_each_change_once_and_ends_when_settled(api, hub, make_view, make_progress):
    hub.alerts.views[1] = make_view(1)
    begin, end = make_progress(1), make_progress(1, settled=True)
    hub.alerts.steps[1] = [begin, begin, begin, end]
    response = await api.call("GET", "/alerts/1/events")
    assert response.content_type == "text/event-stream"
    events = await events_of(response)
    assert [name for name, _ in events] == ["progress", "progress", "end"]
    assert [data["settled"] for _, data in events[:2]] == [False, True]


@pytest.mark.parametrize("stage", sorted(UNRELEASED))
async def test_a_stream_opened_before_the_release_waits_for_it(api, hub, make_view, make_progress, stage):
    hub.alerts.views[1] = make_view(1)
    hub.alerts.steps[1] = [
        make_progress(1, stage=stage, settled=True),
        make_progress(1, stage="released", settled=False),
        make_progress(1, stage="released", settled=True),
    ]
    events = await events_of(await api.call("GET", "/alerts/1/events"))
    assert [data["stage"] for name, data in events if name == "progress"] == [stage, "released", "released"]


async def test_a_quiet_stream_beats_so_that_no_proxy_cuts_it(api, hub, make_view):
    hub.alerts.views[1] = make_view(1)
    response = await api.call("GET", "/alerts/1/events")
    lines = [await response.content.readuntil(b"\n\n") for _ in range(3)]
    assert lines[0].startswith(b"event: progress")
    assert lines[1:] == [b": still here\n\n"] * 2
    response.close()


async def test_more_streams_than_the_server_keeps_are_refused_and_places_come_free(api, hub, make_view, refused):
    hub.alerts.views[1] = make_view(1)
    open_streams = [await api.call("GET", "/alerts/1/events") for _ in range(2)]
    await refused(await api.call("GET", "/alerts/1/events"), 503, "streams-full")
    open_streams[0].close()
    async with asyncio.timeout(10):
        while (again := await api.call("GET", "/alerts/1/events")).status == 503:
            again.release()
    assert again.status == 200
    again.close()
    open_streams[1].close()


async def test_watchers_of_one_alert_share_its_query(hub, make_view, make_progress):
    go = asyncio.Event()
    asked = 0

    async def progress(alert_id: int):
        nonlocal asked
        asked += 1
        await go.wait()
        return make_progress(alert_id)

    hub.alerts.progress = progress
    streams = Streams(hub.alerts, StreamPace())
    watchers = [asyncio.create_task(streams.latest(1)) for _ in range(50)]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*watchers)
    assert asked == 1


async def test_a_store_that_goes_away_ends_a_stream_without_a_second_answer(api, hub, make_view):
    hub.alerts.views[1] = make_view(1)
    response = await api.call("GET", "/alerts/1/events")
    first = await response.content.readuntil(b"\n\n")
    assert first.startswith(b"event: progress")

    async def away(*_: object) -> None:
        raise RuntimeError("away")

    hub.alerts.progress = away
    rest = await response.content.read()
    assert b"HTTP/1.1" not in rest
    assert b"problem" not in rest
