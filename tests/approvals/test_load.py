"""A policy that leaves a gap, contradicts itself or hides a rule is not loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from approvals.authority import Policy, PolicyRefused
from approvals.event_table import load_events
from approvals.level import Level
from approvals.load import load_policy, policy_of
from approvals.policy_input import PolicyInput
from tests.for_all import for_all

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "authority.toml"


def rule(name: str, **changes: object) -> dict[str, object]:
    return {"id": name, "levels": ["*"], "events": ["*"], "steps": {"sign": 1}, "source": "x"} | changes


def stakes(level: Level, event: str = "11B03") -> PolicyInput:
    return PolicyInput(level, event, frozenset(), frozenset(), 1, "Alert", "live")


def test_the_shipped_policy_wants_two_signatures_for_red_and_one_below() -> None:
    policy = load_policy(SHIPPED, load_events(SHIPPED.with_name("events.toml")))
    assert policy.requirement(stakes(Level.RED)).steps == {"review": 1, "sign": 2}
    for level in (Level.ORANGE, Level.YELLOW, Level.BLUE):
        assert policy.requirement(stakes(level)).steps == {"review": 1, "sign": 1}


@pytest.mark.parametrize("missing", ["red", "orange", "yellow", "blue"])
def test_case_15_a_policy_without_a_rule_for_one_level_is_refused_naming_it(missing: str) -> None:
    levels = [word for word in ("red", "orange", "yellow", "blue") if word != missing]
    with pytest.raises(PolicyRefused, match=f"gap: level {missing}"):
        policy_of({"rule": [rule("a", levels=levels), rule("b", levels=[missing], events=["11*"])]})


def test_a_catch_all_of_one_province_does_not_fill_the_gap_of_the_country() -> None:
    with pytest.raises(PolicyRefused, match="gap: level red"):
        policy_of({"rule": [rule("a", area="500000000000")]})


def test_two_rules_that_hold_equally_are_refused_naming_both() -> None:
    tables = [rule("all"), rule("a", events=["11*B"], levels=["red"]), rule("b", events=["1*1B"], levels=["red"])]
    with pytest.raises(PolicyRefused, match=r"overlap: rules a and b .* '11\*B' and '1\*1B'"):
        policy_of({"rule": tables})


def test_rules_of_other_levels_areas_or_events_do_not_overlap() -> None:
    tables = [
        rule("all"),
        rule("a", events=["11*"], levels=["red"]),
        rule("b", events=["11*"], levels=["blue"]),
        rule("c", events=["12*"], levels=["red"]),
        rule("d", events=["11*"], levels=["red"], area="500000000000"),
    ]
    assert len(policy_of({"rule": tables}).rules) == 5


def test_a_rule_that_another_always_precedes_is_refused_naming_both() -> None:
    tables = [rule("all"), rule("wide", events=["11*"], precedence=1), rule("hidden", events=["11B*"], levels=["red"])]
    with pytest.raises(PolicyRefused, match="rule hidden: can never hold: rule wide always comes first"):
        policy_of({"rule": tables})


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (rule("a", sing=1), "rule a: unknown key 'sing'"),
        ({"id": "a"}, "rule a: levels is missing"),
        ({}, "rule number 1: id is missing"),
        (rule("a", levels=["purple"]), "rule a: levels: level 'purple'"),
        (rule("a", levels=[]), "rule a: levels: an empty list"),
        (rule("a", levels="red"), "rule a: levels: a list of words"),
        (rule("a", events=["11?"]), "rule a: events: '11[?]': only"),
        (rule("a", events=["*", "11*"]), "rule a: events: '11[*]' is already in '[*]'"),
        (rule("a", events=["11", "11"]), "rule a: events: '11' is already in"),
        (rule("a", steps={"sgin": 1}), "rule a: steps: 'sgin' is not one of review, sign"),
        (rule("a", steps={"review": 2}), "rule a: steps: at least one person must sign"),
        (rule("a", steps={"sign": True}), "rule a: steps: sign: True is not a number"),
        (rule("a", steps={"sign": -1}), "rule a: steps: sign: -1 is not a number"),
        (rule("a", steps=[1]), "rule a: steps: a table"),
        (rule("a", who={"kinds": ["met"]}), "rule a: who: kinds: 'met' is not one of"),
        (rule("a", who={"tiers": ["town"]}), "rule a: who: tiers: 'town' is not one of"),
        (rule("a", precedence=1.5), "rule a: precedence: 1.5 is not an integer"),
        (rule("a", source=" "), "rule a: source: a text"),
    ],
)
def test_a_bad_rule_is_refused_naming_the_rule_and_the_key(table: dict[str, object], words: str) -> None:
    with pytest.raises(PolicyRefused, match=words):
        policy_of({"rule": [table]})


def test_a_doubled_id_is_refused() -> None:
    with pytest.raises(PolicyRefused, match="rule a: two rules have this id"):
        policy_of({"rule": [rule("a"), rule("a", events=["11*"])]})


@pytest.mark.parametrize("tree", [{"rules": []}, {"rule": {}}, {"rule": [3]}, {"kinds": [], "rule": []}, {}])
def test_a_tree_of_another_shape_is_refused(tree: dict[str, object]) -> None:
    with pytest.raises(PolicyRefused):
        policy_of(tree)


def test_a_file_that_is_missing_or_not_toml_is_refused_naming_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[[rule", encoding="utf-8")
    for path in (broken, tmp_path / "absent.toml"):
        with pytest.raises(PolicyRefused, match=path.name):
            load_policy(path)


PATTERNS = st.text("1B*", min_size=1, max_size=3)
TABLES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["red", "orange", "yellow", "blue"]), min_size=1, max_size=4, unique=True),
        st.lists(PATTERNS, min_size=1, max_size=2),
        st.integers(0, 1),
    ),
    max_size=4,
)


@for_all(TABLES, st.text("1B", max_size=4), st.sampled_from(Level))
def test_a_policy_that_loads_answers_every_stakes_with_exactly_one_best_rule(
    tables: list[tuple[list[str], list[str], int]], event: str, level: Level
) -> bool:
    rules = [rule("all")] + [
        rule(f"r{n}", levels=levels, events=events, precedence=first)
        for n, (levels, events, first) in enumerate(tables)
    ]
    try:
        policy: Policy = policy_of({"rule": rules})
    except PolicyRefused:
        return False
    at = stakes(level, event)
    ranks = [
        (r.rank(pattern), r.id)
        for r in policy.rules
        for pattern in r.events
        if r.applies(at) and Policy((r,)).rule_for(at) is r
    ]
    assert ranks
    chosen = policy.requirement(at).rule
    assert chosen in {name for _, name in ranks}
    # Independent of the order in the file.
    assert Policy(tuple(reversed(policy.rules))).requirement(at).rule == chosen
    return True
