"""`hub alert draft --referral` and `hub alert referrals`: a township's draft lies with the county, which takes it or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TOWNSHIP, COUNTY = "500229001000", "500229000000"
WHY = ("--referral", "雨势超出本镇")


@pytest.fixture
def office(commands: Any) -> Any:
    """Who drafts at a township, and who at the weather station of its county."""
    for name, unit, kind, area in (
        ("wu", "Gecheng", "government", TOWNSHIP),
        ("qin", "Station", "meteorological", COUNTY),
    ):
        commands.done("official", "add", name, "--unit", unit, "--kind", kind, "--area", area, "--right", "draft")
    return commands


def referred(office: Any, warning: Path) -> dict[str, Any]:
    made: dict[str, Any] = office.done("alert", "draft", warning, *WHY, "--as", "wu")
    assert made["stage"] == "referred"
    return made


def test_a_draft_goes_up_at_once_and_the_county_makes_it_its_own(office: Any, warning: Path) -> None:
    assert office.refused("alert", "draft", warning, "--as", "wu")["rule"] != ""
    made = referred(office, warning)
    [waiting] = office.done("alert", "referrals", "list", "--unit", "Station")
    assert (waiting["alert"], waiting["from_unit"], waiting["reason"]) == (made["id"], "Gecheng", WHY[1])
    assert office.done("alert", "referrals", "list", "--unit", "Gecheng") == []
    assert "Station" in office("alert", "referrals", "list").stdout
    adopted = office.done("alert", "referrals", "adopt", waiting["id"], "--as", "qin")
    assert (adopted["stage"], adopted["unit"]) == ("draft", "Station")
    assert office.done("alert", "referrals", "list") == []
    assert [each["state"] for each in office.done("alert", "referrals", "list", "--state", "every")] == ["adopted"]


@pytest.mark.parametrize("word", ["return", "decline"])
def test_what_is_given_back_is_its_authors_draft_again_and_says_why(office: Any, warning: Path, word: str) -> None:
    made = referred(office, warning)
    [waiting] = office.done("alert", "referrals", "list")
    assert office("alert", "referrals", word, waiting["id"], "--as", "qin").exit_code == 2, "without a reason"
    back = office.done("alert", "referrals", word, waiting["id"], "--reason", "雨已经停了", "--as", "qin")
    assert (back["id"], back["stage"], back["unit"]) == (made["id"], "draft", "Gecheng")


def test_only_its_receiver_takes_it_as_it_was_read_and_where_it_leads_wants_a_reason(
    office: Any, warning: Path
) -> None:
    referred(office, warning)
    [waiting] = office.done("alert", "referrals", "list")
    take = ("alert", "referrals", "adopt", waiting["id"])
    assert office.refused(*take, "--as", "wu")["rule"] == "referral-inbox"
    assert office.refused(*take, "--version", waiting["version"] + 1, "--as", "qin")["rule"] == "version"
    assert office.refused("alert", "referrals", "adopt", "99", "--as", "qin")["rule"] == "referral-unknown"
    assert office("alert", "draft", warning, "--to", "Station", "--as", "wu").exit_code == 2
