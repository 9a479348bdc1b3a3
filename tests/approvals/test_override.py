"""The law above people's own choices is read from the policy, and refused where it says nothing clear."""

from __future__ import annotations

import pytest

from approvals.authority import PolicyRefused
from approvals.event_table import load_events
from approvals.level import Level
from approvals.load import load_policy, policy_of
from approvals.policy_input import PolicyInput
from hub.settings.settings import CONFIG_DIR

RULE = {"id": "r", "levels": ["*"], "events": ["*"], "steps": {"review": 1, "sign": 1}, "source": "a law"}


def warning(level: Level, event: str) -> PolicyInput:
    return PolicyInput(level, event, frozenset(), frozenset(), 1, "Alert", "live")


def override_of(table):
    return policy_of({"rule": [RULE], "override": table}).override


def test_the_policy_of_the_house_overrides_opt_outs_for_red_only() -> None:
    override = load_policy(CONFIG_DIR / "authority.toml", load_events(CONFIG_DIR / "events.toml")).override
    assert [level for level in Level if override.holds(warning(level, "暴雨"))] == [Level.RED]
    assert override.source


def test_without_the_table_nothing_is_overridden() -> None:
    assert not any(policy_of({"rule": [RULE]}).override.holds(warning(level, "11B03")) for level in Level)


def test_events_limit_it() -> None:
    override = override_of({"levels": ["red", "orange"], "events": ["11C*"], "source": "a law"})
    assert override.holds(warning(Level.ORANGE, "11C01"))
    assert not override.holds(warning(Level.RED, "11B03"))
    assert not override.holds(warning(Level.YELLOW, "11C01"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("red", "a table"),
        ({"levels": ["red"]}, "source is missing"),
        ({"source": "a law"}, "levels is missing"),
        ({"levels": ["pink"], "source": "a law"}, "pink"),
        ({"levels": ["red"], "source": "a law", "who": 1}, "unknown key"),
        ({"levels": ["red"], "source": " "}, "not empty"),
    ],
)
def test_a_table_that_is_not_clear_is_refused_by_place(table, said) -> None:
    with pytest.raises(PolicyRefused, match=r"override.*" + said):
        override_of(table)
