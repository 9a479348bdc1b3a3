"""An area that holds nobody is said by name; it is never a silent zero."""

from __future__ import annotations

import pytest

from hub.alert.views import PlanRequest
from hub.audience.empty_areas import find_empty_areas
from hub.audience.select import target
from hub.errors import Invalid
from hub.store.register import enrolment, regions
from hub.store.register.regions import NewRegion
from targeting.audience import Audience, Circle, Polygon
from targeting.recipient import Recipient
from tests.stories.town import BRIDGE, ZHIDAN, Town

EMPTY = "UGC:MSZ001"
EMPTY_TOWNSHIP = "610625101000"  #: a township where nobody is registered


async def told(town: Town, audience: Audience) -> dict[str, str]:
    def work(connection):
        return find_empty_areas(connection, audience, target(connection, audience).why)

    return {finding["element"]: finding["text"] for finding in await town.hub.db.read(work)}


async def test_an_unknown_code_and_a_known_one_without_people_are_told_apart(town: Town) -> None:
    await town.hub.db.write(lambda connection: regions.upsert(connection, [NewRegion(EMPTY, "Island", None, 3)]))
    found = await told(town, Audience(frozenset({EMPTY, "UGC:NOZ999", BRIDGE})))
    assert "is known, but nobody" in found[f"region {EMPTY}"]
    assert "no region here has" in found["region UGC:NOZ999"]
    assert len(found) == 2


async def test_a_polygon_whose_corners_were_exchanged_is_told_with_what_it_would_hold(town: Town) -> None:
    ngari = Recipient("ngari", BRIDGE, lat=32.5, lon=80.1)
    await town.hub.db.write(lambda connection: enrolment.upsert(connection, town.hub.vault, [ngari], 1))
    ring = ((80.0, 32.0), (80.0, 33.0), (81.0, 33.0), (81.0, 32.0), (80.0, 32.0))
    assert await told(town, Audience(polygons=(Polygon(ring),))) == {
        "polygon 1": "holds nobody who is registered with coordinates; "
        "with latitude and longitude exchanged it would hold 1"
    }


async def test_a_frozen_warning_says_which_of_its_areas_hold_nobody_and_an_empty_one_is_refused(town: Town) -> None:
    author = town.officials["author"]
    draft = await town.drafts(channels=("sms",))
    far = Audience(circles=(Circle(10.0, 60.0, 1.0),))
    view = await town.hub.drafting.replan(author, draft.id, draft.version, PlanRequest(("sms",), also=far))
    frozen = await town.submits(view)
    assert [finding["element"] for finding in frozen.findings if finding["rule"] == "area-silent"] == ["circle 1"]


async def test_an_empty_audience_is_refused_with_every_area_by_name(town: Town) -> None:
    draft = await town.drafts(town.cap(EMPTY_TOWNSHIP), channels=("sms",))
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "audience-empty"
    assert [finding["element"] for finding in refused.value.findings] == [f"region {EMPTY_TOWNSHIP}"]


async def test_an_empty_audience_says_which_code_no_region_has(town: Town) -> None:
    """Alone an unknown code is the reason of the refusal; beside a good one whoever is meant by it is missed: it warns."""
    unknown = "610602999000"
    draft = await town.drafts(town.cap(unknown), channels=("sms",))
    with pytest.raises(
        Invalid, match=f"region {unknown} is a code that no region here has.*hub region import"
    ) as refused:
        await town.submits(draft)
    assert (refused.value.rule, refused.value.place) == ("audience-empty", "audience")
    assert "remedy" in refused.value.members
    assert [each["level"] for each in refused.value.findings] == ["warn"]
    empty = [NewRegion(EMPTY_TOWNSHIP, "空镇", ZHIDAN, 4)]
    await town.hub.db.write(lambda connection: regions.upsert(connection, empty))
    beside = await town.submits(
        await town.drafts(town.cap(BRIDGE, unknown, EMPTY_TOWNSHIP), by="author", channels=("sms",))
    )
    levels = {each["element"]: each["level"] for each in beside.findings if each["rule"] == "area-silent"}
    assert levels == {f"region {unknown}": "warn", f"region {EMPTY_TOWNSHIP}": "advice"}
