"""What the policy answers in cases that were worked out by hand: the short way, changes, papers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import combinations

import pytest

from approvals.answer import Allowed, Denied, Referral
from approvals.authority import Authorization, Missing, Policy
from approvals.decision import Decision
from approvals.grant import EMERGENCY, FULL, Grant
from approvals.level import Level
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput
from tests.approvals.sample_policy import BEIBEI, CITY, NATION, NOON, POLICY, YUBEI, person, quake, says


def test_one_signature_beside_the_author_releases_danger_at_hand_and_owes_a_countersignature() -> None:
    signed = [says(person(2), "sign", 0)]
    answer = POLICY.authorize(quake(), "d", frozenset({1}), signed, alert=7, path=EMERGENCY)
    assert answer == Authorization(7, "d", "high", tuple(signed), EMERGENCY, timedelta(minutes=90))
    assert POLICY.authorize(quake(), "d", frozenset({1}), signed, alert=7) == Missing("high", {"review": 1, "sign": 1})


def test_what_a_machine_wrote_still_takes_two_persons_on_the_shortened_path() -> None:
    signed = [says(person(2), "sign", 0)]
    assert POLICY.authorize(quake(), "d", frozenset(), signed, alert=7, path=EMERGENCY) == Missing("high", {"sign": 1})


@pytest.mark.parametrize(
    ("official", "allowed"),
    [
        (person(1, YUBEI, unit="water office"), True),
        (person(1, YUBEI, unit="land office"), False),
        (person(1, CITY, unit="city"), True),
        (person(1, CITY, "department", "city water"), False),
        (person(1, BEIBEI, unit="neighbour"), False),
        (person(1, NATION, unit="State Council"), True),
    ],
)
def test_only_the_issuer_or_a_government_above_it_changes_a_warning(official: Official, *, allowed: bool) -> None:
    mine = quake(
        level=Level.BLUE, msg_type="Update", issuer_unit="water office", issuer_area=YUBEI, issuer_kind="government"
    )
    answer = POLICY.may(official, Right.SIGN, mine)
    assert isinstance(answer, Allowed) is allowed
    if not allowed:
        assert answer.rule in {"UC-1", "low"}
    alone = replace(POLICY, superior_may_override=False)
    assert isinstance(alone.may(official, Right.SIGN, mine), Allowed) is (official.unit == "water office")


def test_a_change_that_raises_the_level_beyond_the_issuer_is_a_referral_as_such() -> None:
    raised = quake(msg_type="Update", issuer_unit="water office", issuer_area=YUBEI, issuer_kind="government")
    answer = POLICY.may(person(1, YUBEI, unit="water office"), Right.SIGN, raised)
    assert isinstance(answer, Referral)
    assert (answer.rule, answer.area, answer.trigger) == ("high", CITY, "HU-2")


PAPER = Grant(5, "city", CITY, "government", frozenset({Level.RED}), ("11C*",), frozenset({YUBEI}))


@pytest.mark.parametrize(
    ("paper", "stakes", "path", "allowed"),
    [
        (PAPER, quake(), FULL, True),
        (PAPER, quake(level=Level.ORANGE), FULL, False),
        (PAPER, quake(event="12A01"), FULL, False),
        (PAPER, quake(areas=frozenset({YUBEI, BEIBEI})), FULL, False),
        (PAPER, quake(areas=frozenset()), FULL, False),
        (replace(PAPER, channels=frozenset({"wecom"})), quake(), FULL, False),
        (replace(PAPER, emergency_only=True), quake(), FULL, False),
        (replace(PAPER, emergency_only=True), quake(), EMERGENCY, True),
        (replace(PAPER, area=BEIBEI), quake(), FULL, False),  # the grantor could not do it either
        (replace(PAPER, kind="department"), quake(), FULL, False),
    ],
)
def test_a_department_acts_within_its_paper_and_its_grantors_power(
    paper: Grant, stakes: PolicyInput, path: str, *, allowed: bool
) -> None:
    bureau = person(1, YUBEI, "department", "bureau", grants=(paper,))
    assert (POLICY.may(bureau, Right.SIGN, stakes, path) == Allowed("high", 5)) is allowed
    if not allowed:
        assert isinstance(POLICY.may(bureau, Right.SIGN, stakes, path), Denied)


@dataclass(frozen=True)
class Paper:
    """A standing authorisation as the policy sees one."""

    decisions: tuple[Decision, ...]
    maximum: tuple[PolicyInput, ...] = (quake(),)
    id: int = 3
    digest: str = "paper"
    authors: frozenset[int] = field(default_factory=lambda: frozenset({1}))
    refusal: str = ""

    def refuses(self, stakes: PolicyInput, at: datetime) -> str:
        return self.refusal


ENOUGH = (
    says(person(2), "review", 0, "paper"),
    says(person(3), "sign", 1, "paper"),
    says(person(4), "sign", 2, "paper"),
)


def standing(paper: Paper, stakes: PolicyInput | None = None, policy: Policy = POLICY) -> Authorization | Denied:
    return policy.authorize_standing(paper, stakes or quake(), "now", alert=7, at=NOON)


def test_a_standing_authorisation_with_all_its_signatures_authorizes_and_says_so() -> None:
    assert standing(Paper(ENOUGH)) == Authorization(7, "now", "high", ENOUGH, standing=3)


@pytest.mark.parametrize("taken", range(3))
def test_a_standing_authorisation_that_lacks_a_signature_releases_nothing(taken: int) -> None:
    answer = standing(Paper(tuple(one for at, one in enumerate(ENOUGH) if at != taken)))
    assert isinstance(answer, Denied)
    assert answer.rule == "high"


def test_decisions_on_another_paper_or_of_its_authors_do_not_count_for_it() -> None:
    assert isinstance(standing(Paper(tuple(replace(one, digest="other") for one in ENOUGH))), Denied)
    for number in (2, 3, 4):
        assert isinstance(standing(Paper(ENOUGH, authors=frozenset({number}))), Denied)


def test_a_paper_that_does_not_cover_the_release_or_is_out_of_time_is_denied_in_its_own_words() -> None:
    assert standing(Paper(ENOUGH, refusal="revoked")) == Denied("AUTH-1", "revoked")


def test_a_paper_must_be_enough_for_the_most_it_allows_though_less_is_released() -> None:
    low = quake(level=Level.BLUE)
    signed = ENOUGH[:2]
    assert isinstance(standing(Paper(signed, maximum=(low,)), low), Authorization)
    assert isinstance(standing(Paper(signed, maximum=(low, quake())), low), Denied)


def test_a_paper_must_be_enough_for_this_release_whatever_it_calls_its_most() -> None:
    assert isinstance(standing(Paper(ENOUGH[:2], maximum=(quake(level=Level.BLUE),))), Denied)


def test_no_paper_releases_what_is_not_for_the_public() -> None:
    unrest = quake(event="14A01")
    assert isinstance(standing(Paper(ENOUGH, maximum=(unrest,)), unrest), Denied)


def test_every_two_of_the_rules_hold_for_some_channel_together() -> None:
    names = {POLICY.requirement(quake(channels=frozenset(pair))).rule for pair in combinations(("sms", "voice"), 2)}
    assert names == {"high+voice"}
    assert POLICY.requirement(quake(channels=frozenset({"sms", "voice"}))).steps == {"review": 2, "sign": 2}
