"""`hub alert evacuate` and `hub alert alarm`: notices without a level, drafted and submitted by whoever is on duty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

TOWNSHIP = "500229001000"


@pytest.fixture
def duty(commands: Any) -> str:
    """Who drafts at a township."""
    enter = ("official", "add", "wu", "--unit", "Gecheng", "--kind", "government", "--area", TOWNSHIP)
    commands.done(*enter, "--right", "draft")
    return "wu"


def notice(**changes: str) -> list[str]:
    by = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    asked = {"--event": "landslide", "--region": TOWNSHIP, "--by": by, "--channel": "sms"} | changes
    return ["alert", "evacuate", "--leave", "zh-CN", "后山", "小学", *(part for pair in asked.items() for part in pair)]


def test_a_township_drafts_and_submits_a_notice_in_one_go_and_one_signature_is_wanted(commands: Any, duty: str) -> None:
    made = commands.done(*notice(), "--as", duty)
    assert (made["stage"], made["path"], made["missing"]) == ("submitted", "emergency", ["sign"])
    assert made["event"] == "滑坡紧急转移通知"
    [form] = commands.done("alert", "forms", made["id"])
    assert "请后山的人员立即转移" in form["body"]


def test_what_lies_beyond_the_township_is_refused_and_a_time_without_its_offset_is_a_mistake_of_use(
    commands: Any, duty: str
) -> None:
    assert commands.refused(*notice(**{"--region": "500229002000"}), "--as", duty)["rule"] == "LAW-18"
    assert commands(*notice(**{"--by": "2026-07-12T20:30:00"}), "--as", duty).exit_code == 2


def test_who_may_order_people_out_is_explained(commands: Any, duty: str) -> None:
    case = ("--level", "red", "--event", "landslide", "--area", TOWNSHIP, "--act", "draft")
    assert commands.done("official", "explain", duty, *case, "--path", "evacuation")["rule"] == "evacuation"
    assert commands("official", "explain", duty, *case).exit_code == 1


def test_an_alarm_without_a_paper_is_refused_by_name(commands: Any, duty: str) -> None:
    told = commands.refused("alert", "alarm", "7", "--set", "at", "20:30", "--as", duty)
    assert told["rule"] == "mandate-unknown"
