"""An estimate before approval: what it counts is what a release would do, and what it says comes to pass."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from approvals.level import Level
from hub.alert.views import PlanRequest
from hub.clock import to_ms
from hub.errors import Forbidden, Invalid, Refusal
from hub.estimate.service import Hypothetical
from hub.settings.settings import EstimateSettings, LevelBudget, LevelJudgement
from hub.store.access import units
from hub.store.register import preferences, recipients
from hub.store.register.preferences import EVERYTHING, Preferences, Way
from hub.store.schema import audit as audit_table
from targeting.audience import Audience, Circle
from targeting.recipient import Recipient
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, ZHIDAN, Cast, Town

BY_THE_BRIDGE = Audience(circles=(Circle(36.6, 109.5, 3.0),))


def judged(**settings: Any) -> Cast:
    return Cast(settings={"estimate": EstimateSettings(**settings)})


async def enrol(town: Town, *people: Recipient) -> None:
    now = to_ms(town.clock.now())
    await town.hub.db.write(lambda connection: recipients.upsert(connection, town.hub.vault, list(people), now))


def neighbour(**changes: Any) -> Recipient:
    """Somebody of the bridge town; with what is given."""
    told = {"language": "zh", "groups": frozenset(), "addresses": {"sms": "+8619919999999"}, "region": BRIDGE} | changes
    return Recipient("neighbour", told["region"], told["language"], 36.6, 109.5, told["groups"], told["addresses"])


async def estimated(town: Town, **plan: Any) -> Any:
    draft = await town.drafts(**plan)
    return await town.hub.estimates.of_alert(draft.id)


async def test_the_persons_of_an_estimate_are_those_a_release_targets_and_stand_in_one_township_and_one_language_each(
    town: Town,
) -> None:
    await enrol(town, neighbour(region=BAOTA, addresses={}))
    draft = await town.drafts()
    estimate = await town.hub.estimates.of_alert(draft.id)
    released = await town.releases(await town.approves(await town.submits(draft)))
    assert estimate.persons == released.targeted == 21
    townships = {each.key: (each.name, each.persons) for each in estimate.townships.shown}
    assert townships == {BRIDGE: ("桥镇", 12), RIVER: ("河镇", 8), BAOTA: ("宝塔区", 1)}
    assert {each.key: each.persons for each in estimate.languages} == {"zh": 16, "en": 5}
    assert {each.key: each.persons for each in estimate.groups} == {"elderly": 2}
    assert {each.key: each.persons for each in estimate.channels} == {"sms": 20, "voice": 20}


async def test_who_has_none_of_the_chosen_channels_is_counted_with_what_would_reach_them(town: Town) -> None:
    await enrol(town, neighbour(groups=frozenset({"elderly"}), addresses={"voice": "+8619919999999"}))
    missed = (await estimated(town, channels=("sms",))).unreachable
    assert missed.persons == 1
    assert [(each.key, each.persons) for each in missed.townships.shown] == [(BRIDGE, 1)]
    assert [(each.key, each.persons) for each in missed.groups] == [("elderly", 1)]
    assert [(each.key, each.persons) for each in missed.others] == [("voice", 1)]


async def test_who_refused_every_channel_is_in_no_estimate_unless_the_law_overrides_it_just_as_at_a_release(
    town: Town,
) -> None:
    way = Way("page", to_ms(town.clock.now()))
    refused = {
        town.ids["bridge-0"]: Preferences(refused=frozenset({EVERYTHING})),
        town.ids["bridge-1"]: Preferences(refused=frozenset({"sms"})),
    }
    await town.hub.db.write(lambda connection: preferences.store_preferences(connection, refused, way))
    for severity, expected in (("Moderate", (19, 1, 0)), ("Extreme", (20, 0, 2))):
        draft = await town.drafts(town.cap(severity=severity))
        estimate = await town.hub.estimates.of_alert(draft.id)
        assert (estimate.persons, estimate.refusing, estimate.overridden) == expected
        assert {each.key: each.persons for each in estimate.channels}["sms"] == (18 if expected[1] else 20)
        released = await town.releases(await town.approves(await town.submits(draft)))
        assert released.targeted == estimate.persons


async def test_a_warning_is_kept_with_the_alert_told_in_the_log_and_gone_when_it_is_mended(town: Town) -> None:
    await enrol(town, neighbour(language="ug", groups=frozenset({"sight_impaired"})))
    submitted = await town.submits(await town.drafts(channels=("sms",)))
    assert {finding["rule"] for finding in submitted.findings} == {"missing-language", "missing-accessible-form"}
    entry = await town.hub.db.read(
        lambda connection: connection.execute(
            select(audit_table.c.detail).where(audit_table.c.action == "submit")
        ).scalar_one()
    )
    assert "missing-language: 1 persons want ug" in entry
    again = await town.decides(submitted, "reviewer", "review", verdict="return", reason="add speech")
    await enrol(town, neighbour())
    mended = await town.submits(again)
    assert mended.findings == ()


async def test_what_the_settings_block_is_refused_by_name_and_nothing_changes(settle: Any) -> None:
    town: Town = await settle(judged(missing_accessible_form=LevelJudgement(orange="block")))
    await enrol(town, neighbour(groups=frozenset({"sight_impaired"})))
    draft = await town.drafts(channels=("sms",))
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "missing-accessible-form"
    assert [finding["level"] for finding in refused.value.findings] == ["block"]
    assert (await town.hub.alerts.get(draft.id)).stage == "draft"
    spoken = await town.drafts(channels=("sms", "voice"))
    assert (await town.submits(spoken)).stage == "submitted"


async def test_who_was_warned_as_often_as_is_allowed_is_counted_and_the_end_of_a_warning_goes_to_them_all_the_same(
    settle: Any,
) -> None:
    town: Town = await settle(judged(fatigue=LevelJudgement(orange="block"), budget_day=LevelBudget(orange=1)))
    first = await town.warns(town.cap(BRIDGE), channels=("sms",))
    draft = await town.drafts(channels=("sms",))
    day, week = (await town.hub.estimates.of_alert(draft.id)).recent
    assert (day.hours, day.alerts, day.persons, day.over) == (24, 1, 12, 12)
    assert day.histogram == {"0": 8, "1": 12}
    assert [(each.key, each.persons) for each in day.townships.shown] == [(BRIDGE, 12)]
    assert (week.alerts, week.over) == (1, 0)
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "fatigue"
    assert (await town.cancels(first)).stage == "released"
    town.clock.advance(25 * 3600)
    assert (await town.hub.estimates.of_alert(draft.id)).recent[0].persons == 0


async def test_places_of_others_are_told_ahead_with_the_unit_that_is_competent(town: Town) -> None:
    await town.hub.db.write(lambda connection: county(connection, to_ms(town.clock.now())))
    thought = Hypothetical(Level.ORANGE, "暴雨", unit="county")
    own = await town.hub.estimates.of_plan(PlanRequest(regions=frozenset({BRIDGE})), thought)
    assert (own.jurisdiction.outside, own.jurisdiction.referral) == ((), None)
    both = await town.hub.estimates.of_plan(PlanRequest(regions=frozenset({BRIDGE, HILLS})), thought)
    assert [(each.key, each.name, each.persons) for each in both.jurisdiction.outside] == [(HILLS, "山镇", 5)]
    assert both.jurisdiction.referral.area == "610600000000"
    assert [(finding["rule"], finding["level"]) for finding in both.findings] == [("LAW-18", "block")]


async def test_a_plan_without_a_place_or_with_a_channel_nobody_has_is_refused(town: Town) -> None:
    with pytest.raises(Refusal) as refused:
        await town.hub.estimates.of_plan(PlanRequest(), Hypothetical(Level.RED))
    assert refused.value.rule == "audience-placeless"
    with pytest.raises(Invalid) as refused:
        await town.hub.estimates.of_plan(PlanRequest(("smoke",), frozenset({BRIDGE})), Hypothetical(Level.RED))
    assert refused.value.rule == "channel-unknown"


def county(connection: Any, now: int) -> None:
    units.ensure(connection, units.Unit(0, "county", BAOTA, "meteorological"), now)


async def test_a_county_releases_a_drawing_within_it_and_hands_it_up_once_one_person_of_another_county_is_in_it(
    settle: Any,
) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    plan = {"also": BY_THE_BRIDGE, "channels": ("sms",)}
    first = await town.prepares(**plan)
    assert (await town.releases(first)).targeted == 20
    second = await town.prepares(**plan)
    await enrol(town, neighbour(region=HILLS))
    with pytest.raises(Forbidden) as refused:
        await town.releases(second)
    assert refused.value.members["referral"]["area"] == "610600000000"
    told = (await town.hub.estimates.of_alert(second.id)).jurisdiction
    assert [each.key for each in told.outside] == [ZHIDAN]
    with pytest.raises(Forbidden):
        await town.drafts(**plan)
