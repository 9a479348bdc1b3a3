"""`hub recipient preferences`: what a person chose, set as they asked, with the audit log told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli import root

REGISTER = "external_id,region,sms\na1,110101001000,19910000001\n"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "register.csv"
    file.write_text(REGISTER, encoding="utf-8")

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(root, [str(argument) for argument in arguments])

    assert call("recipient", "import", file).exit_code == 0
    return call


def test_a_choice_is_set_shown_with_its_history_and_taken_back(hub) -> None:
    hub("recipient", "preferences", "a1", "--refuse", "everything", "--language", "ug", "--least", "orange")
    told = json.loads(
        hub("recipient", "preferences", "a1", "--accept", "everything", "--least", "any", "--json").output
    )
    assert (told["refused"], told["language"], told["least"]) == ([], "ug", None)
    assert [(line["what"], line["after"], line["way"]) for line in told["history"]] == [
        ("refused", "*", "official"),
        ("language", "ug", "official"),
        ("least", "3", "official"),
        ("refused", "", "official"),
        ("least", "", "official"),
    ]


def test_nobody_of_this_name_is_said_so(hub) -> None:
    result = hub("recipient", "preferences", "nobody")
    assert result.exit_code != 0
    assert "no recipient" in result.output


def test_further_places_and_an_order_of_channels_are_set_and_what_is_none_is_refused(hub) -> None:
    arguments = ("--place", "110101002000", "--place", "440106001000", "--order", "voice,sms", "--json")
    result = hub("recipient", "preferences", "a1", *arguments)
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert (told["places"], told["order"]) == (["110101002000", "440106001000"], ["voice", "sms"])
    told = json.loads(
        hub("recipient", "preferences", "a1", "--leave", "440106001000", "--order", "any", "--json").output
    )
    assert (told["places"], told["order"]) == (["110101002000"], [])
    why = json.loads(hub("recipient", "count", "--region", "110101002000", "--json").output)
    assert why["persons"] == 1
    for wrong in (("--place", "110101000000"), ("--place", "nowhere"), ("--order", "pigeon"), ("--order", "sms,sms")):
        assert hub("recipient", "preferences", "a1", *wrong).exit_code == 1
