"""Estimates over the API and on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import root

REGISTER = """external_id,region,language,lat,lon,groups,sms,email
a1,110101001000,zh,39.9,116.4,elderly,19910000001,
a2,110101002000,ug,,,sight_impaired,,citizen@example.org
"""


async def test_the_estimate_of_an_alert_and_of_a_plan_have_one_form(api: Any) -> None:
    alert = await (await api.call("GET", "/alerts/1/estimate")).json()
    body = {"regions": ["610602000000"], "level": "blue"}
    plan = await (await api.call("POST", "/estimate", json=body)).json()
    assert (alert["alert"], alert["persons"]) == (1, 7)
    assert (plan["alert"], plan["persons"], plan["level"]) == (None, 1000, "blue")
    assert alert.keys() == plan.keys()
    assert alert["townships"]["shown"] == [{"key": "610602001000", "name": "桥镇", "persons": 7}]


@pytest.mark.parametrize("body", [{"regions": ["610602000000"]}, {"level": "mauve"}, {"level": "red", "persons": 3}])
async def test_a_plan_without_a_level_there_is_or_with_words_unknown_is_refused(api: Any, body: dict[str, Any]) -> None:
    assert (await api.call("POST", "/estimate", json=body)).status == 422


def test_the_command_line_tells_whom_a_plan_reaches_and_whom_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "people.csv").write_text(REGISTER, encoding="utf-8")

    def hub(*arguments: str) -> Any:
        return CliRunner().invoke(root, arguments)

    assert hub("recipient", "import", str(tmp_path / "people.csv")).exit_code == 0
    plan = ("recipient", "estimate", "--region", "110101000000", "--level", "red", "--text", "zh")
    told = hub(*plan)
    assert told.exit_code == 0, told.output
    for line in ("2 persons, as of", "110101001000", "elderly 老年人: 1", "warn missing-language language ug"):
        assert line in told.stdout
    estimate = json.loads(hub(*plan, "--json").stdout)
    assert [each["persons"] for each in estimate["townships"]["shown"]] == [1, 1]
    assert estimate["unreachable"]["persons"] == 2  # nobody has configured a channel here
    assert hub("recipient", "estimate", "--level", "red").exit_code == 1
    assert hub("alert", "estimate", "7").exit_code == 1
