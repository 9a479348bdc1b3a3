"""The API as a client meets it: over a socket, with a credential."""

from __future__ import annotations

import io
from typing import Any

import pytest

from approvals.official import Right
from hub.alert.lifecycle import Stage
from hub.alert.views import PlanRequest
from hub.store.register import regions
from hub.store.register.regions import NewRegion

CAP = b'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>'
DIGEST = "fh3:" + "ab" * 32


async def test_a_posted_alert_becomes_a_draft_of_the_one_who_posted_it(api, hub):
    response = await api.call(
        "POST",
        "/alerts?channels=sms,voice&channels=sms&regions=610000000000&groups=schools",
        data=CAP,
        headers={"Content-Type": "application/xml"},
    )
    assert response.status == 201
    assert response.headers["Location"] == "/api/v1/alerts/1"
    assert response.headers["ETag"] == '"1"'
    assert (await response.json())["stage"] == "draft"
    plan = PlanRequest(("sms", "voice"), frozenset({"610000000000"}), frozenset({"schools"}))
    assert hub.writes.calls == [("create", api.official.id, CAP, plan)]


@pytest.mark.parametrize(
    ("path", "body", "call"),
    [
        ("submit", {"version": 3}, ("submit", 1, 3, "full")),
        ("submit", {"version": 3, "path": "emergency"}, ("submit", 1, 3, "emergency")),
        ("release", {"digest": DIGEST}, ("release", 1, DIGEST)),
        ("cancel", {"note": "over"}, ("cancel", 1, "over", {}, "lifted")),
        (
            "cancel",
            {"notes": {"zh": "误发"}, "ending": "issued_in_error"},
            ("cancel", 1, "", {"zh": "误发"}, "issued_in_error"),
        ),
        ("withdraw", {"reason": "wrong place"}, ("withdraw", 1, "wrong place")),
        (
            "decisions",
            {"step": "sign", "verdict": "approve", "digest": DIGEST},
            ("decide", 1, {"step": "sign", "verdict": "approve", "digest": DIGEST, "reason": "", "proof": ""}),
        ),
    ],
)
async def test_every_step_reaches_its_service_with_the_signed_in_official(api, hub, make_view, path, body, call):
    hub.alerts.views[1] = make_view(1)
    response = await api.call("POST", f"/alerts/1/{path}", json=body)
    assert response.status in {200, 201}, await response.text()
    assert hub.writes.calls == [(call[0], api.official.id, *call[1:])]


@pytest.mark.parametrize("name", ["official", "actor", "official_id", "created_by"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("submit", {"version": 3}),
        ("release", {"digest": DIGEST}),
        ("cancel", {"note": "over"}),
        ("withdraw", {"reason": "x"}),
        ("decisions", {"step": "sign", "verdict": "approve", "digest": DIGEST}),
    ],
)
async def test_a_body_that_names_an_actor_is_refused(api, make_view, refused, path, body, name):
    hub = api.hub
    hub.alerts.views[1] = make_view(1)
    response = await api.call("POST", f"/alerts/1/{path}", json=body | {name: 1})
    assert (await refused(response, 422, "field-unknown"))["place"] == name
    assert hub.writes.calls == []


@pytest.mark.parametrize(
    ("body", "rule", "place"),
    [
        (b"", "not-json", ""),
        (b"[]", "field-model-type", ""),
        (b"{", "not-json", ""),
        (b"\xff\xfe", "not-json", ""),
        (b"{}", "field-missing", "version"),
        (b'{"version": "3"}', "field-int-type", "version"),
        (b'{"version": -1}', "field-greater-than-equal", "version"),
        (b'{"version": true}', "field-int-type", "version"),
        (b'{"version": 1e400}', None, None),
        (b"[" * 100_000, "not-json", ""),
    ],
)
async def test_a_bad_body_is_refused_by_place_and_rule(api, hub, make_view, body, rule, place):
    hub.alerts.views[1] = make_view(1)
    response = await api.call("POST", "/alerts/1/submit", data=body, headers={"Content-Type": "application/json"})
    problem = await response.json(content_type="application/problem+json")
    assert response.status == 422
    assert hub.writes.calls == []
    if rule is not None:
        assert (problem["rule"], problem["place"]) == (rule, place)


