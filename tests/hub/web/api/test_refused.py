"""A refused attempt to change something is a fact, and stands in the audit log once."""

from __future__ import annotations

from typing import Any

import orjson

from approvals.official import Right
from hub.store.records import audit

SUBMIT = r"POST /alerts/{id:\d{1,18}}/submit"


async def refusals(hub: Any) -> list[tuple[str, str, str, int]]:
    """(actor, subject, rule, status), oldest first."""
    found = await hub.db.read(lambda connection: list(audit.entries(connection)))
    details = [(entry, orjson.loads(entry.detail)) for entry in found if entry.action == "refused"]
    return [(entry.actor, entry.subject, detail["rule"], detail["status"]) for entry, detail in details]


async def test_callers_who_are_not_signed_in_are_noted_once_a_minute(client: Any, hub: Any, clock: Any) -> None:
    for _ in range(3):
        response = await client.post("/api/v1/alerts/1/submit", json={"version": 1})
        assert response.status == 401
    once = ("unknown", SUBMIT, "token-missing", 401)
    assert await refusals(hub) == [once]
    clock.advance(60)
    await client.post("/api/v1/alerts/1/submit", json={"version": 1})
    assert await refusals(hub) == [once, once]


async def test_an_official_without_the_right_is_noted_by_name(client: Any, hub: Any) -> None:
    monitor = hub.add_official("Zhou", Right.MONITOR)
    response = await client.post("/api/v1/alerts/1/submit", json={"version": 1}, headers=hub.bearer(monitor))
    assert response.status == 403
    assert await refusals(hub) == [("Zhou", SUBMIT, "right-missing", 403)]


async def test_a_body_that_names_another_actor_is_noted_without_what_it_says(api: Any, hub: Any) -> None:
    body = {"version": 1, "created_by": "somebody-else"}
    response = await api.call("POST", "/alerts/1/submit", json=body, headers={"Idempotency-Key": "k-1"})
    assert response.status == 422
    ((actor, subject, _, status),) = await refusals(hub)
    assert (actor, subject, status) == ("Li", SUBMIT, 422)
    entries = await hub.db.read(lambda connection: list(audit.entries(connection)))
    assert not any("somebody-else" in entry.detail for entry in entries)


async def test_a_read_that_is_refused_is_not_noted(client: Any, hub: Any) -> None:
    assert (await client.get("/api/v1/alerts")).status == 401
    assert await refusals(hub) == []


async def test_a_question_that_needs_a_body_changes_nothing_and_its_refusal_is_not_noted(api: Any, hub: Any) -> None:
    for path in ("/recipients/count", "/recipients/explain", "/estimate"):
        assert (await api.call("POST", path, json={"nobody": "asked"})).status == 422
    assert await refusals(hub) == []
