"""`hub recipient choices`: what a person chose, set as they asked, with the audit log told."""

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
    hub("recipient", "choices", "a1", "--refuse", "everything", "--language", "ug", "--least", "orange")
    told = json.loads(hub("recipient", "choices", "a1", "--accept", "everything", "--least", "any", "--json").output)
    assert (told["refused"], told["language"], told["least"]) == ([], "ug", None)
    assert [(line["what"], line["after"], line["way"]) for line in told["history"]] == [
        ("refused", "*", "official"),
        ("language", "ug", "official"),
        ("least", "3", "official"),
        ("refused", "", "official"),
        ("least", "", "official"),
    ]


def test_nobody_of_this_name_is_said_so(hub) -> None:
    result = hub("recipient", "choices", "nobody")
    assert result.exit_code != 0
    assert "no recipient" in result.output
