"""Idempotency-Key: one key, one effect, one answer."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from approvals.official import Right
from hub.alert.lifecycle import Stage
from hub.errors import Invalid
from hub.store.schema import idempotency
from hub.store.sql.database import StoreUnavailable

KEY = {"Idempotency_Key": "f00d-1"}


async def test_a_repeat_gets_the_same_answer_and_does_nothing(api, hub):
    first = await api.post_cap(**KEY)
    again = await api.post_cap(**KEY)
    assert (first.status, again.status) == (201, 201)
    assert await first.read() == await again.read()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    for name in ("Location", "ETag", "Content-Type"):
        assert first.headers[name] == again.headers[name]
    assert len(hub.writes.calls) == 1


async def test_without_a_key_every_request_counts(api, hub):
    await api.post_cap()
    await api.post_cap()
    assert len(hub.writes.calls) == 2


async def test_a_refusal_is_repeated_like_any_answer(api, hub, make_view, refused):
    hub.alerts.views[1] = make_view(1)
    options = {"data": b"<a/>", "headers": {"Content-Type": "application/xml", "If-Match": "2", "Idempotency-Key": "k"}}
    await refused(await api.call("PUT", "/alerts/1", **options), 409, "version")
    hub.alerts.views[1] = make_view(1, version=2)
    again = await api.call("PUT", "/alerts/1", **options)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (409, "true")


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/alerts", "data": b"<other/>"},
        {"path": "/alerts?channels=sms"},
        {"path": "/alerts/1/update"},
        {"path": "/alerts", "Content_Type": "application/xml"},
    ],
)
async def test_a_key_used_for_another_request_is_refused(api, hub, refused, other):
    await api.post_cap(**KEY)
    await refused(await api.post_cap(**(other | KEY)), 422, "idempotency-reused")
    assert len(hub.writes.calls) == 1


async def test_a_key_belongs_to_its_official(api, hub):
    await api.post_cap(**KEY)
    wang = hub.add_official("Wang", Right.DRAFT)
    headers = hub.bearer(wang) | {"Content-Type": "application/cap+xml", "Idempotency-Key": KEY["Idempotency_Key"]}
    response = await api.client.post("/api/v1/alerts", data=b"<b/>", headers=headers)
    assert response.status == 201
    assert [call[1] for call in hub.writes.calls] == [api.official.id, wang.id]


async def test_a_second_request_while_the_first_runs_is_told_so(api, hub, refused):
    started, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        started.set()
        await go.wait()

    hub.writes.before = hold
    first = asyncio.create_task(api.post_cap(**KEY))
    await started.wait()
    await refused(await api.post_cap(**KEY), 409, "idempotency-running")
    go.set()
    assert (await first).status == 201
    assert len(hub.writes.calls) == 1


async def test_of_many_at_once_exactly_one_is_carried_out(api, hub):
    answers = await asyncio.gather(*(api.post_cap(**KEY) for _ in range(12)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert len(hub.writes.calls) == 1
    assert len(hub.alerts.views) == 1


@pytest.mark.parametrize("error", [StoreUnavailable("away"), RuntimeError("a bug")])
async def test_a_failure_of_ours_leaves_the_key_free(api, hub, error):
    async def fail() -> None:
        raise error

    hub.writes.before = fail
    assert (await api.post_cap(**KEY)).status >= 500
    hub.writes.before = None
    again = await api.post_cap(**KEY)
    assert again.status == 201
    assert "Idempotency-Replayed" not in again.headers


async def test_a_claim_whose_process_died_can_be_taken_over_after_its_lease(api, hub, clock, refused):
    async def die() -> None:
        raise asyncio.CancelledError

    hub.writes.before = die
    with pytest.raises(Exception, match="disconnected"):
        await api.post_cap(**KEY)
    hub.writes.before = None
    await refused(await api.post_cap(**KEY), 409, "idempotency-running")
    clock.advance(121)
    assert (await api.post_cap(**KEY)).status == 201


async def test_answers_are_kept_for_a_day(api, hub, clock):
    await api.post_cap(**KEY)
    clock.advance(3600 * 7)
    assert (await api.post_cap(**KEY)).headers["Idempotency-Replayed"] == "true"
    clock.advance(3600 * 18)
    assert "Idempotency-Replayed" not in (await api.post_cap(**KEY)).headers


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
async def test_a_key_that_is_no_key_is_refused(api, hub, refused, key):
    await refused(await api.post_cap(Idempotency_Key=key), 400, "idempotency-key")
    assert hub.writes.calls == []


async def test_a_refused_document_is_refused_again_with_its_findings(api, hub):
    finding = {"rule": "S3", "element": "alert/info", "level": "error", "text": "missing"}

    async def refuse() -> None:
        raise Invalid("unreadable", rule="cap-refused", place="alert/info", findings=[finding])

    hub.writes.before = refuse
    first, again = [await api.post_cap(**KEY) for _ in range(2)]
    assert await first.read() == await again.read()
    assert (await again.json(content_type=None))["findings"] == [finding]
    assert all(view.stage is not Stage.DRAFT for view in hub.alerts.views.values())


async def test_what_is_told_of_a_person_is_not_kept_to_be_repeated(api, hub):
    body = {"recipient": "bridge-0", "plan": {"regions": ["500229000000"]}}
    answers = [
        await api.call("POST", "/recipients/explain", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [200, 200]
    assert len(hub.explaining.calls) == 2
    with hub.db.engine.connect() as connection:
        assert connection.execute(select(idempotency)).all() == []
