"""Why a person is in an audience is told to those whose area the person is in."""

from __future__ import annotations

import orjson
import pytest

from approvals.official import Official, Right
from hub.alert.views import PlanRequest
from hub.errors import Forbidden, NotFound
from hub.store.records import audit
from hub.store.register import recipients
from hub.web.api.planning import PlanBody
from targeting.audience import Audience, Circle, Groups
from targeting.explain import SelectionReason
from targeting.recipient import Recipient
from tests.stories.town import BAOTA, BRIDGE, CITY, NATION, ZHIDAN, Town

MONITOR = frozenset({Right.MONITOR})


def of(area: str, *rights: Right) -> Official:
    return Official(99, "clerk", "office", area, MONITOR | set(rights))


async def noted(town: Town) -> list[tuple[str, str, str]]:
    rows = await town.hub.db.read(lambda connection: list(audit.entries(connection)))
    return [(row.actor, row.action, row.subject) for row in rows if row.action in {"explain", "refused"}]


async def test_a_person_is_explained_by_the_plan_of_an_alert_clause_by_clause(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    far = Audience(circles=(Circle(10.0, 60.0, 1.0),), groups=Groups(none=frozenset({"elderly"})))
    await town.hub.drafting.replan(town.officials["author"], draft.id, draft.version, PlanRequest(("sms",), also=far))
    told = await town.hub.explaining.of_alert(of(BAOTA, Right.REVEAL), "bridge-0", draft.id)
    assert told.selected
    assert told.reasons == (
        SelectionReason("region", BAOTA, holds=True, how="below"),
        SelectionReason("circle", "1", holds=False, how="cell"),
        SelectionReason("group-none", "elderly", holds=True),
    )
    hills = await town.hub.explaining.of_alert(of(NATION, Right.REVEAL), "hills-0", draft.id)
    assert not hills.selected


async def test_a_plan_that_nobody_has_drafted_is_explained(town: Town) -> None:
    request = PlanBody.model_validate({"regions": [BRIDGE], "languages": ["en"]}).request()
    told = await town.hub.explaining.of_plan(of(CITY), "bridge-0", request)
    assert not told.selected
    assert [(each.kind, each.holds) for each in told.reasons] == [("region", True), ("language", False)]


@pytest.mark.parametrize("who", ["hills-0", "nobody"])
async def test_whom_others_answer_for_and_who_is_not_registered_are_one_refusal_that_is_noted(
    town: Town, who: str
) -> None:
    request = PlanRequest(regions=frozenset({BAOTA}))
    with pytest.raises(Forbidden) as refused:
        await town.hub.explaining.of_plan(of(BAOTA), who, request)
    assert (refused.value.rule, refused.value.audited) == ("need-to-know", True)
    assert await noted(town) == [("clerk", "refused", "recipient")]


async def test_who_answers_for_the_country_is_told_that_nobody_has_the_number(town: Town) -> None:
    with pytest.raises(NotFound):
        await town.hub.explaining.of_plan(of(NATION), "nobody", PlanRequest(regions=frozenset({ZHIDAN})))


async def test_every_explanation_is_noted_with_who_asked_about_whom(town: Town) -> None:
    await town.hub.explaining.of_plan(of(CITY), "hills-0", PlanRequest(regions=frozenset({ZHIDAN})))
    assert await noted(town) == [("clerk", "explain", f"recipient/{town.ids['hills-0']}")]


async def test_who_is_in_a_group_is_told_with_the_right_to_reveal_only_and_the_record_says_that_it_was(
    town: Town,
) -> None:
    old = Recipient("old", BRIDGE, "zh", groups=frozenset({"elderly"}))
    await town.hub.db.write(lambda connection: recipients.upsert(connection, town.hub.vault, [old], 1))
    clerk, keeper = of(BAOTA), of(BAOTA, Right.REVEAL)
    asking = town.hub.explaining
    anyone = PlanRequest(regions=frozenset({BRIDGE}))
    named = PlanRequest(regions=frozenset({BRIDGE}), also=Audience(groups=Groups(none=frozenset({"elderly"}))))
    assert (await asking.of_plan(clerk, "old", anyone)).groups is None
    with pytest.raises(Forbidden) as refused:
        await asking.of_plan(clerk, "old", named)
    assert (refused.value.rule, refused.value.place, refused.value.audited) == ("need-to-know", "groups", True)
    told = await asking.of_plan(keeper, "old", named)
    assert (told.groups, told.selected) == (("elderly",), False)
    rows = await town.hub.db.read(lambda connection: list(audit.entries(connection)))
    said = [(row.action, orjson.loads(row.detail)) for row in rows if row.actor == "clerk"]
    assert said == [
        ("explain", {"alert": None, "groups": False}),
        ("refused", {"alert": None, "rule": "need-to-know"}),
        ("explain", {"alert": None, "groups": True}),
    ]
