"""Whose warning it is: what a naive reader of the rule says, for random units, papers and cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from approvals.answer import Allowed, Denied
from approvals.delegation import delegation_of
from approvals.event_table import load_events
from approvals.issuers import IssuingUnit
from approvals.level import Level
from approvals.load import policy_of
from approvals.official import Official, Right
from approvals.party import is_superior
from approvals.policy_input import PolicyInput
from hub.settings.settings import CONFIG_DIR

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
CITY, COUNTY, NEXT = "610600000000", "610602000000", "610625000000"
KINDS = ("government", "water", "meteorological", "flood-command")
UNITS = [IssuingUnit(f"{kind} of {area}", area, kind) for kind in KINDS for area in (CITY, COUNTY, NEXT)]
EVENTS = load_events(CONFIG_DIR / "events.toml")
#: any unit is competent for anything here: only whose warning it is can stand against it
TREE = {
    "rule": [
        {"id": f"{word}-all", "levels": [word], "events": ["*"], "steps": {"review": 1, "sign": 1}, "source": "house"}
        for word in ("red", "orange", "yellow", "blue")
    ],
}
ANYBODY = policy_of(TREE, EVENTS)
SIGNED_ABOVE = policy_of(
    {"rule": [{**rule, "sign": {"kinds": ["government"], "outside": True}} for rule in TREE["rule"]]}, EVENTS
)


def official(unit: IssuingUnit, commands_for: str = "") -> Official:
    return Official(1, "wang", unit.name, unit.area, frozenset(Right) - {Right.ADMINISTER}, unit.kind,
                    commands_for=commands_for)  # fmt: skip


def stakes(*issuers: IssuingUnit, area: str = COUNTY) -> PolicyInput:
    return PolicyInput(Level.ORANGE, "洪水", frozenset({area}), frozenset({"sms"}), 1, "Alert", "live", issuers=issuers)


def above(one: IssuingUnit, other: IssuingUnit) -> bool:
    """Read again: the city is around both counties; a government is above every department of its own place."""
    if one.area == CITY and other.area != CITY:
        return one.kind in {"government", other.kind}
    return one.area == other.area and one.kind == "government" and other.kind != "government"


@given(st.sampled_from(UNITS), st.lists(st.sampled_from(UNITS), min_size=1, max_size=3, unique=True), st.booleans())
def test_only_issuers_and_superiors_with_a_reason_have_a_part(
    unit: IssuingUnit, issuers: list[IssuingUnit], reasoned: bool
) -> None:
    where = unit.area  # of the targets: area is another rule
    for act in (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE):
        answer = ANYBODY.may(official(unit), act, stakes(*issuers, area=where), overriding=reasoned)
        expected = unit in issuers or (reasoned and above(unit, issuers[0]))
        assert isinstance(answer, Allowed) is expected
        if isinstance(answer, Allowed) and unit in issuers:
            assert answer.issuers == {unit.name}
        if isinstance(answer, Denied):
            assert answer.rule == "UNIT"
            assert issuers[0].name in answer.reason
            assert unit.name in answer.reason
            assert answer.remedy


@given(st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_a_superior_is_of_the_place_or_around_it(one: IssuingUnit, other: IssuingUnit) -> None:
    assert is_superior(official(one), other) is above(one, other)


def test_a_unit_that_the_policy_s_step_names_takes_it_for_the_issuers_below_it_and_no_other_step() -> None:
    water = IssuingUnit("water of the county", COUNTY, "water")
    mine, far = (IssuingUnit(f"government of {area}", area, "government") for area in (COUNTY, NEXT))
    answer = SIGNED_ABOVE.may(official(mine), Right.SIGN, stakes(water))
    assert isinstance(answer, Allowed)
    assert answer.issuers == {water.name}
    for right in (Right.DRAFT, Right.REVIEW, Right.RELEASE):
        assert isinstance(SIGNED_ABOVE.may(official(mine), right, stakes(water)), Denied)
    assert isinstance(SIGNED_ABOVE.may(official(far), Right.SIGN, stakes(water)), Denied)
    assert isinstance(SIGNED_ABOVE.may(official(water), Right.SIGN, stakes(water)), Denied)  # the step is the other's


def test_a_superior_has_no_part_where_the_policy_does_not_let_it_override() -> None:
    water, city = IssuingUnit("water", COUNTY, "water"), IssuingUnit("city", CITY, "government")
    strict = replace(ANYBODY, superior_may_override=False)
    assert isinstance(ANYBODY.may(official(city), Right.SIGN, stakes(water), overriding=True), Allowed)
    denied = strict.may(official(city), Right.SIGN, stakes(water), overriding=True)
    assert isinstance(denied, Denied)
    assert "take it over" not in denied.remedy


def test_a_command_body_under_its_government_acts_with_its_force_for_its_own_events_alone() -> None:
    rules = [{**rule, "who": {"kinds": ["government"]}} for rule in TREE["rule"]]
    policy = policy_of({"rule": rules}, EVENTS)
    command = IssuingUnit("防指", COUNTY, "flood-command")
    at = stakes(command)
    assert isinstance(policy.may(official(command, "宝塔区人民政府"), Right.SIGN, at), Allowed)
    assert isinstance(policy.may(official(command), Right.SIGN, at), Denied)  # registered under nobody
    fire = replace(at, event="森林火险")
    assert isinstance(policy.may(official(command, "宝塔区人民政府"), Right.SIGN, fire), Denied)


def test_a_lent_power_opens_no_warning_that_neither_its_lender_nor_its_holder_issues() -> None:
    lender, holder, third = (IssuingUnit(name, COUNTY, "government") for name in ("lender", "holder", "third"))
    paper = {"name": "n", "document_no": "1", "grantor": "lender", "unit": "holder", "acts": ["sign"], "events": ["洪水"],
             "levels": ["orange"], "areas": [COUNTY], "channels": ["sms"], "emergency_only": False,
             "valid_from": NOW.isoformat(), "valid_until": (NOW + timedelta(days=200)).isoformat(),
             "review_by": (NOW + timedelta(days=100)).isoformat()}  # fmt: skip
    able = replace(official(holder), grants=(delegation_of(paper).grant(4, COUNTY, "government"),))
    assert isinstance(ANYBODY.may(able, Right.SIGN, stakes(lender)), Allowed)
    assert isinstance(ANYBODY.may(able, Right.SIGN, stakes(third)), Denied)


def test_who_joins_a_warning_answers_for_its_own_part_whatever_kind_may_warn_of_it_alone() -> None:
    rules = [{**rule, "who": {"kinds": ["government"]}} for rule in TREE["rule"]]
    policy = policy_of({"rule": rules}, EVENTS)
    lead, water = IssuingUnit("government", COUNTY, "government"), IssuingUnit("water", COUNTY, "water")
    assert isinstance(policy.may(official(water), Right.SIGN, stakes(lead, water)), Allowed)
    assert not isinstance(policy.may(official(water), Right.SIGN, stakes(water, lead)), Allowed)