async def test_a_refusal_does_not_quote_what_was_sent(api, hub, make_view):
    hub.alerts.views[1] = make_view(1)
    secret = "+8613800138000"
    response = await api.call("POST", "/alerts/1/submit", json={"version": secret})
    assert response.status == 422
    assert secret not in await response.text()


async def test_an_edit_names_the_version_it_was_made_on(api, hub, make_view, refused):
    hub.alerts.views[1] = make_view(1)
    xml = {"Content-Type": "application/cap+xml"}
    await refused(await api.call("PUT", "/alerts/1", data=CAP, headers=xml), 428, "if-match-missing")
    for bad in ("*", '"1", "2"', "W/3", "three", "-1"):
        await refused(await api.call("PUT", "/alerts/1", data=CAP, headers=xml | {"If-Match": bad}), 400, "if-match")
    await refused(await api.call("PUT", "/alerts/1", data=CAP, headers=xml | {"If-Match": '"2"'}), 409, "version")
    done = await api.call("PUT", "/alerts/1", data=CAP, headers=xml | {"If-Match": '"3"'})
    assert (done.status, done.headers["ETag"]) == (200, '"3"')


async def test_pages_follow_each_other_until_the_end(api, hub, make_view):
    hub.alerts.views = {number: make_view(number) for number in range(1, 6)}
    seen: list[int] = []
    path: str | None = "/alerts?limit=2"
    while path:
        page = await (await api.call("GET", path)).json()
        seen += [item["id"] for item in page["items"]]
        path = f"/alerts?limit=2&cursor={page['next']}" if page["next"] else None
    assert seen == [5, 4, 3, 2, 1]


async def test_a_listing_can_be_of_one_stage(api, hub, make_view):
    hub.alerts.views = {1: make_view(1), 2: make_view(2, stage=Stage.DRAFT)}
    page = await (await api.call("GET", "/alerts?stage=draft")).json()
    assert [item["id"] for item in page["items"]] == [2]


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("limit=0", "query-number"),
        ("limit=201", "query-number"),
        ("limit=ten", "query-number"),
        ("limit=1&limit=2", "query-repeated"),
        ("cursor=-1", "query-number"),
        ("cursor=%D9%A3", "query-number"),
        ("stage=burning", "stage-unknown"),
        ("color=red", "parameter-unknown"),
        ("token=abc", "parameter-unknown"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused(api, refused, query, rule):
    await refused(await api.call("GET", f"/alerts?{query}"), 400, rule)


async def test_what_is_shown_of_an_alert_is_what_the_services_say(api, hub, make_view):
    hub.alerts.views[1] = make_view(1)
    assert (await (await api.call("GET", "/alerts/1")).json())["headline"] == "暴雨红色预警 1"
    cap = await api.call("GET", "/alerts/1/cap")
    assert (cap.content_type, await cap.read()) == ("application/cap+xml", CAP + b"<!-- 1 -->")
    forms = await (await api.call("GET", "/alerts/1/forms")).json()
    assert [form["digest"] for form in forms] == [form.digest for form in hub.alerts.shown_forms]
    progress = await (await api.call("GET", "/alerts/1/progress")).json()
    assert progress["persons"] == {"targeted": 100, "reached": 60, "confirmed": 10, "failed": 5, "unknown": 35}
    assert (await (await api.call("GET", "/alerts/1/report")).json())["alert"] == {"identifier": "flood-1"}


@pytest.mark.parametrize("path", ["", "/cap", "/forms", "/progress", "/report", "/events"])
async def test_what_does_not_exist_is_not_found(api, refused, path):
    await refused(await api.call("GET", f"/alerts/99{path}"), 404, "alert-unknown")


async def test_people_are_counted_for_an_audience_and_never_for_nowhere(api, refused):
    counted = await api.call("GET", "/recipients/count?regions=610000000000,620000000000&channels=sms")
    assert await counted.json() == {"recipients": 2000}
    await refused(await api.call("GET", "/recipients/count?groups=schools"), 400, "audience-placeless")


async def test_a_region_is_shown_with_what_is_around_and_inside_it(api, hub):
    rows = [
        NewRegion("610000000000", "陕西省", None, 1),
        NewRegion("610600000000", "延安市", "610000000000", 2),
        NewRegion("610603000000", "安塞区", "610600000000", 3),
    ]
    await hub.db.write(lambda connection: regions.upsert(connection, rows))
    for spelling in ("6106", "610600", "610600000000"):
        shown = await (await api.call("GET", f"/regions/{spelling}")).json()
        assert shown == {
            "key": "610600000000",
            "name": "延安市",
            "level": 2,
            "parent": "610000000000",
            "children": ["610603000000"],
        }
    counted = await api.call("GET", "/recipients/count?regions=6106,610600000000")
    assert await counted.json() == {"recipients": 1000}


async def test_an_unknown_region_is_not_found(api, refused):
    await refused(await api.call("GET", "/regions/999999999999"), 404, "no-such-region")


async def test_a_check_reports_findings_and_keeps_nothing(api, hub):
    response = await api.post_cap("/validate", b"<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'/>")
    body = await response.json()
    assert response.status == 200
    assert body["verdict"] in {"findings", "refused"}
    assert body["findings"]
    assert hub.writes.calls == []


async def test_a_document_with_an_entity_is_refused_by_the_check(api):
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    body = await (await api.post_cap("/validate", bomb)).json()
    assert body["verdict"] == "refused"
    assert "root:" not in str(body)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/alerts", "text/plain"),
        ("POST", "/alerts", "application/json"),
        ("POST", "/alerts", "text/xml"),
        ("POST", "/validate", "application/octet-stream"),
        ("POST", "/alerts/1/submit", "application/xml"),
        ("POST", "/alerts/1/decisions", "application/x-www-form-urlencoded"),
    ],
)
async def test_another_media_type_is_refused(api, refused, method, path, kind):
    response = await api.call(method, path, data=b"{}", headers={"Content-Type": kind})
    assert (await refused(response, 415, "media-type"))["place"] == "Content-Type"


