"""A change of level is read with both its levels and its direction; what may only come is none."""

from __future__ import annotations

import pytest

from approvals import level_change
from approvals.level import Level
from approvals.level_change import level_changes


@pytest.mark.parametrize(
    ("headline", "former", "new", "contradictory"),
    [
        ("城口县气象台将暴雨黄色预警信号升级为暴雨橙色预警信号", Level.YELLOW, Level.ORANGE, False),
        ("暴雨红色预警降为橙色预警", Level.RED, Level.ORANGE, False),
        ("暴雨橙色预警变更为黄色预警", Level.ORANGE, Level.YELLOW, False),
        ("暴雨橙色预警升级为黄色", Level.ORANGE, Level.YELLOW, True),
        ("将暴雨黃色預警降級為暴雨紅色", Level.YELLOW, Level.RED, True),
        ("Rainstorm warning upgraded from yellow to orange", Level.YELLOW, Level.ORANGE, False),
        ("Rainstorm warning downgraded from yellow to orange", Level.YELLOW, Level.ORANGE, True),
    ],
)
def test_a_change_is_read(headline: str, former: Level, new: Level, *, contradictory: bool) -> None:
    (change,) = level_changes(headline)
    assert (change.former, change.new, change.is_contradictory) == (former, new, contradictory)


@pytest.mark.parametrize(
    "headline",
    [
        "暴雨橙色预警可能升级为红色",
        "暴雨橙色预警",
        "水位由3米升至5米，暴雨橙色预警",
        "暴雨预警升级为橙色",
        "暴雨橙色预警，气温下降到5度",
    ],
)
def test_what_is_no_change_of_level_is_none(headline: str) -> None:
    assert level_changes(headline) == ()


def test_it_is_the_look_for_what_may_come_that_lets_it_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look taken out: what may come is read as a change."""
    monkeypatch.setattr(level_change, "_ONLY_MAY", level_change.re.compile("(?!)"))
    assert level_changes("暴雨橙色预警可能升级为红色")
