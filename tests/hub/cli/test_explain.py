"""`hub official explain` answers with the rule, and its exit status is the answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

COUNTY = "500229000000"
RAIN = ("--level", "red", "--event", "11B03", "--area", COUNTY)


def test_whoever_may_is_told_the_rule_its_source_and_how_many_must_sign(commands) -> None:
    told = commands.done("official", "explain", "zhao", *RAIN, "--act", "sign")
    assert (told["answer"], told["rule"], told["steps"]) == ("allowed", "MET-30-red", {"review": 1, "sign": 2})
    assert told["sources"]["MET-30-red"].startswith("气象灾害防御条例")


def test_whoever_may_not_is_told_why_and_the_command_ends_with_1(commands) -> None:
    result = commands("official", "explain", "zhao", *RAIN, "--act", "review", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["answer"], told["rule"], told["reason"]) == (
        "denied",
        "RIGHT",
        "the official does not hold the right to review",
    )


def test_a_referral_names_the_area_the_kind_and_the_units_there_are(commands) -> None:
    city = ("--unit", "City", "--area", "000000000000", "--kind", "government")
    commands.done("official", "add", "Mayor", *city, "--right", "sign")
    commands.done(
        "official", "add", "Rain", "--unit", "Station", "--kind", "meteorological", "--area", COUNTY, "--right", "sign"
    )
    result = commands("official", "explain", "Mayor", *RAIN, "--act", "sign")
    assert result.exit_code == 1
    assert "sign referral (MET-30-red)" in result.stdout
    assert f"refer to the county {COUNTY}, of the kind meteorological: Station" in result.stdout


def test_about_an_alert_its_author_is_told_that_authors_do_not_decide(commands, warning: Path) -> None:
    commands.done("official", "add", "both", "--unit", "Office", "--kind", "meteorological", "--right", "draft", "--right", "sign")  # fmt: skip
    draft = commands.done("alert", "draft", warning, "--as", "both")
    result = commands("official", "explain", "both", draft["id"], "--act", "sign", "--json")
    assert (result.exit_code, json.loads(result.stdout)["rule"]) == (1, "SEP-1")
    assert commands.done("official", "explain", "zhao", draft["id"], "--act", "sign")["rule"] == "MET-30-red"


def test_one_out_of_office_may_nothing(commands) -> None:
    commands.done("official", "retire", "zhao")
    result = commands("official", "explain", "zhao", *RAIN, "--act", "sign", "--json")
    assert (result.exit_code, json.loads(result.stdout)["rule"]) == (1, "OFFICE")


@pytest.mark.parametrize("arguments", [("zhao",), ("zhao", "1", "--level", "red"), ("zhao", "--level", "red")])
def test_half_a_question_is_a_mistake_of_use(commands, arguments: tuple[str, ...]) -> None:
    assert commands("official", "explain", *arguments).exit_code == 2


def test_nobody_of_that_name_is_said_so(commands) -> None:
    assert commands.refused("official", "explain", "nobody", *RAIN)["rule"] == "official-unknown"


def test_an_official_of_a_kind_or_office_the_policy_does_not_know_is_not_entered(commands) -> None:
    enter = ("official", "add", "X", "--unit", "Y", "--area", COUNTY, "--right", "sign")
    told = commands.refused(*enter, "--kind", "circus")
    assert (told["rule"], told["place"]) == ("kind-unknown", "kind")
    assert "meteorological" in told["remedy"], "the kinds there are"
    assert commands.refused(*enter, "--kind", "government", "--office", "king")["rule"] == "office-unknown"


def test_a_unit_that_is_not_there_is_opened_where_area_and_kind_are_stated_and_is_else_taken_for_misspelt(
    commands,
) -> None:
    enter = ("official", "add", "X", "--unit", "Offise", "--right", "sign")
    for more in ((), ("--area", COUNTY), ("--kind", "government")):
        told = commands.refused(*enter, *more)
        assert (told["rule"], told["place"]) == ("unit-unknown", "unit")
        assert "is 'Office' meant?" in told["error"]
    commands.done(*enter, "--area", COUNTY, "--kind", "government")


def test_a_way_that_the_event_does_not_have_is_denied_and_one_that_it_has_is_not(commands) -> None:
    short = ("--act", "sign", "--path", "emergency", "--json")
    result = commands("official", "explain", "zhao", *RAIN, *short)
    assert (result.exit_code, json.loads(result.stdout)["rule"]) == (1, "path")
    tornado = ("--level", "red", "--event", "龙卷风", "--area", COUNTY, "--hours", "2")
    assert commands.done("official", "explain", "zhao", *tornado, *short[:-1])["answer"] == "allowed"
