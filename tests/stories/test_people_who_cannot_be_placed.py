"""A shape over part of a township: who is registered there without coordinates is counted, and included by choice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from shapely.geometry import box

from hub.alert.alert import Area
from hub.clock import to_ms
from hub.errors import Invalid
from hub.formats.cap.write import write
from hub.store.register import recipients, regions
from hub.store.register.regions import NewRegion
from targeting.audience import Polygon
from targeting.recipient import Recipient
from tests.stories.staff import Staff
from tests.stories.town import BAOTA, BRIDGE, HILLS, Cast, Town
from tests.stories.warnings import alert_of

LOST = 7  #: of 桥镇, registered without coordinates
RING = ((36.55, 109.45), (36.55, 109.55), (36.65, 109.55), (36.65, 109.45), (36.55, 109.45))
VALLEY = Area("河谷", polygons=(Polygon(RING),))  #: holds where 桥镇's people of the cast stand, and nobody of 河镇


@dataclass
class Office(Staff):
    """The drafters of the town over HTTP."""

    drawn: int = 0

    async def drafts(self, severity: str = "Severe", query: str = "", *areas: Area) -> Any:
        self.drawn += 1
        alert = alert_of(self.town.clock.now(), f"valley-{self.drawn}", areas=areas or (VALLEY,), severity=severity)
        headers = {"Content-Type": "application/xml"}
        path = f"/alerts?channels=sms{query}"
        status, view = await self.asks("author", "POST", path, data=write(alert), headers=headers)
        assert status == 201, view
        return view

    async def estimates(self, view: Any) -> Any:
        status, seen = await self.asks("author", "GET", f"/alerts/{view['id']}/estimate")
        assert status == 200, seen
        return seen

    async def plans(self, view: Any, **body: Any) -> Any:
        headers = {"If-Match": f'"{view["version"]}"'}
        whole = {"channels": ["sms"], **body}
        status, view = await self.asks("author", "PUT", f"/alerts/{view['id']}/plan", json=whole, headers=headers)
        assert status == 200, view
        return view

    async def settles(self, word: str, region: str, *places: tuple[float, float] | None) -> None:
        """More people of a township, each at a place or at none."""
        people = [
            Recipient(f"{word}-{at}", region, "zh", *(place or (None, None)), frozenset(), {"sms": phone(word, at)})
            for at, place in enumerate(places)
        ]

        def work(connection: Any) -> None:
            recipients.upsert(connection, self.town.hub.vault, people, to_ms(self.town.clock.now()))
            for one in people:
                number = recipients.by_external_id(connection, one.external_id)
                assert number is not None
                self.town.names[number], self.town.ids[one.external_id] = one.external_id, number

        await self.town.hub.db.write(work)


def phone(word: str, at: int) -> str:
    return f"+86198{sum(map(ord, word)) % 100:02d}{at:06d}"


def told(seen: Any) -> list[tuple[str, int, float, str, bool]]:
    return [tuple(each[name] for name in ("key", "persons", "share", "by", "included")) for each in seen["unlocated"]]


def findings(view: Any) -> list[tuple[str, str]]:
    return [(each["rule"], each["element"]) for each in view["findings"] if each["rule"].startswith("unlocated")]


@pytest.fixture
async def office(settle: Callable[[Cast], Awaitable[Town]]) -> AsyncIterator[Office]:
    town = await settle(Cast(bridge=8, river=6, hills=0))
    async with aiohttp.ClientSession() as http:
        made = Office(town, http, dict(town.officials))
        await made.settles("lost", BRIDGE, *[None] * LOST)
        yield made


async def test_the_estimate_says_how_many_may_be_inside_and_what_share_is_covered(office: Office) -> None:
    await office.settles("away", BRIDGE, *[(36.7, 109.7)] * 8)  # as many of the township stand outside
    seen = await office.estimates(await office.drafts("Minor"))
    assert (seen["persons"], told(seen)) == (8, [(BRIDGE, LOST, 0.5, "residents", False)])
    assert findings(seen) == [("unlocated-left-out", f"region {BRIDGE}")]
    (finding,) = [each for each in seen["findings"] if each["rule"] == "unlocated-left-out"]
    counted = {"share": 0.5, "by": "residents", "inside": 8, "located": 16}
    assert finding["values"] == {"region": BRIDGE, "name": "桥镇", "persons": LOST, **counted}
    assert "cannot be placed" in finding["text"]
    assert "about 50% of it (8 of its 16 residents whose place is known are inside)" in finding["text"]


async def test_at_orange_and_red_they_are_included_from_the_share_of_the_settings_on(office: Office) -> None:
    await office.settles("away", BRIDGE, *[(36.7, 109.7)] * 12)  # 8 of 20: 0.4, between the shares of red and orange
    for severity, included in (("Extreme", True), ("Severe", False), ("Moderate", False), ("Minor", False)):
        view = await office.drafts(severity)
        seen = await office.estimates(view)
        assert (told(seen), seen["persons"]) == (
            [(BRIDGE, LOST, 0.4, "residents", included)], 8 + LOST * included,
        )  # fmt: skip
        rule = "unlocated-included" if included else "unlocated-left-out"
        assert findings(view) == [(rule, f"region {BRIDGE}")]


async def test_the_author_decides_either_way_and_the_digest_tells_the_two_apart(office: Office) -> None:
    town, digests = office.town, set()
    for query, count in (("", 8 + LOST), ("&unlocated=none", 8), (f"&unlocated={BRIDGE}", 8 + LOST)):
        view = await office.drafts("Severe", query)
        assert (await office.estimates(view))["persons"] == count
        submitted = await town.hub.submission.submit(town.officials["author"], view["id"], view["version"])
        assert submitted.targeted == count
        digests.add(submitted.digest)
    assert len(digests) == 3
    view = await office.drafts("Severe")
    view = await office.plans(view, unlocated=[])
    assert (await office.estimates(view))["persons"] == 8
    assert findings(view) == [("unlocated-left-out", f"region {BRIDGE}")]
    view = await office.plans(view, unlocated=[BRIDGE])
    assert (await office.estimates(view))["persons"] == 8 + LOST
    view = await office.plans(view)
    assert told(await office.estimates(view)) == [(BRIDGE, LOST, 1.0, "residents", True)]


async def test_who_is_included_is_told_and_who_is_left_out_is_not_and_each_is_explained(office: Office) -> None:
    town = office.town
    alert = alert_of(town.clock.now(), "flood", areas=(VALLEY,))
    warning = await town.warns(write(alert), channels=("sms",))
    await town.rests()
    lost = {name for name in town.ids if name.startswith("lost")}
    await town.inbox("sms").expects(warning, town.people("bridge") | lost)
    status, why = await office.asks("author", "GET", f"/recipients/lost-0/explain?alert={warning.id}")
    assert (status, why["selected"]) == (200, True)
    held = [(each["kind"], each["key"], each["how"]) for each in why["reasons"] if each["holds"]]
    assert ("unlocated", BRIDGE, "registered") in held
    quiet = await town.warns(
        write(alert_of(town.clock.now(), "drizzle", areas=(VALLEY,))), channels=("sms",), unlocated=frozenset()
    )
    await town.rests()
    await town.inbox("sms").expects(quiet, town.people("bridge"))


async def test_an_outline_tells_the_share_before_residents_do(office: Office) -> None:
    def draw(connection: Any) -> None:
        number = regions.ids_by_key(connection, [BRIDGE])[BRIDGE]
        regions.set_outline(connection, number, box(109.45, 36.55, 109.65, 36.65))  # the valley is its western half

    await office.town.hub.db.write(draw)
    assert told(await office.estimates(await office.drafts("Minor"))) == [(BRIDGE, LOST, 0.5, "outline", False)]


async def test_a_township_where_nobody_is_located_is_judged_by_its_county(office: Office) -> None:
    new = NewRegion("610602003000", "新镇", BAOTA, 4)
    await office.town.hub.db.write(lambda connection: regions.upsert(connection, [new]))
    await office.settles("gone", new.key, None, None)
    await office.settles("few", HILLS, None)  # of a county that the shape does not touch
    await office.settles("clerk", BAOTA, None)  # registered in the county and in no township
    assert told(await office.estimates(await office.drafts("Minor"))) == [
        (BRIDGE, LOST, 1.0, "residents", False),
        (new.key, 2, 0.5714, "county", False),  # 8 of the county's 14 located people are inside
        (BAOTA, 1, 0.5714, "residents", False),
    ]


async def test_who_is_meant_by_a_region_that_is_named_is_in_no_doubt(office: Office) -> None:
    seen = await office.estimates(await office.drafts("Severe", f"&regions={BAOTA}"))
    assert (told(seen), seen["persons"]) == ([], 8 + 6 + LOST)


async def test_a_plan_only_thought_of_is_told_the_same(office: Office) -> None:
    polygon = {"type": "Polygon", "coordinates": [[[lon, lat] for lat, lon in RING]]}
    shape = {"type": "Feature", "geometry": polygon, "properties": {}}
    for more, included in (({}, True), ({"unlocated": []}, False), ({"unlocated": [BRIDGE]}, True)):
        body = {"geojson": shape, "level": "red", "channels": ["sms"], **more}
        status, seen = await office.asks("author", "POST", "/estimate", json=body)
        assert status == 200, seen
        assert (seen["persons"], told(seen)) == (8 + LOST * included, [(BRIDGE, LOST, 1.0, "residents", included)])
    status, refused = await office.asks("author", "POST", "/estimate", json={**body, "unlocated": ["nowhere"]})
    assert (status, refused["rule"], refused["place"]) == (422, "region-unknown", "unlocated")


async def test_without_the_look_nobody_would_say_a_word(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.audience.unlocated.count_unplaced", lambda *_: ())
    view = await office.drafts("Extreme")
    assert findings(view) == []


CORNER = ((36.700, 109.45), (36.700, 109.46), (36.705, 109.46), (36.705, 109.45), (36.700, 109.45))
GULLY = Area("沟口", polygons=(Polygon(CORNER),))  #: in 桥镇, and nobody who can be placed stands there


async def empty_corner(office: Office) -> tuple[Any, int, Any]:
    """A small shape in a township with people who cannot be placed, and the answer to its submission."""
    ground = box(109.4, 36.5, 109.6, 36.8)

    def work(connection: Any) -> None:
        ids = regions.ids_by_key(connection, [BRIDGE, BAOTA])
        for number in ids.values():
            regions.set_outline(connection, number, ground)

    await office.town.hub.db.write(work)
    view = await office.drafts("Minor", "", GULLY)
    status, body = await office.asks(
        "author", "POST", f"/alerts/{view['id']}/submit", json={"version": view["version"]}
    )
    return view, status, body


async def test_a_small_shape_that_may_hold_people_who_cannot_be_placed_is_not_called_empty(office: Office) -> None:
    view, status, body = await empty_corner(office)
    assert (status, body["rule"], body["place"]) == (422, "audience-unplaced", "unlocated")
    assert f"unlocated={BRIDGE}" in body["detail"]
    assert [(each["rule"], each["values"]["persons"]) for each in body["findings"] if "values" in each] == [
        ("unlocated-left-out", LOST)
    ]
    author, hub = office.town.officials["author"], office.town.hub
    chosen = await hub.drafting.choose_unlocated(author, view["id"], view["version"], {BRIDGE})
    assert (await hub.submission.submit(author, view["id"], chosen.version)).targeted == LOST
    nobody = await office.drafts("Extreme", f"&unlocated={BRIDGE}", GULLY)
    back = await hub.drafting.choose_unlocated(author, nobody["id"], nobody["version"], ())
    with pytest.raises(Invalid) as refused:
        await hub.submission.submit(author, nobody["id"], back.version)
    assert refused.value.rule == "audience-unplaced"


async def test_without_the_look_the_small_shape_would_be_called_empty(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.audience.unlocated.count_unplaced", lambda *_: ())
    _, status, body = await empty_corner(office)
    assert (status, body["rule"]) == (422, "audience-empty")


async def test_to_include_people_changes_nobody_else_of_the_plan(office: Office) -> None:
    view = await office.drafts("Severe", "&groups=elderly&unlocated=none")
    author, hub = office.town.officials["author"], office.town.hub
    before = await hub.alerts.get(view["id"])
    after = await hub.drafting.choose_unlocated(author, view["id"], view["version"], {BRIDGE})
    assert (after.groups, after.channels, after.version) == (before.groups, before.channels, before.version + 1)
