"""Which warnings go first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from approvals.level import Level
from hub.alert.priority import EXERCISE, PRIORITIES, priority_of, urgency
from tests.for_all import for_all

levels = st.sampled_from(list(Level))
types = st.sampled_from(["Alert", "Update", "Cancel"])


@for_all(levels, levels, types)
def test_a_higher_level_never_goes_behind_a_lower_one_of_the_same_type(higher: Level, lower: Level, kind: str) -> bool:
    if higher <= lower:
        return False
    assert urgency(priority_of(higher, kind, "live")) <= urgency(priority_of(lower, kind, "live"))
    return True


@given(levels, types)
def test_a_cancel_is_never_behind_the_alert_it_lifts_nor_below_orange(level: Level, kind: str) -> None:
    lift = priority_of(level, "Cancel", "live")
    assert urgency(lift) <= urgency(priority_of(level, kind, "live"))
    assert urgency(lift) <= urgency("orange")


@given(levels, types, levels, types)
def test_nothing_live_waits_behind_an_exercise(level: Level, kind: str, drilled: Level, other: str) -> None:
    assert priority_of(drilled, other, "exercise") == EXERCISE
    assert urgency(priority_of(level, kind, "live")) < urgency(EXERCISE)


def test_red_is_the_most_urgent_lane_of_all() -> None:
    assert priority_of(Level.RED, "Alert", "live") == PRIORITIES[0]
    assert priority_of(Level.BLUE, "Alert", "live") == "blue"
