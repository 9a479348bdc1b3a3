"""A shape whose latitude and longitude were exchanged is refused with what to do, never mirrored in silence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hub.alert.views import PlanRequest
from hub.audience.swapped_coordinates import must_not_be_misplaced
from hub.errors import Invalid
from hub.store.register import enrolment, regions
from hub.store.register.regions import NewRegion
from targeting.audience import Audience, Circle, Corridor, Polygon
from targeting.recipient import Recipient
from targeting.ring import outline_of
from tests.stories.town import BAOTA, Town

INNSBRUCK = "AGS:innsbruck"
GROUND = Polygon(((47.0, 11.0), (47.0, 12.0), (48.0, 12.0), (48.0, 11.0), (47.0, 11.0)))
PLACE = frozenset({INNSBRUCK})


@dataclass(frozen=True)
class Alps:
    """A region far from the town, by its outline or by where its people stand."""

    town: Town

    async def outlined(self) -> None:
        def work(connection):
            regions.upsert(connection, [NewRegion(INNSBRUCK, "Innsbruck", None, 3)])
            number = regions.ids_by_key(connection, [INNSBRUCK])[INNSBRUCK]
            regions.set_outline(connection, number, outline_of(GROUND, []))

        await self.town.hub.db.write(work)

    async def peopled(self) -> None:
        people = [Recipient(f"alp-{at}", INNSBRUCK, lat=47.0 + at, lon=11.0 + at) for at in (0, 1)]

        def work(connection):
            regions.upsert(connection, [NewRegion(INNSBRUCK, "Innsbruck", None, 3)])
            enrolment.upsert(connection, self.town.hub.vault, people, 1)

        await self.town.hub.db.write(work)

    async def judges(self, audience: Audience, area: str = "") -> None:
        await self.town.hub.db.read(lambda connection: must_not_be_misplaced(connection, audience, area))

    async def refusal(self, audience: Audience) -> str:
        """The rule it is refused by; empty where it is not."""
        try:
            await self.judges(audience)
        except Invalid as refused:
            return refused.rule
        return ""


@pytest.fixture
def alps(town: Town) -> Alps:
    return Alps(town)


EXCHANGED = [
    (Audience(PLACE, polygons=(Polygon(((11.2, 47.2), (11.2, 47.4), (11.4, 47.4), (11.2, 47.2))),)), "polygon 1"),
    (Audience(PLACE, circles=(Circle(47.5, 11.5, 1.0), Circle(11.5, 47.5, 1.0))), "circle 2"),
    (Audience(PLACE, corridors=(Corridor(((11.2, 47.2), (11.4, 47.4)), 5.0),)), "corridor 1"),
]


@pytest.mark.parametrize(("audience", "name"), EXCHANGED)
async def test_a_shape_that_lies_in_its_region_once_exchanged_is_refused_by_name(
    alps: Alps, audience: Audience, name: str
) -> None:
    await alps.outlined()
    with pytest.raises(Invalid, match="latitude and longitude exchanged") as refused:
        await alps.judges(audience)
    assert (refused.value.rule, refused.value.place) == ("shape-misplaced", name)


async def test_where_the_people_stand_is_the_ground_of_a_region_without_outline(alps: Alps) -> None:
    await alps.peopled()
    with pytest.raises(Invalid):
        await alps.judges(EXCHANGED[0][0])


@pytest.mark.parametrize(
    "circle",
    [
        Circle(47.5, 11.5, 1.0),  # where it should be
        Circle(48.5, 13.5, 1.0),  # over the border
        Circle(10.0, 60.0, 1.0),  # far, and no better when exchanged
        Circle(109.0, 36.0, 1.0),  # no place on earth: refused or repaired as a shape
    ],
)
async def test_a_shape_that_nothing_says_was_exchanged_is_left_alone(alps: Alps, circle: Circle) -> None:
    await alps.outlined()
    assert await alps.refusal(Audience(PLACE, circles=(circle,))) == ""


async def test_without_a_region_the_area_of_the_unit_is_where_a_shape_should_be(alps: Alps) -> None:
    await alps.outlined()
    drawn = Audience(circles=(Circle(11.5, 47.5, 1.0),))
    await alps.judges(drawn)
    with pytest.raises(Invalid):
        await alps.judges(drawn, INNSBRUCK)


async def test_a_draft_with_an_exchanged_shape_is_refused_and_keeps_what_it_was(alps: Alps, town: Town) -> None:
    await alps.outlined()
    draft = await town.drafts(channels=("sms",))
    request = PlanRequest(("sms",), regions=PLACE, also=Audience(circles=(Circle(11.5, 47.5, 1.0),)))
    with pytest.raises(Invalid) as refused:
        await town.hub.drafting.replan(town.officials["author"], draft.id, draft.version, request)
    assert refused.value.rule == "shape-misplaced"
    assert (await town.hub.alerts.get(draft.id)).version == draft.version


async def test_of_two_shapes_the_empty_one_is_told_and_of_two_empty_ones_each(town: Town) -> None:
    author = town.officials["author"]
    draft = await town.drafts(town.cap(BAOTA), channels=("sms",))
    near, far = Circle(36.6, 109.5, 50.0), Circle(50.0, -30.0, 1.0)  # a plan keeps its shapes from south to north
    view = await town.hub.drafting.replan(
        author, draft.id, draft.version, PlanRequest(("sms",), also=Audience(circles=(near, far)))
    )
    frozen = await town.submits(view)
    assert [each["element"] for each in frozen.findings if each["rule"] == "area-silent"] == ["circle 2"]
    empty = await town.drafts(town.cap("610625101000"), channels=("sms",))
    view = await town.hub.drafting.replan(
        author, empty.id, empty.version, PlanRequest(("sms",), also=Audience(circles=(far,)))
    )
    with pytest.raises(Invalid) as refused:
        await town.submits(view)
    assert [each["element"] for each in refused.value.findings] == ["region 610625101000", "circle 1"]
