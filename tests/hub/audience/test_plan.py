"""What a plan says, and that the store gives it back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hub.alert.alert import Area, NamedValue
from hub.audience.plan import Plan, audience_of
from targeting.audience import Audience, Circle, Groups, Polygon, tree
from tests.stories.warnings import alert_of

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
RING = ((36.0, 109.0), (36.0, 110.0), (37.0, 110.0), (36.0, 109.0))

keys = st.frozensets(st.text("0123456789:ABC", min_size=1, max_size=12), max_size=4)
degrees = st.floats(-80, 80, allow_nan=False)
plans = st.builds(
    Plan,
    audience=st.builds(
        Audience,
        regions=keys,
        polygons=st.lists(st.lists(st.tuples(degrees, degrees), min_size=4, max_size=5), max_size=2).map(
            lambda rings: tuple(Polygon(tuple(ring)) for ring in rings)
        ),
        circles=st.lists(st.builds(Circle, degrees, degrees, st.floats(0, 500)), max_size=2).map(tuple),
        groups=st.builds(Groups, keys, keys, keys),
    ),
    channels=st.lists(st.sampled_from(["sms", "voice", "email"]), unique=True).map(tuple),
    escalation=st.sampled_from([(), (("sms", "voice"),)]),
    added=st.builds(Audience, regions=keys),
)


@given(plans)
def test_a_plan_comes_back_from_the_store_as_it_was(plan: Plan) -> None:
    stored = Plan.from_json(plan.to_json())
    assert tree(stored.audience) == tree(plan.audience)
    assert replace(stored, audience=plan.audience) == plan


@given(plans)
def test_the_same_plan_is_always_written_the_same_way(plan: Plan) -> None:
    assert Plan.from_json(plan.to_json()).to_json() == plan.to_json()


def test_the_areas_of_every_language_are_united_and_each_shape_is_kept_once() -> None:
    shaped = Area(
        "here", polygons=(Polygon(RING),), circles=(Circle(36.0, 109.0, 2.0),), geocodes=(NamedValue("UGC", "A"),)
    )
    alert = alert_of(NOW, "a", areas=(shaped,))
    other = Area("there", polygons=(Polygon(RING),), geocodes=(NamedValue("UGC", "B"),))
    alert = replace(alert, infos=(alert.infos[0], replace(alert.infos[1], areas=(other,))))
    audience = audience_of(alert, frozenset({"610602000000"}), frozenset({"elderly"}))
    assert audience.regions == {"UGC:A", "UGC:B", "610602000000"}
    assert audience.polygons == (Polygon(RING),)
    assert audience.circles == (Circle(36.0, 109.0, 2.0),)
    assert audience.groups == Groups(frozenset({"elderly"}))


def test_a_short_chinese_code_names_the_same_place_as_the_long_one() -> None:
    short, long = (
        audience_of(alert_of(NOW, "a", code), frozenset(), frozenset()) for code in ("610602", "610602000000")
    )
    assert short == long
