"""Feeds: everything in force, the most dangerous first, in as many pages as it takes, for everyone and by region."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from lxml import etree

from hub.clock import to_ms
from hub.web.client import ClientBudgets
from hub.web.feeds import pages
from hub.web.feeds.readback import ReadBack
from tests.stories.town import BAOTA, BRIDGE, CITY, RIVER, ZHIDAN, Cast, Town

ATOM, CAP = "{http://www.w3.org/2005/Atom}", "{urn:oasis:names:tc:emergency:cap:1.2}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
async def town(settle) -> Town:
    town: Town = await settle(Cast(bridge=1, river=1, hills=1, channels=("sms",)))
    return town


async def get(town: Town, url: str) -> tuple[int, Any]:
    whole = url if url.startswith("http") else f"{town.hub.settings.public_url}{url}"
    async with aiohttp.ClientSession() as session, session.get(whole) as answer:
        body = await answer.read()
        return answer.status, etree.fromstring(body) if answer.status == 200 else body


def identifiers(feed: Any) -> list[str]:
    return [entry.findtext(f"{CAP}identifier") for entry in feed.iterfind(f"{ATOM}entry")]


def link(feed: Any, rel: str) -> str:
    return next((each.get("href") for each in feed.findall(f"{ATOM}link") if each.get("rel") == rel), "")


async def walk(town: Town, url: str) -> list[str]:
    """Every entry of every page, by the links of the first."""
    found: list[str] = []
    while url:
        status, feed = await get(town, url)
        assert status == 200
        found += identifiers(feed)
        url = link(feed, "next")
    return found


async def warn(town: Town, identifier: str, severity: str, *codes: str) -> Any:
    town.clock.advance(1)
    return await town.warns(town.cap(*codes, identifier=identifier, severity=severity), channels=("sms",))


async def test_a_red_warning_is_on_the_first_page_however_many_blue_ones_came_after_it(town: Town, monkeypatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    await warn(town, "red-1", "Extreme")
    for number in range(4):
        await warn(town, f"blue-{number}", "Minor")
    await warn(town, "orange-1", "Severe")
    assert await walk(town, "/feeds/public") == ["red-1", "orange-1", "blue-3", "blue-2", "blue-1", "blue-0"]
    _, first = await get(town, "/feeds/public")
    assert all(link(first, rel) for rel in ("self", "first", "next", "last")), "RFC 5005 section 3"
    _, last = await get(town, link(first, "last"))
    assert (identifiers(last), link(last, "next")) == (["blue-1", "blue-0"], "")
    assert link(last, "previous")


async def test_pages_pin_what_was_in_force_when_the_first_was_read(town: Town, monkeypatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    for number in range(3):
        last = await warn(town, f"blue-{number}", "Minor")
    _, first = await get(town, "/feeds/public")
    second = link(first, "next")
    await warn(town, "red-1", "Extreme")
    town.clock.advance(1)
    await town.cancels(last)
    assert identifiers(first) + await walk(town, second) == ["blue-2", "blue-1", "blue-0"]
    assert (await walk(town, "/feeds/public"))[0] == "red-1", "who begins anew reads what is in force now"
    town.clock.advance(3601)
    status, problem = await get(town, second)
    assert (status, b"feed-snapshot" in problem) == (404, True)


async def test_an_entry_says_level_severity_area_and_event_in_every_language(town: Town) -> None:
    await warn(town, "red-1", "Extreme")
    _, feed = await get(town, "/feeds/public")
    (entry,) = feed.findall(f"{ATOM}entry")
    blocks = entry.findall(f"{CAP}info")
    assert {block.get(LANG) for block in blocks} == {"zh-CN", "en-US"}
    assert {(block.get("level"), block.findtext(f"{CAP}severity")) for block in blocks} == {("red", "Extreme")}
    assert all(block.findtext(f"{CAP}{name}") for block in blocks for name in ("event", "areaDesc", "headline"))
    assert entry.find(f"{ATOM}title").get(LANG) in {"zh-CN", "en-US"}
    status, document = await get(town, link(entry, "alternate"))
    assert (status, document.tag) == (200, f"{CAP}alert"), "without a token"


async def test_a_feed_of_a_region_holds_what_concerns_it_above_it_and_in_it(town: Town) -> None:
    await warn(town, "county", "Severe", BAOTA)
    await warn(town, "bridge", "Severe", BRIDGE)
    await warn(town, "elsewhere", "Severe", ZHIDAN)
    await warn(town, "city", "Severe", CITY)
    assert set(await walk(town, f"/feeds/public?region={BRIDGE}")) == {"city", "bridge", "county"}
    assert set(await walk(town, f"/feeds/public?region={RIVER}")) == {"city", "county"}
    assert set(await walk(town, f"/feeds/public?region={CITY}")) == {"city", "county", "bridge", "elsewhere"}


@pytest.mark.parametrize(
    ("query", "status"),
    [("page=0", 400), ("page=2", 400), ("page=x", 400), ("region=%3Cx%3E", 400), ("at=-1", 400), ("at=1&page=9", 404)],
)
async def test_what_no_link_says_is_refused_by_name(town: Town, query: str, status: int) -> None:
    await warn(town, "red-1", "Extreme")
    found, body = await get(town, f"/feeds/public?{query}")
    assert found == status
    assert b"feed-" in body


async def test_strangers_cost_one_reading_and_one_rendering_for_each_change(town: Town, monkeypatch) -> None:
    await warn(town, "red-1", "Extreme")
    read, rendered = [], []
    in_force, atom = type(town.hub.alerts).in_force, pages.atom

    async def reading(alerts: Any, at: Any) -> Any:
        read.append(at)
        return await in_force(alerts, at)

    monkeypatch.setattr(type(town.hub.alerts), "in_force", reading)
    monkeypatch.setattr(pages, "atom", lambda *given: rendered.append(given) or atom(*given))
    for _ in range(20):
        assert (await get(town, "/feeds/public"))[0] == 200
    assert (len(read), len(rendered)) == (1, 1)
    await warn(town, "red-2", "Extreme")
    assert len(await walk(town, "/feeds/public")) == 2


async def test_what_is_not_released_is_in_no_public_feed(town: Town) -> None:
    await warn(town, "red-1", "Extreme")
    draft = await town.drafts(town.cap(identifier="draft"))
    assert await walk(town, "/feeds/public") == ["red-1"]
    assert (await get(town, f"/feeds/public/alerts/{draft.id}.cap"))[0] == 404


async def test_a_release_that_the_feed_does_not_show_is_an_alarm(town: Town, monkeypatch) -> None:
    look = ReadBack(town.hub, town.hub.settings.public_url, to_ms(town.clock.now()))
    await warn(town, "red-1", "Extreme")
    assert await look.look() == 0
    assert await town.alarms() == []
    hidden = await warn(town, "red-2", "Extreme")
    atom = pages.atom
    monkeypatch.setattr(pages, "atom", lambda head, page: atom(head, replace(page, alerts=())))
    assert await look.look() == 1
    assert [kind for kind, _ in await town.alarms()] == ["feed-without-warning"]
    assert await look.look() == 0, "each release is looked for once"
    assert hidden.id


async def test_a_feed_that_does_not_answer_is_an_alarm_and_is_asked_again(town: Town) -> None:
    look = ReadBack(town.hub, "http://127.0.0.1:9", to_ms(town.clock.now()))
    await warn(town, "red-1", "Extreme")
    assert await look.look() == await look.look() == 1
    assert [kind for kind, _ in await town.alarms()] == ["feed-unreadable"]
    look.base = town.hub.settings.public_url
    assert await look.look() == 0


async def test_a_stranger_who_asks_without_pause_is_told_to_wait_and_nothing_is_read_for_them(
    town: Town, monkeypatch
) -> None:
    await warn(town, "red-1", "Extreme")
    budgets = ClientBudgets(3)
    monkeypatch.setattr(pages, "_spend", lambda request: budgets.spend("192.0.2.7", town.clock.now().timestamp()))
    looked: list[Any] = []
    last_change = type(town.hub.alerts).last_change

    async def looking(alerts: Any, by: Any) -> Any:
        looked.append(by)
        return await last_change(alerts, by)

    monkeypatch.setattr(type(town.hub.alerts), "last_change", looking)
    assert [(await get(town, "/feeds/public"))[0] for _ in range(5)] == [200, 200, 200, 429, 429]
    assert len(looked) == 3
    town.clock.advance(20)
    assert (await get(town, "/feeds/public"))[0] == 200
