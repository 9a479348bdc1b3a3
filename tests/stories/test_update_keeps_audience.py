"""An Update is for whom the earlier message was for, in all its parts, unless it says otherwise."""

from __future__ import annotations

from hub.alert.views import PlanRequest
from hub.audience.plan import Plan
from hub.store.alerts import alerts
from targeting.audience import Audience, Circle, Corridor, Groups, Polygon
from tests.stories.town import BAOTA, BRIDGE, Town

SQUARE = ((36.0, 109.0), (37.0, 109.0), (37.0, 110.0), (36.0, 110.0), (36.0, 109.0))


async def test_an_update_keeps_the_groups_shapes_and_languages_of_the_message_before(town: Town) -> None:
    author = town.officials["author"]
    draft = await town.drafts(town.cap(BRIDGE), channels=("sms",))
    also = Audience(
        polygons=(Polygon(SQUARE, buffer_km=1.0),),
        circles=(Circle(36.6, 109.5, 5.0),),
        groups=Groups(none=frozenset({"fishermen"})),
        corridors=(Corridor(((36.6, 109.4), (36.6, 109.6)), 4.0),),
        languages=frozenset({"zh"}),
    )
    request = PlanRequest(("sms",), regions=frozenset({BAOTA}), also=also)
    planned = await town.hub.drafting.replan(author, draft.id, draft.version, request)
    released = await town.releases(await town.approves(await town.submits(planned)))
    update = await town.hub.drafting.update(author, released.id, town.cap(BRIDGE, headline="still raining"))

    async def plan(alert: int) -> Plan:
        row = await town.hub.db.read(lambda connection: alerts.get(connection, alert))
        return Plan.from_json(row.plan)

    before, after = await plan(released.id), await plan(update.id)
    assert after.added == before.added
    assert after.audience == before.audience
    assert after.audience.groups.none == {"fishermen"}
    assert after.audience.languages == {"zh"}
    assert len(after.audience.polygons) == len(after.audience.circles) == len(after.audience.corridors) == 1
    assert (await town.submits(update)).targeted == released.targeted
