"""Officials read the warnings of their own area and of what stands above it; every way in asks the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import aiohttp
import pytest

from approvals.official import Right
from approvals.reading import ALL, ReadingPolicy
from hub.alert.views import PlanRequest
from hub.app import Hub
from hub.audience.areas import KeptArea, remove_named_area, store_named_area
from hub.clock import to_ms
from hub.errors import Forbidden
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.web.api.endpoint import ALERT
from hub.web.api.routes import ENDPOINTS
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, paper
from tests.stories.staff import Staff
from tests.stories.town import BAOTA, CITY, ZHIDAN, Cast, Town
from tests.stories.units import enters

#: every view of one alert that there is, a new one too
VIEWS = [each.path.removeprefix(ALERT) for each in ENDPOINTS if each.method == "GET" and each.path.startswith(ALERT)]


@pytest.fixture
async def town_hall(settle: Any) -> Any:
    """The town whose officials are of a county; one of the next county, one of the city, one of another unit here."""
    town: Town = await settle(Cast(bridge=1, river=0, hills=1, officials_of=BAOTA))
    await enters(town, "next", "next county", ZHIDAN)
    await enters(town, "above", "city", CITY)
    await enters(town, "beside", "water office", BAOTA, "water")
    watcher = NewOfficial("watcher", "next county", ZHIDAN, frozenset({Right.MONITOR}), "meteorological")
    town.officials["watcher"] = await town.hub.db.write(
        lambda connection: officials.add(connection, watcher, to_ms(town.clock.now()))
    )
    async with aiohttp.ClientSession() as http:
        yield Staff(town, http, town.officials)


async def statuses(staff: Staff, who: str, alert: int) -> dict[str, int]:
    """What each view of an alert answers."""
    found = {}
    for view in VIEWS:
        official = staff.staff[who]
        token = staff.town.hub.tokens.issue(official.id, official.name, official.rights)
        url = f"{staff.town.hub.settings.public_url}/api/v1/alerts/{alert}{view}"
        async with staff.http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            found[view] = answer.status
    return found


async def listed(staff: Staff, who: str, **query: str) -> list[int]:
    status, page = await staff.asks(who, "GET", "/alerts", params=query)
    assert status == 200
    return [each["id"] for each in page["items"]]


async def test_a_county_reads_no_draft_of_the_next_by_any_way_in(town_hall: Staff) -> None:
    draft = await town_hall.town.submits(await town_hall.town.drafts(channels=("sms",)))
    assert set((await statuses(town_hall, "next", draft.id)).values()) == {403}
    assert await listed(town_hall, "next") == []
    for who in ("author", "beside", "above", "watcher"):
        assert await listed(town_hall, who) == [draft.id]
        assert set((await statuses(town_hall, who, draft.id)).values()) == {200}


async def test_what_stands_above_is_read_and_so_is_what_is_for_one_s_own_place(town_hall: Staff) -> None:
    town = town_hall.town
    above = await town.drafts(town.cap(CITY), by="above", channels=("sms",))
    both = await town.drafts(town.cap(ZHIDAN, BAOTA), by="above", channels=("sms",))
    assert await listed(town_hall, "next") == [both.id, above.id]
    assert await listed(town_hall, "author") == [both.id, above.id]


async def test_a_refusal_to_read_says_why_and_what_to_do(town_hall: Staff) -> None:
    draft = await town_hall.town.drafts(channels=("sms",))
    status, problem = await town_hall.asks("next", "GET", f"/alerts/{draft.id}")
    assert (status, problem["rule"]) == (403, "reading")
    for said in ("next county", "[reading]"):
        assert said in problem["detail"]
    status, problem = await town_hall.asks("next", "GET", "/alerts/4711")
    assert (status, problem["rule"]) == (404, "alert-unknown")


async def test_pages_pass_over_what_is_not_read_and_lose_nothing(town_hall: Staff) -> None:
    town, mine = town_hall.town, []
    for _ in range(3):
        mine.append((await town.drafts(town.cap(ZHIDAN), by="next", channels=("sms",))).id)
        await town.drafts(channels=("sms",))
    first = await town_hall.asks("next", "GET", "/alerts", params={"limit": "2"})
    second = await town_hall.asks("next", "GET", "/alerts", params={"limit": "2", "cursor": str(first[1]["next"])})
    assert [each["id"] for page in (first, second) for each in page[1]["items"]] == mine[::-1]
    assert second[1]["next"] is None


async def test_with_a_policy_that_lets_all_read_the_next_county_reads_it(
    town_hall: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await town_hall.town.drafts(channels=("sms",))
    lending = town_hall.town.hub.alerts.lending
    everyone = replace(lending.policy, reading=ReadingPolicy(officials=ALL))
    object.__setattr__(lending, "policy", everyone)
    assert await listed(town_hall, "next") == [draft.id]
    assert await statuses(town_hall, "next", draft.id) == await statuses(town_hall, "author", draft.id)


async def keeps_area(hub: Hub, unit: str, region: str) -> KeptArea:
    """A region under the name of a valley, kept by an official of a unit."""
    request = PlanRequest(regions=frozenset({region}))
    return await hub.transactions.write("Li", lambda tx: store_named_area(tx, unit, "河谷", request))


async def test_a_named_area_belongs_to_the_unit_that_kept_it_first(town_hall: Staff) -> None:
    hub, staff = town_hall.town.hub, town_hall.staff
    assert (await keeps_area(hub, staff["author"].unit, BAOTA)).area.unit == "office"
    for stranger in (staff["next"].unit, staff["above"].unit, ""):  # the command line acts for no unit
        with pytest.raises(Forbidden) as refused:
            await keeps_area(hub, stranger, ZHIDAN)
        assert (refused.value.rule, "office" in str(refused.value)) == ("area-owner", True)
        with pytest.raises(Forbidden):
            await hub.transactions.write("stranger", partial(remove_named_area, unit=stranger, name="河谷"))
    assert (await keeps_area(hub, staff["editor"].unit, BAOTA)).area.version == 2


async def test_an_administrator_gives_a_named_area_to_another_unit(town_hall: Staff) -> None:
    hub, staff = town_hall.town.hub, town_hall.staff
    await keeps_area(hub, staff["author"].unit, BAOTA)
    await hub.administration.bootstrap("area-give", {"name": "河谷", "unit": "city"})
    with pytest.raises(Forbidden):
        await keeps_area(hub, staff["author"].unit, BAOTA)
    assert (await keeps_area(hub, staff["above"].unit, CITY)).area.unit == "city"


@pytest.fixture
async def papers_of(settle: Any) -> Any:
    """A county's seismic office that proposes papers; the next county, the city above, and administrators."""
    town: Town = await settle(Cast(officials_of=BAOTA, kind="seismic", names=SEISMIC_NAMES))
    await Sensor.known(town)
    await enters(town, "next", "next county", ZHIDAN, "seismic")
    await enters(town, "above", "city", CITY, "seismic")
    for name, right in (("watcher", Right.MONITOR), ("keeper", Right.ADMINISTER)):
        new = NewOfficial(name, "next county", ZHIDAN, frozenset({right}), "seismic")
        town.officials[name] = await town.hub.db.write(
            lambda connection, new=new: officials.add(connection, new, to_ms(town.clock.now()))
        )
    async with aiohttp.ClientSession() as http:
        yield Staff(town, http, town.officials)


async def readers_of(staff: Staff) -> set[str]:
    """Who finds the paper in the listing; each reads it alone, too, and nobody else does."""
    made = await staff.town.hub.transactions.write(
        staff.staff["author"].name,
        lambda tx: staff.town.hub.standings.propose(tx, staff.staff["author"], paper(staff.town.clock.now())),
    )
    found = set()
    for who in ("author", "next", "above", "watcher", "keeper"):
        status, listed = await staff.asks(who, "GET", "/standing")
        assert status == 200
        status, shown = await staff.asks(who, "GET", f"/standing/{made.id}")
        assert status == (200 if listed else 403), shown
        if listed:
            found.add(who)
        else:
            assert (shown["rule"], shown["place"]) == ("reading", "standing")
            assert "[reading]" in shown["remedy"]
    return found


async def test_a_paper_is_read_by_whom_it_concerns_and_by_whoever_may_end_it(papers_of: Staff) -> None:
    assert await readers_of(papers_of) == {"author", "above", "watcher", "keeper"}


async def test_without_the_policy_the_next_county_reads_every_paper(
    papers_of: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReadingPolicy, "may_read", lambda *_: True)
    assert "next" in await readers_of(papers_of)
