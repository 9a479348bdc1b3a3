"""`hub report`: the document of a warning's reach, and the same for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def released(commands: Any, warning: Path) -> dict[str, Any]:
    """A red warning to two people, released while no worker runs."""
    number = commands.done("alert", "draft", warning, "--as", "chen")["id"]
    digest = commands.done("alert", "submit", number, "--as", "chen")["digest"]
    for name, step in (("li", "review"), ("zhao", "sign"), ("sun", "sign")):
        commands.done("alert", "approve", number, "--step", step, "--as", name, "--digest", digest)
    return commands.done("alert", "release", number, "--as", "zhou", "--digest", digest)


def test_the_report_calls_unknown_what_nobody_knows_yet(commands: Any, released: dict[str, Any]) -> None:
    told = commands.done("report", released["id"])
    assert told["alert"] == {"identifier": released["identifier"], "digest": released["digest"]}
    assert told["authorized_by"] == ["li", "zhao", "sun"]
    assert told["persons"] == {"targeted": 2, "reached": 0, "confirmed": 0, "failed": 0, "unknown": 2}
    assert {"targeted", "accepted", "delivered", "confirmed", "failed", "unknown", "first_s", "p50_s", "p99_s"} <= set(
        told["channels"]["sms"]
    )
    assert set(told) >= {"partners", "feedback", "audit"}
    assert "counterparts" not in told
    assert told["audit"]["verified"] is True


def test_people_read_the_same_numbers(commands: Any, released: dict[str, Any]) -> None:
    shown = commands("report", released["id"]).stdout
    assert "persons: 2 targeted, 0 reached, 0 confirmed, 0 failed, 2 unknown\n" in shown
    assert "authorized by li, zhao, sun\n" in shown
    assert f"{released['identifier']}  {released['digest']}\n" in shown
    assert "verified" in shown


def test_a_draft_has_a_report_of_nothing(commands: Any, warning: Path) -> None:
    number = commands.done("alert", "draft", warning, "--as", "chen")["id"]
    told = commands.done("report", number)
    assert (told["channels"], told["messages"], told["persons"]["targeted"]) == ({}, [], 0)
    assert "not submitted" in commands("report", number).stdout


def test_there_is_no_report_of_an_alert_that_is_not_there(commands: Any) -> None:
    assert commands.refused("report", 99)["rule"] == "alert-unknown"


@pytest.mark.parametrize("arguments", [(), ("flood",), ("0",)])
def test_a_report_is_asked_for_by_number(commands: Any, arguments: tuple[str, ...]) -> None:
    assert commands("report", *arguments).exit_code == 2
