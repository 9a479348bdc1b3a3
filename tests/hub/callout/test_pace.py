"""The pace of calling by level: the graver is called about sooner, and never waits for what the lesser used up."""

from __future__ import annotations

from itertools import pairwise

from approvals.level import Level
from hub.callout.sweep import pace_of
from hub.settings.calls import CallSettings
from hub.settings.settings import Settings

ASCENDING = (Level.BLUE, Level.YELLOW, Level.ORANGE, Level.RED)


def test_the_graver_a_warning_the_sooner_is_called_again_and_further_up() -> None:
    paces = [pace_of(Settings(), int(level)) for level in ASCENDING]
    for lesser, graver in pairwise(paces):
        assert graver.repeat < lesser.repeat
        assert graver.climb < lesser.climb


def test_the_lesser_leave_calls_of_the_hour_to_the_graver_and_are_left_one_themselves() -> None:
    assert [pace_of(Settings(), int(level)).per_hour for level in ASCENDING] == [3, 3, 5, 5]
    tight = Settings(calls=CallSettings(per_hour=1))
    assert [pace_of(tight, int(level)).per_hour for level in ASCENDING] == [1, 1, 1, 1]
