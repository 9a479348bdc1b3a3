"""Who may do what, and when it is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.answer import Allowed, Denied
from approvals.authority import Authorization, Missing, Policy, PolicyRefused
from approvals.decision import Decision
from approvals.level import Level
from approvals.load import policy_of
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput
from tests.for_all import for_all, mostly

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DIGEST, STALE = "fh1:now", "fh1:before"
BOTH = frozenset({Right.REVIEW, Right.SIGN})


def rule(name: str, **changes: object) -> dict[str, object]:
    return {"id": name, "levels": ["*"], "events": ["*"], "steps": {"review": 1, "sign": 1}, "source": "x"} | changes


KINDS = {"government": "g", "meteorological": "m"}


def policy(*rules: dict[str, object], **top: object) -> Policy:
    return policy_of({"rule": list(rules) or [rule("all")], "kinds": KINDS} | top)


def stakes(**changes: object) -> PolicyInput:
    plain = PolicyInput(Level.ORANGE, "11B03", frozenset({"500112001000"}), frozenset({"sms"}), 10, "Alert", "live")
    return replace(plain, **changes)  # type: ignore[arg-type]


def official(
    number: int, *rights: Right, area: str = "500112000000", kind: str = "government", of: int = 0
) -> Official:
    return Official(number, f"o{number}", "渝北区应急管理局", area, frozenset(rights) or BOTH, kind, account_of=of)


def says(who: Official, step: str, digest: str = DIGEST, verdict: str = "approve", at: int = 0) -> Decision:
    return Decision(who, step, verdict, digest, NOON + timedelta(seconds=at))


def test_a_reviewer_and_a_signatory_who_wrote_nothing_authorize_the_content() -> None:
    decisions = (says(official(2), "review"), says(official(3), "sign", at=1))
    answer = policy().authorize(stakes(), DIGEST, frozenset({1}), decisions, alert=7)
    assert answer == Authorization(7, DIGEST, "all", decisions)


def test_one_of_two_signatures_leaves_one_missing() -> None:
    red = policy(rule("red", steps={"review": 1, "sign": 2}))
    decisions = [says(official(2), "review"), says(official(3), "sign")]
    assert red.authorize(stakes(), DIGEST, frozenset({1}), decisions, alert=7) == Missing("red", {"sign": 1})


def test_case_1_a_decision_on_earlier_content_does_not_count() -> None:
    decisions = [says(official(2), "review", STALE), says(official(3), "sign", STALE)]
    answer = policy().authorize(stakes(), DIGEST, frozenset({1}), decisions, alert=7)
    assert answer == Missing("all", {"review": 1, "sign": 1})


def test_an_empty_digest_is_approved_by_nobody() -> None:
    decisions = [says(official(2), "review", ""), says(official(3), "sign", "")]
    assert isinstance(policy().authorize(stakes(), "", frozenset({1}), decisions, alert=7), Missing)


@pytest.mark.parametrize("author", [2, 3])
def test_cases_2_and_3_a_drafter_or_editor_never_counts_whoever_submitted(author: int) -> None:
    decisions = [says(official(2), "review"), says(official(3), "sign")]
    assert isinstance(policy().authorize(stakes(), DIGEST, frozenset({1, author}), decisions, alert=7), Missing)


def test_case_9_one_person_with_two_accounts_counts_once() -> None:
    decisions = [says(official(2), "review"), says(official(3, of=2), "sign")]
    assert policy().authorize(stakes(), DIGEST, frozenset({1}), decisions, alert=7) == Missing("all", {"sign": 1})


def test_an_author_does_not_count_through_a_second_account() -> None:
    decisions = [says(official(2), "review"), says(official(3, of=1), "sign")]
    assert policy().authorize(stakes(), DIGEST, frozenset({1}), decisions, alert=7) == Missing("all", {"sign": 1})


def test_a_rejection_is_not_an_approval() -> None:
    decisions = [says(official(2), "review"), says(official(3), "sign", verdict="reject")]
    assert policy().authorize(stakes(), DIGEST, frozenset({1}), decisions, alert=7) == Missing("all", {"sign": 1})


def test_an_administrator_holds_no_right_on_the_release_path_whatever_the_account_says() -> None:
    admin = official(2, *Right, area="000000000000")
    for right in (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE):
        answer = policy().may(admin, right, stakes())
        assert isinstance(answer, Denied)
        assert answer.rule == "SEP-5"


def test_an_official_without_the_right_is_denied_it() -> None:
    answer = policy().may(official(2, Right.REVIEW), Right.SIGN, stakes())
    assert answer == Denied("RIGHT", "the official does not hold the right to sign")


def test_one_target_outside_the_area_denies_the_whole() -> None:
    answer = policy().may(official(2), Right.SIGN, stakes(areas=frozenset({"500112001000", "500113000000"})))
    assert isinstance(answer, Denied)
    assert answer.rule == "LAW-18"
    assert "500113000000" in answer.reason


@pytest.mark.parametrize(
    ("count", "ends"), [(3, ": 500113000000, 500114000000, 500115000000"), (4, " and 1 more"), (6, " and 3 more")]
)
def test_three_targets_outside_the_area_are_named_and_the_others_counted(count: int, ends: str) -> None:
    beyond = frozenset(f"{number}000000" for number in range(500113, 500113 + count))
    answer = policy().may(official(2), Right.SIGN, stakes(areas=beyond))
    assert isinstance(answer, Denied)
    assert answer.reason.endswith(ends)


def test_targets_without_a_known_region_are_for_the_whole_country_to_answer() -> None:
    nowhere = stakes(areas=frozenset())
    assert isinstance(policy().may(official(2), Right.SIGN, nowhere), Denied)
    assert policy().may(official(2, area="000000000000"), Right.SIGN, nowhere) == Allowed("all")


def test_the_whole_country_answers_for_foreign_places_and_a_province_does_not() -> None:
    abroad = stakes(areas=frozenset({"UGC:NMZ528"}))
    assert policy().may(official(2, area="000000000000"), Right.SIGN, abroad) == Allowed("all")
    assert isinstance(policy().may(official(2, area="500000000000"), Right.SIGN, abroad), Denied)
    assert policy().may(official(2, area="UGC:NMZ528"), Right.SIGN, abroad) == Allowed("all")


def test_a_unit_below_the_tier_of_the_rule_may_not_sign() -> None:
    matrix = policy(
        rule("I-II", levels=["red", "orange"], who={"tiers": ["province"]}), rule("III-IV", levels=["yellow", "blue"])
    )
    answer = matrix.may(official(2), Right.SIGN, stakes())
    assert isinstance(answer, Denied)
    assert answer.rule == "I-II"
    assert matrix.may(official(2), Right.SIGN, stakes(level=Level.YELLOW)) == Allowed("III-IV")
    assert matrix.may(official(2, area="500000000000"), Right.SIGN, stakes()) == Allowed("I-II")


def test_weather_signals_are_signed_by_meteorological_units_only() -> None:
    weather = policy(rule("all"), rule("MET-30", events=["11B*"], who={"kinds": ["meteorological"]}))
    assert isinstance(weather.may(official(2), Right.SIGN, stakes()), Denied)
    assert weather.may(official(2, kind="meteorological"), Right.SIGN, stakes()) == Allowed("MET-30")
    assert weather.may(official(2), Right.SIGN, stakes(event="12A01")) == Allowed("all")


def test_the_more_specific_event_the_deeper_area_and_the_greater_precedence_hold() -> None:
    rules = policy(
        rule("all"),
        rule("nature", events=["11*"]),
        rule("weather", events=["11B*", "*特大暴雨*"]),
        rule("city", area="500000000000"),
        rule("war", events=["99*"], precedence=9),
    )
    far = frozenset({"440100000000"})
    assert rules.requirement(stakes(areas=far)).rule == "weather"
    assert rules.requirement(stakes(areas=far, event="11A01")).rule == "nature"
    assert rules.requirement(stakes(areas=far, event="特大暴雨")).rule == "weather"
    assert rules.requirement(stakes(areas=far, event="12A01")).rule == "all"
    assert rules.requirement(stakes()).rule == "city"
    assert rules.requirement(stakes(event="99X")).rule == "war"
    assert rules.requirement(stakes(areas=far | {"500000000000"}, event="12A01")).rule == "all"


def test_case_15_no_rule_never_means_allowed() -> None:
    with pytest.raises(PolicyRefused, match="no rule for level orange"):
        Policy(()).authorize(stakes(), DIGEST, frozenset(), [], alert=7)


def test_case_14_the_exercise_world_lets_no_author_approve_either() -> None:
    decisions = [says(official(2), "review"), says(official(3), "sign")]
    drill = stakes(world="exercise")
    assert isinstance(policy().authorize(drill, DIGEST, frozenset({3}), decisions, alert=7), Missing)


AREAS = ("000000000000", "500000000000", "500112000000", "500112001000", "440100000000")
RIGHTS = st.frozensets(st.sampled_from([Right.REVIEW, Right.SIGN, Right.DRAFT, Right.ADMINISTER]))
OFFICIALS = st.builds(
    lambda number, rights, area, of: Official(number, f"o{number}", "u", area, rights, account_of=of),
    st.integers(1, 8),
    RIGHTS,
    st.sampled_from(AREAS),
    st.sampled_from([0, 0, 0, 1, 2]),
)
DECISIONS = st.lists(
    st.builds(
        says,
        OFFICIALS,
        st.sampled_from(["review", "sign", "recheck"]),
        st.sampled_from([DIGEST, DIGEST, DIGEST, STALE]),
        st.sampled_from(["approve", "approve", "approve", "reject", "return"]),
        st.integers(0, 5),
    ),
    max_size=14,
)


#: of each step as many as are ever asked for, by people who may give them, shuffled among others
ENOUGH = tuple(
    says(Official(number, f"o{number}", "u", "500000000000", BOTH), step)
    for number, step in [(9, "review"), (10, "review"), (11, "sign"), (12, "sign"), (13, "sign")]
)
SIGNED = st.builds(lambda others, first: [*others[:first], *ENOUGH, *others[first:]], DECISIONS, st.integers(0, 14))


@for_all(mostly(SIGNED, DECISIONS), st.frozensets(st.integers(1, 10), max_size=3), st.integers(0, 2), st.integers(1, 3))
def test_no_set_of_decisions_authorizes_with_an_author_a_doubled_person_or_a_stale_digest(
    decisions: list[Decision], authors: frozenset[int], review: int, sign: int
) -> bool:
    rules = policy(rule("all", steps={"review": review, "sign": sign}))
    answer = rules.authorize(stakes(), DIGEST, authors, decisions, alert=7)
    # An independent count: people able to sign, able to review, by what they validly said.
    valid = [
        d
        for d in decisions
        if d.digest == DIGEST
        and d.verdict == "approve"
        and not {d.official.id, d.official.account_of or d.official.id} & authors
        and Right.ADMINISTER not in d.official.rights
        and d.step in {right.value for right in d.official.rights}
        and d.official.area in {"000000000000", "500000000000", "500112000000", "500112001000"}
    ]
    if isinstance(answer, Missing):
        assert any(answer.steps.values())
        return False
    assert set(answer.decisions) <= set(valid)
    persons = [d.official.account_of or d.official.id for d in answer.decisions]
    assert len(persons) == len(set(persons)) == review + sign
    assert [d.step for d in answer.decisions].count("sign") == sign
    return True


@given(DECISIONS)
def test_further_decisions_of_others_never_take_an_authorization_away(decisions: list[Decision]) -> None:
    enough = [says(official(20), "review", at=-2), says(official(21), "sign", at=-1)]
    assert isinstance(
        policy().authorize(stakes(), DIGEST, frozenset({1}), [*decisions, *enough], alert=7), Authorization
    )
