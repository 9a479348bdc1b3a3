"""What approvals see of an alert: its digest, its stakes, its decisions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from approvals.authority import Policy
from hub.alert.alert import Area, NamedValue
from hub.audience.plan import Plan, audience_of
from hub.dossier import frozen
from hub.dossier.signature_progress import missing_of, steps_of
from hub.errors import Forbidden
from hub.store.alerts import alerts
from targeting.audience import Circle, Polygon
from tests.hub.rows import alert_row
from tests.stories.town import BAOTA, BRIDGE, NATION, ZHIDAN, Cast, Town
from tests.stories.warnings import alert_of, areas_of

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
RING = ((36.0, 109.0), (36.0, 110.0), (37.0, 110.0), (36.0, 109.0))
HERE = Circle(36.6, 109.5, 3.0)


def stakes_at(*areas: Area):
    alert = alert_of(NOW, "a", areas=areas)
    return frozen.stakes_of(alert_row(), alert, Plan(audience_of(alert, frozenset(), frozenset()), ("sms",)))


def test_codes_alone_stake_just_these_regions() -> None:
    assert stakes_at(*areas_of(BRIDGE, ZHIDAN)).areas == {BRIDGE, ZHIDAN}


@pytest.mark.parametrize("shape", [{"circles": (HERE,)}, {"polygons": (Polygon(RING),)}])
def test_a_shape_may_reach_beyond_any_region_and_stakes_the_whole_country(shape) -> None:
    area = Area("here", geocodes=(NamedValue("行政区划代码", BRIDGE),), **shape)
    assert stakes_at(area).areas == {BRIDGE, NATION}


def test_a_12379_event_code_says_what_the_event_is() -> None:
    alert = alert_of(NOW, "a", BRIDGE)
    assert frozen.event_of(alert) == "暴雨"
    coded = alert.infos[0].__class__(
        "暴雨", "Immediate", "Severe", "Observed", ("Met",), event_codes=(NamedValue("12379", "11B03"),)
    )
    assert frozen.event_of(alert.__class__(**{**fields_of(alert), "infos": (coded,)})) == "11B03"


def fields_of(alert):
    return {name: getattr(alert, name) for name in alert.__slots__}


async def test_an_office_of_one_county_cannot_warn_by_a_circle_that_reaches_the_next(settle) -> None:
    town = await settle(Cast(officials_of=BAOTA))
    area = Area("here", circles=(Circle(36.7, 109.2, 80.0),), geocodes=(NamedValue("行政区划代码", BRIDGE),))
    with pytest.raises(Forbidden) as refused:
        await town.drafts(town.cap(areas=(area,)), channels=("sms",))
    assert refused.value.rule == "LAW-18"


async def test_an_office_of_one_county_warns_its_own_townships_and_no_others(settle) -> None:
    town = await settle(Cast(officials_of=BAOTA))
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    assert flood.stage == "released"
    for code in (ZHIDAN, "610600000000"):
        with pytest.raises(Forbidden) as refused:
            await town.drafts(town.cap(code), channels=("sms",))
        assert refused.value.rule == "LAW-18"


async def test_an_area_added_by_an_official_is_staked_like_any_other(settle) -> None:
    town = await settle(Cast(officials_of=BAOTA))
    with pytest.raises(Forbidden) as refused:
        await town.drafts(town.cap(BRIDGE), channels=("sms",), regions=frozenset({ZHIDAN}))
    assert refused.value.rule == "LAW-18"


async def test_a_lower_level_update_of_a_red_alert_still_wants_the_signatures_of_red(town: Town) -> None:
    red = await town.warns(town.cap(severity="Extreme"), channels=("sms",))
    draft = await town.hub.drafting.update(town.officials["author"], red.id, town.cap(severity="Minor"))
    waiting = await town.submits(draft)
    assert waiting.level == "blue"
    assert waiting.missing == ("review", "sign", "sign")


async def test_the_digest_computed_again_from_sql_is_the_one_that_was_signed(town: Town) -> None:
    flood = await town.submits(await town.drafts())
    other = town.hub.db

    def again(connection) -> str:
        row = alerts.get(connection, flood.id)
        return frozen.load(connection, row).digest()

    assert await other.read(again) == flood.digest


async def test_a_policy_without_a_rule_shows_the_alert_and_says_that_a_rule_is_wanted(town: Town) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))

    def missing(connection):
        dossier = frozen.load(connection, alerts.get(connection, flood.id))
        return missing_of(steps_of(Policy(()), dossier))

    assert await town.hub.db.read(missing) == ("rule",)
