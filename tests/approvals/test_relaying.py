"""Who may pass another unit's warning on: whoever the rule says, in their own area and by their own steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.answer import Allowed
from approvals.level import Level
from approvals.load import policy_of
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput

COUNTY, TOWN, OTHER = "610602000000", "610602001000", "610625000000"
RULE = {"id": "MET-30", "levels": ["*"], "events": ["*"], "steps": {"review": 1, "sign": 2}, "source": "x"}
WEATHER = {**RULE, "who": {"kinds": ["met"]}, "cancel": {"kinds": ["met"]}}
KINDS = {"met": "station", "government": "government"}
RELAY = PolicyInput(Level.RED, "11B03", frozenset({TOWN}), frozenset({"sms"}), 1, "Alert", "live", relays=True)


def may(kind: str, stakes: PolicyInput, area: str = COUNTY, **rule: object) -> bool:
    official = Official(1, "o", "unit", area, frozenset({Right.SIGN}), kind)
    policy = policy_of({"rule": [WEATHER | rule], "kinds": KINDS})
    return isinstance(policy.may(official, Right.SIGN, stakes), Allowed)


@pytest.mark.parametrize("msg_type", ["Alert", "Update", "Cancel"])
def test_any_unit_passes_on_in_its_own_area_what_only_another_may_issue(msg_type: str) -> None:
    relay = replace(RELAY, msg_type=msg_type)
    assert may("government", relay)
    assert not may("government", relay, OTHER)
    assert not may("government", replace(relay, relays=False))


def test_a_rule_that_names_who_may_relay_lets_nobody_else() -> None:
    assert may("government", RELAY, relay={"kinds": ["government"]})
    assert not may("met", RELAY, relay={"kinds": ["government"]})


def test_a_relay_asks_for_the_steps_of_the_rule_that_holds() -> None:
    assert policy_of({"rule": [WEATHER], "kinds": KINDS}).requirement(RELAY).steps == {"review": 1, "sign": 2}


def test_what_is_not_for_the_public_is_not_passed_on_to_it() -> None:
    assert not may("government", RELAY, public=False)
