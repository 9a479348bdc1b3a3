"""What a delegation lends, and how it is named where it was used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.authority import delegations_in, ground
from approvals.delegation import delegation_of
from approvals.grant import EMERGENCY, FULL
from approvals.level import Level
from approvals.paper import StandingRefused
from approvals.policy_input import PolicyInput

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
AREA, INSIDE, OUTSIDE = "610602000000", "610602001000", "610625000000"


def tree(**changes: Any) -> dict[str, Any]:
    return {
        "name": "power cuts",
        "document_no": "7",
        "grantor": "government",
        "unit": "bureau",
        "acts": ["review", "sign"],
        "events": ["停电*", "13A*"],
        "levels": ["yellow", "blue"],
        "areas": [AREA],
        "channels": ["sms", "voice"],
        "valid_from": NOW.isoformat(),
        "valid_until": (NOW + timedelta(days=200)).isoformat(),
        "review_by": (NOW + timedelta(days=100)).isoformat(),
    } | changes


def stakes(level: Level, event: str, area: str, channel: str) -> PolicyInput:
    return PolicyInput(level, event, frozenset({area}), frozenset({channel}), 1, "Alert", "live")


def test_a_delegation_that_does_not_say_lends_both_ways() -> None:
    grant = delegation_of(tree()).grant(4, AREA, "government")
    case = stakes(Level.YELLOW, "停电", AREA, "sms")
    assert (grant.covers("sign", case, EMERGENCY), grant.covers("sign", case, FULL)) == (True, True)


@given(
    act=st.sampled_from(["draft", "review", "sign", "release"]),
    level=st.sampled_from(Level),
    event=st.sampled_from(["停电", "13A02", "断水"]),
    where=st.tuples(st.sampled_from([AREA, INSIDE, OUTSIDE]), st.sampled_from(["sms", "voice", "email"])),
    path=st.sampled_from([FULL, EMERGENCY]),
    emergency_only=st.booleans(),
)
def test_a_grant_is_just_what_its_paper_says(
    act: str, level: Level, event: str, where: tuple[str, str], path: str, emergency_only: bool
) -> None:
    area, channel = where
    grant = delegation_of(tree(emergency_only=emergency_only)).grant(4, AREA, "government")
    assert (grant.id, grant.unit, grant.area, grant.kind) == (4, "government", AREA, "government")
    inside = act in {"review", "sign"} and level <= Level.YELLOW and event != "断水" and area != OUTSIDE
    wanted = inside and channel != "email" and (path == EMERGENCY or not emergency_only)
    assert grant.covers(act, stakes(level, event, area, channel), path) is wanted


@given(st.permutations(["sms", "voice", "email"]), st.permutations(["停电*", "13A*"]))
def test_the_order_of_a_set_never_changes_what_is_signed(channels: list[str], events: list[str]) -> None:
    one, other = tree(channels=channels, events=events), tree(channels=sorted(channels), events=sorted(events))
    assert delegation_of(one).digest() == delegation_of(other).digest()
    assert delegation_of(one).digest().startswith("fd1:")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"unit": "government"}, "unit"),
        ({"unit": ""}, "unit"),
        ({"acts": []}, "acts"),
        ({"acts": ["sign", "sign"]}, "acts"),
        ({"acts": ["administer"]}, "acts.0"),
        ({"events": ["*"]}, "events"),
        ({"channels": []}, "channels"),
        ({"valid_until": (NOW + timedelta(days=400)).isoformat()}, "valid_until"),
        ({"grantee": "sensor"}, "grantee"),
    ],
)
def test_a_paper_without_bounds_is_refused_naming_the_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(StandingRefused) as refused:
        delegation_of(tree(**changes))
    assert refused.value.place == place


@given(st.frozensets(st.integers(1, 10**9)), st.sampled_from(["general", "MET-30+art-46-IV", "delegation-rule"]))
def test_the_papers_a_release_rests_on_are_read_back_from_its_name(papers: frozenset[int], rule: str) -> None:
    assert delegations_in(ground(papers, rule)) == papers


def test_a_list_that_is_given_as_an_object_is_told_how_it_is_written() -> None:
    with pytest.raises(StandingRefused, match=r"write a list, \[\.\.\.\]") as refused:
        delegation_of(tree(zones={"name": "坝下", "regions": [INSIDE]}))
    assert refused.value.place == "zones"


@pytest.mark.parametrize(
    "named", ["delegation:+general", "delegation:x+general", "delegation:\u00b2+general", "grant:3+general"]
)
def test_a_name_written_by_hand_is_read_as_no_paper(named: str) -> None:
    assert delegations_in(named) == frozenset()
