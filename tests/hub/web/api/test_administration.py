"""Administration over the API: case 8 is refused there, not only on a page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from approvals.official import Right
from hub.access.administration.officials import official_kinds
from hub.access.administration.requests import Administration
from hub.store.access import officials

WORDS = SimpleNamespace(kinds={"government"}, offices=set())


@pytest.fixture
def office(hub):
    """The hub's own administration, and two who administer."""
    kinds = {kind.name: kind for kind in official_kinds(WORDS)}
    hub.administration = Administration(hub.db, hub.clock, None, kinds, 1.0, bytes)
    return hub.add_official("Ann", Right.ADMINISTER), hub.add_official("Bob", Right.ADMINISTER)


@pytest.fixture
def call(client, hub):
    async def call(official, method, path, body=None):
        headers = hub.bearer(official)
        return await client.request(method, f"/api/v1{path}", headers=headers, json=body)

    return call


async def test_a_grant_is_asked_for_by_one_and_agreed_to_by_another(call, office, hub):
    ann, bob = office
    wang = hub.add_official("Wang", Right.DRAFT)
    body = {"kind": "right-grant", "payload": {"official": wang.id, "right": "review"}}
    asked = await call(ann, "POST", "/admin/requests", body)
    assert asked.status == 201
    request = (await asked.json())["request"]
    listed = await (await call(bob, "GET", "/admin/requests?state=pending")).json()
    assert [one["digest"] for one in listed] == [request["digest"]]
    agreed = await call(bob, "POST", f"/admin/requests/{request['id']}/approve", {"digest": request["digest"]})
    assert (await agreed.json())["done"] is True
    record = await hub.db.read(lambda connection: officials.by_id(connection, wang.id))
    assert record.official.rights == {Right.DRAFT, Right.REVIEW}


async def test_case_8_the_one_who_asked_calls_the_api_directly(call, office, hub, refused):
    ann, _ = office
    wang = hub.add_official("Wang", Right.DRAFT)
    body = {"kind": "right-grant", "payload": {"official": wang.id, "right": "review"}}
    request = (await (await call(ann, "POST", "/admin/requests", body)).json())["request"]
    answer = await call(ann, "POST", f"/admin/requests/{request['id']}/approve", {"digest": request["digest"]})
    await refused(answer, 403, "SEP-5")
    record = await hub.db.read(lambda connection: officials.by_id(connection, wang.id))
    assert record.official.rights == {Right.DRAFT}


async def test_case_7_nobody_asks_in_the_name_of_another(call, office, refused):
    ann, bob = office
    payload = {"official": bob.id, "right": "monitor"}
    body = {"kind": "right-grant", "payload": payload, "requested_by": bob.id}
    await refused(await call(ann, "POST", "/admin/requests", body), 422, "field-unknown")
    body = {"kind": "right-grant", "payload": {**payload, "requested_by": bob.id}}
    await refused(await call(ann, "POST", "/admin/requests", body), 422, "admin-payload")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/requests"),
        ("POST", "/admin/requests"),
        ("POST", "/admin/requests/1/approve"),
        ("POST", "/admin/requests/1/reject"),
        ("GET", "/officials"),
        ("GET", "/units"),
    ],
)
async def test_none_of_it_is_there_for_whoever_does_not_administer(call, office, everyone, refused, method, path):
    assert office
    await refused(await call(everyone, method, path, {} if method == "POST" else None), 403, "right-missing")


async def test_a_request_is_refused_with_a_reason_and_taken_rights_need_no_second(call, office, hub):
    ann, bob = office
    wang = hub.add_official("Wang", Right.DRAFT, Right.REVIEW)
    body = {"kind": "right-grant", "payload": {"official": wang.id, "right": "sign"}}
    request = (await (await call(ann, "POST", "/admin/requests", body)).json())["request"]
    answer = await call(bob, "POST", f"/admin/requests/{request['id']}/reject", {"reason": "too many"})
    assert (await answer.json())["state"] == "rejected"
    body = {"kind": "right-revoke", "payload": {"official": wang.id, "right": "review"}}
    assert (await (await call(ann, "POST", "/admin/requests", body)).json())["done"] is True


async def test_an_administrator_sees_who_is_in_office_and_in_which_unit(call, office):
    ann, _ = office
    rows = await (await call(ann, "GET", "/officials")).json()
    assert [(row["name"], row["kind"], row["active"]) for row in rows] == [
        ("Ann", "government", True),
        ("Bob", "government", True),
    ]
    [unit] = await (await call(ann, "GET", "/units")).json()
    assert (unit["name"], unit["kind"], unit["active"]) == ("Office", "government", True)


async def test_a_state_that_is_none_is_refused_by_name(call, office, refused):
    await refused(await call(office[0], "GET", "/admin/requests?state=open"), 400, "state-unknown")
