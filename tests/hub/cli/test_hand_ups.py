"""`hub alert draft --hand-up` and `hub alert hand-ups`: a township's draft lies with the county, which takes it or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TOWNSHIP, COUNTY = "500229001000", "500229000000"
WHY = ("--hand-up", "雨势超出本镇")


@pytest.fixture
def office(commands: Any) -> Any:
    """Who drafts at a township, and who at the weather station of its county."""
    for name, unit, kind, area in (
        ("wu", "Gecheng", "government", TOWNSHIP),
        ("qin", "Station", "meteorological", COUNTY),
    ):
        commands.done("official", "add", name, "--unit", unit, "--kind", kind, "--area", area, "--right", "draft")
    return commands


def handed_up(office: Any, warning: Path) -> dict[str, Any]:
    made: dict[str, Any] = office.done("alert", "draft", warning, *WHY, "--as", "wu")
    assert made["stage"] == "handed_up"
    return made


def test_a_draft_goes_up_at_once_and_the_county_makes_it_its_own(office: Any, warning: Path) -> None:
    assert office.refused("alert", "draft", warning, "--as", "wu")["rule"] != ""
    made = handed_up(office, warning)
    [waiting] = office.done("alert", "hand-ups", "list", "--unit", "Station")
    assert (waiting["alert"], waiting["from_unit"], waiting["reason"]) == (made["id"], "Gecheng", WHY[1])
    assert office.done("alert", "hand-ups", "list", "--unit", "Gecheng") == []
    assert "Station" in office("alert", "hand-ups", "list").stdout
    adopted = office.done("alert", "hand-ups", "adopt", waiting["id"], "--as", "qin")
    assert (adopted["stage"], adopted["unit"]) == ("draft", "Station")
    assert office.done("alert", "hand-ups", "list") == []
    assert [each["state"] for each in office.done("alert", "hand-ups", "list", "--state", "every")] == ["adopted"]


@pytest.mark.parametrize("word", ["return", "decline"])
def test_what_is_given_back_is_its_authors_draft_again_and_says_why(office: Any, warning: Path, word: str) -> None:
    made = handed_up(office, warning)
    [waiting] = office.done("alert", "hand-ups", "list")
    assert office("alert", "hand-ups", word, waiting["id"], "--as", "qin").exit_code == 2, "without a reason"
    back = office.done("alert", "hand-ups", word, waiting["id"], "--reason", "雨已经停了", "--as", "qin")
    assert (back["id"], back["stage"], back["unit"]) == (made["id"], "draft", "Gecheng")


def test_only_its_receiver_takes_it_as_it_was_read_and_where_it_leads_wants_a_reason(
    office: Any, warning: Path
) -> None:
    handed_up(office, warning)
    [waiting] = office.done("alert", "hand-ups", "list")
    take = ("alert", "hand-ups", "adopt", waiting["id"])
    assert office.refused(*take, "--as", "wu")["rule"] == "hand-up-inbox"
    assert office.refused(*take, "--version", waiting["version"] + 1, "--as", "qin")["rule"] == "version"
    assert office.refused("alert", "hand-ups", "adopt", "99", "--as", "qin")["rule"] == "hand-up-unknown"
    assert office("alert", "draft", warning, "--to", "Station", "--as", "wu").exit_code == 2
