"""`hub service`, `hub trust` and `hub standing`, from the first system to a paper in force."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sensor import paper, pen

NOW = datetime.now(UTC)
BOUNDS = ("--unit", "Office", "--scope", "ingest", "--scope", "standing")


def sensor(commands: Any) -> Any:
    return commands.done("service", "add", "seismometers", *BOUNDS)


def test_a_service_is_entered_with_a_token_that_is_shown_once_and_ended_by_one_word(commands: Any) -> None:
    told = sensor(commands)
    assert told["token"].startswith("fhs_")
    (listed,) = commands.done("service", "list")
    assert (listed["name"], listed["scopes"], "token" in listed) == ("seismometers", ["ingest", "standing"], False)
    assert commands.refused("service", "add", "seismometers", *BOUNDS)["rule"] == "service-exists"
    commands.done("service", "revoke", listed["id"])
    assert not commands.done("service", "list")[0]["active"]
    assert "(revoked)" in commands("service", "list").stdout


def test_a_signer_is_entered_by_certificate_and_ended_by_one_word(commands: Any, tmp_path: Path) -> None:
    file = tmp_path / "sensor.pem"
    file.write_text(pen(NOW).pem)
    scope = ("--area", "500229000000", "--event", "地震")
    told = commands.done("trust", "add", "quake@sensor.example", file, *scope)
    commands.done("trust", "revoke", told["id"])
    assert commands.done("trust", "list")[0]["revoked"]
    assert "(revoked)" in commands("trust", "list").stdout
    file.write_text("no certificate")
    assert commands.refused("trust", "add", "other", file, *scope)["rule"] == "trust-certificate"


def test_a_paper_walks_from_proposal_into_force_and_out_of_it(
    commands: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor(commands)
    acts = {name: commands.done("official", "token", name)["token"] for name in ("chen", "li", "zhao", "sun")}
    file = tmp_path / "paper.json"
    bounds = {"grantor": "Office", "areas": ["500229000000"], "valid_from": (NOW - timedelta(hours=1)).isoformat()}
    file.write_text(json.dumps(paper(NOW, **bounds)))
    monkeypatch.setenv("FENGHUO_TOKEN", acts["chen"])
    made = commands.done("standing", "propose", file)
    for name, step in (("li", "review"), ("zhao", "sign"), ("sun", "sign")):
        monkeypatch.setenv("FENGHUO_TOKEN", acts[name])
        word = ("--step", step, "--verdict", "approve", "--digest", made["digest"])
        state = commands.done("standing", "decide", made["id"], *word)["state"]
    assert state == "in-force"
    assert commands.done("standing", "revoke", made["id"], "--reason", "repair")["state"] == "revoked"
    assert commands.done("standing", "show", made["id"])["document"]["name"] == "earthquake early warning"
    assert "revoked, used 0 times" in commands("standing", "list").stdout


def test_a_file_that_is_no_paper_is_refused(commands: Any, tmp_path: Path) -> None:
    file = tmp_path / "paper.json"
    file.write_text("[]")
    assert commands.refused("standing", "propose", file)["rule"] == "not-json"
