"""The rules of separation, one refusal each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from approvals.decision import Decision
from approvals.level import Level
from approvals.load import policy_of
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput
from approvals.workflow import Attempt, Case, DecisionRefused, judge

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
POLICY = policy_of(
    {"rule": [{"id": "all", "levels": ["*"], "events": ["*"], "steps": {"review": 1, "sign": 1}, "source": "x"}]}
)
STAKES = PolicyInput(Level.ORANGE, "11B03", frozenset({"500112001000"}), frozenset({"sms"}), 10, "Alert", "live")
REVIEWER = Official(2, "reviewer", "u", "500112000000", frozenset({Right.REVIEW, Right.SIGN}))
CASE = Case("fh1:now", frozenset({1}), STAKES)
ATTEMPT = Attempt(REVIEWER, "review", "approve", "fh1:now", NOON)


def test_a_refused_decision_names_its_rule_and_its_text() -> None:
    assert str(DecisionRefused("SEP-1", "an author", place="actor")) == "SEP-1: an author"


def refusal(case: Case, attempt: Attempt) -> str:
    with pytest.raises(DecisionRefused) as caught:
        judge(POLICY, case, attempt)
    assert caught.value.text
    return caught.value.rule


def test_an_official_who_wrote_nothing_and_read_this_content_may_approve() -> None:
    assert judge(POLICY, CASE, ATTEMPT) == Decision(REVIEWER, "review", "approve", "fh1:now", NOON)


def test_case_1_approving_with_the_digest_of_earlier_content_is_refused() -> None:
    assert refusal(CASE, replace(ATTEMPT, digest="fh1:before")) == "SEP-3"


def test_case_1_nothing_can_be_approved_that_was_never_frozen() -> None:
    assert refusal(replace(CASE, digest=""), replace(ATTEMPT, digest="")) == "SEP-3"


def test_case_2_who_drafted_may_not_approve_though_another_submitted() -> None:
    assert refusal(replace(CASE, authors=frozenset({2, 5})), ATTEMPT) == "SEP-1"


def test_case_3_who_edited_may_not_approve() -> None:
    assert refusal(replace(CASE, authors=frozenset({1, 2})), ATTEMPT) == "SEP-1"


def test_an_author_may_not_approve_through_a_second_account() -> None:
    assert refusal(CASE, replace(ATTEMPT, official=replace(REVIEWER, account_of=1))) == "SEP-1"


def test_case_9_one_person_may_not_decide_twice_in_any_step_or_account() -> None:
    case = replace(CASE, decided=frozenset({2}))
    assert refusal(case, replace(ATTEMPT, step="sign")) == "SEP-2"
    assert refusal(case, replace(ATTEMPT, step="sign", official=replace(REVIEWER, id=9, account_of=2))) == "SEP-2"


@pytest.mark.parametrize("verdict", ["reject", "return"])
def test_to_reject_or_return_needs_a_reason_which_is_kept(verdict: str) -> None:
    assert refusal(CASE, replace(ATTEMPT, verdict=verdict, reason=" \n")) == "SEP-7"
    assert judge(POLICY, CASE, replace(ATTEMPT, verdict=verdict, reason=" too early ")).reason == "too early"


def test_an_official_without_the_right_or_outside_his_area_is_refused() -> None:
    assert refusal(CASE, replace(ATTEMPT, official=replace(REVIEWER, rights=frozenset({Right.SIGN})))) == "RIGHT"
    assert refusal(CASE, replace(ATTEMPT, official=replace(REVIEWER, area="500113000000"))) == "LAW-18"


def test_an_administrator_is_refused_even_with_the_right() -> None:
    admin = replace(REVIEWER, rights=frozenset({Right.ADMINISTER, Right.REVIEW}))
    assert refusal(CASE, replace(ATTEMPT, official=admin)) == "SEP-5"


def test_unknown_steps_and_verdicts_are_refused() -> None:
    assert refusal(CASE, replace(ATTEMPT, step="countersign")) == "STEP"
    assert refusal(CASE, replace(ATTEMPT, verdict="approved")) == "VERDICT"
