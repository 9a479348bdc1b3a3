"""Feeds: for partners only, public alerts only, the same bytes for the same alerts."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from lxml import etree
from sqlalchemy import select

from hub.alert.lifecycle import Stage
from hub.store.register import partners
from hub.store.schema import partner_events

ATOM = "{http://www.w3.org/2005/Atom}"
TOKEN = "partner-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def partner(hub) -> int:
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    with hub.db.engine.begin() as connection:
        return partners.add(connection, "Radio", hashed, now_ms=1)


def pulls(hub) -> list[tuple]:
    with hub.db.engine.connect() as connection:
        table = partner_events.c
        return [tuple(row) for row in connection.execute(select(table.partner, table.alert, table.kind))]


async def test_the_index_lists_what_is_in_force_with_links_to_its_cap(client, hub, partner, make_view):
    hub.alerts.views = {1: make_view(1), 2: make_view(2, stage=Stage.CANCELLED), 3: make_view(3, scope="Private")}
    response = await client.get("/feeds", headers=BEARER)
    assert response.content_type == "application/atom+xml"
    feed = etree.fromstring(await response.read())
    (entry,) = feed.findall(f"{ATOM}entry")
    link = entry.find(f"{ATOM}link")
    assert (link.get("type"), link.get("href")) == ("application/cap+xml", "https://hub.example/feeds/alerts/1.cap")
    # RFC 4287 §4.1.1 and §4.1.2: what a feed and an entry must have
    for element in (feed, entry):
        for name in ("id", "title", "updated", "author"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name


async def test_two_renderings_are_the_same_bytes(client, hub, partner, make_view, clock):
    hub.alerts.views = {number: make_view(number) for number in range(1, 30)}
    first = await (await client.get("/feeds", headers=BEARER)).read()
    clock.advance(60)
    assert await (await client.get("/feeds", headers=BEARER)).read() == first


async def test_an_entry_keeps_its_identity_when_its_text_changes(client, hub, partner, make_view):
    identities = []
    for headline in ("one", "two"):
        hub.alerts.views = {1: make_view(1, headline=headline)}
        feed = etree.fromstring(await (await client.get("/feeds", headers=BEARER)).read())
        identities.append(feed.findtext(f"{ATOM}entry/{ATOM}id"))
    assert identities[0] == identities[1]
    hub.alerts.views = {1: make_view(1, identifier="another")}
    feed = etree.fromstring(await (await client.get("/feeds", headers=BEARER)).read())
    assert feed.findtext(f"{ATOM}entry/{ATOM}id") != identities[0]


async def test_text_of_an_alert_cannot_break_the_feed(client, hub, partner, make_view):
    hub.alerts.views = {1: make_view(1, headline="</title><script>\x00\x0b]]>&amp;", sender="a\"b'<")}
    feed = etree.fromstring(await (await client.get("/feeds", headers=BEARER)).read())
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "</title><script>\ufffd\ufffd]]>&amp;"
    assert feed.find(".//{*}script") is None


@pytest.mark.parametrize("path", ["/feeds", "/feeds/alerts/1.cap"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"Cookie": f"token={TOKEN}"}],
)
async def test_only_a_partners_token_in_the_header_opens_a_feed(client, hub, partner, make_view, path, headers):
    hub.alerts.views = {1: make_view(1)}
    response = await client.get(f"{path}?token={TOKEN}", headers=headers)
    assert response.status == 401
    assert pulls(hub) == []


async def test_an_officials_token_is_no_partners_token(client, hub, everyone):
    assert (await client.get("/feeds", headers=hub.bearer(everyone))).status == 401


async def test_a_fetched_cap_is_recorded_once_and_the_index_is_no_fetch(client, hub, partner, make_view):
    hub.alerts.views = {1: make_view(1)}
    await client.get("/feeds", headers=BEARER)
    assert pulls(hub) == []
    for _ in range(2):
        response = await client.get("/feeds/alerts/1.cap", headers=BEARER)
        assert (response.status, response.content_type) == (200, "application/cap+xml")
    assert await response.read() == await hub.alerts.cap(1)
    assert pulls(hub) == [(partner, 1, "pulled")]


async def test_who_was_given_no_bytes_has_not_pulled(client, hub, partner, make_view):
    hub.alerts.views = {1: make_view(1)}
    head = await client.head("/feeds/alerts/1.cap", headers=BEARER)
    told = await client.get("/feeds/alerts/1.cap", headers=BEARER | {"If-None-Match": "*"})
    assert (head.status, told.status) == (405, 304)
    assert pulls(hub) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "Exercise"},
        {"status": "Test"},
        {"scope": "Restricted"},
        {"scope": "Private"},
        {"world": "exercise"},
        {"released_at": None, "stage": Stage.APPROVED},
    ],
)
async def test_what_is_not_public_is_not_found_and_not_recorded(client, hub, partner, make_view, refused, changes):
    hub.alerts.views = {1: make_view(1, **changes)}
    await refused(await client.get("/feeds/alerts/1.cap", headers=BEARER), 404, "no-such-alert")
    assert pulls(hub) == []


async def test_an_ended_alert_can_still_be_read_by_who_has_its_address(client, hub, partner, make_view):
    hub.alerts.views = {1: make_view(1, stage=Stage.SUPERSEDED)}
    assert (await client.get("/feeds/alerts/1.cap", headers=BEARER)).status == 200


@pytest.mark.parametrize("path", ["/feeds", "/feeds/alerts/1.cap"])
async def test_a_partner_that_has_the_bytes_is_sent_none(client, hub, partner, make_view, path):
    hub.alerts.views = {1: make_view(1)}
    first = await client.get(path, headers=BEARER)
    for condition in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-None-Match": f'"other", W/{first.headers["ETag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = await client.get(path, headers=BEARER | condition)
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": "Wed, 01 Jul 2026 08:00:00 GMT"},
        {"If-Modified-Since": "Wed, 01 Jul 2099 08:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ],
)
async def test_any_doubt_sends_the_bytes(client, hub, partner, make_view, condition):
    hub.alerts.views = {1: make_view(1)}
    assert (await client.get("/feeds", headers=BEARER | condition)).status == 200


async def test_a_change_of_one_alert_changes_the_validator(client, hub, partner, make_view, clock):
    hub.alerts.views = {1: make_view(1)}
    before = (await client.get("/feeds", headers=BEARER)).headers
    hub.alerts.views = {1: make_view(1, released_at=clock.now() + timedelta(minutes=5))}
    after = await client.get("/feeds", headers=BEARER | {"If-None-Match": before["ETag"]})
    assert after.status == 200
    assert after.headers["Last-Modified"] == "Wed, 01 Jul 2026 08:05:00 GMT"


async def test_an_empty_feed_is_a_valid_feed(client, partner):
    feed = etree.fromstring(await (await client.get("/feeds", headers=BEARER)).read())
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