async def test_a_body_above_eight_mebibytes_is_refused_with_or_without_its_length(api, hub, refused):
    whole = b"x" * (8 * 1024 * 1024 + 1)
    xml = {"Content-Type": "application/xml"}

    async def dribble() -> Any:
        for start in range(0, len(whole), 65536):
            yield whole[start : start + 65536]

    for data in (io.BytesIO(whole), dribble()):
        await refused(await api.call("POST", "/alerts", data=data, headers=xml), 413, "body-too-large")
    assert hub.writes.calls == []


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("POST", "/alerts", Right.DRAFT),
        ("PUT", "/alerts/1", Right.DRAFT),
        ("POST", "/alerts/1/submit", Right.DRAFT),
        ("POST", "/alerts/1/update", Right.DRAFT),
        ("POST", "/alerts/1/cancel", Right.DRAFT),
        ("POST", "/alerts/1/withdraw", Right.DRAFT),
        ("POST", "/alerts/1/release", Right.RELEASE),
    ],
)
async def test_every_other_right_together_does_not_open_a_door(client, hub, refused, method, path, right):
    others = [other for other in Right if other not in {right, Right.ADMINISTER}]
    official = hub.add_official("Wang", *others)
    response = await client.request(method, f"/api/v1{path}", headers=hub.bearer(official))
    await refused(response, 403, "right-missing")


@pytest.mark.parametrize(("step", "other"), [("review", Right.SIGN), ("sign", Right.REVIEW)])
async def test_the_right_to_one_step_is_not_the_right_to_the_other(client, hub, refused, step, other):
    official = hub.add_official("Wang", other)
    body = {"step": step, "verdict": "approve", "digest": DIGEST}
    response = await client.post("/api/v1/alerts/1/decisions", json=body, headers=hub.bearer(official))
    await refused(response, 403, "right-missing")
    assert hub.writes.calls == []


async def test_an_administrator_reads_no_alert(client, hub, refused):
    official = hub.add_official("Root", Right.ADMINISTER)
    await refused(await client.get("/api/v1/alerts", headers=hub.bearer(official)), 403, "right-missing")
