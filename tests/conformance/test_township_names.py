"""Names of real places are no warnings: none of the 41,352 townships is taken for an event."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from approvals.event_table import load_events
from approvals.event_words import find_event
from approvals.level import Level
from approvals.stated_level import stated_levels

EVENTS = load_events(Path(__file__).resolve().parents[2] / "config" / "events.toml")


@pytest.fixture(scope="module")
def townships(shared_data: Path) -> frozenset[str]:
    with (shared_data / "regions" / "streets.csv").open(encoding="utf-8") as file:
        return frozenset(row["name"] for row in csv.DictReader(file))


def test_no_township_is_taken_for_an_event(townships: frozenset[str]) -> None:
    assert len(townships) > 30_000
    assert {name for name in townships if find_event(EVENTS, name) is not None} == set()


def test_no_township_with_a_colour_in_its_name_changes_the_level_that_is_stated(townships: frozenset[str]) -> None:
    coloured = [name for name in townships if set("红橙黄蓝赤桔朱") & set(name)]
    assert len(coloured) > 600
    for name in coloured:
        for level, colour in ((Level.RED, "红"), (Level.BLUE, "蓝")):
            said = [
                f"{name}人民政府发布暴雨{colour}色预警信号",
                f"{name}暴雨{colour}色预警",
                f"{name}、{name}将出现暴雨，发布{colour}色暴雨预警",
                f"将{name}暴雨黄色预警信号变更为{colour}色",
            ]
            assert {stated_levels(text, EVENTS) for text in said} == {frozenset({level})}, name
        around = [
            "{}暴雨预警",
            "{}预警",
            "{}、{}，暴雨预警",
            "【{}】暴雨预警",
            "预警：{}暴雨",
            "暴雨预警，{}注意",
            "{} 暴雨 预警",
        ]
        around += ["暴雨预警升至{}", "暴雨预警扩大到{}", "将{}暴雨预警变更为大风预警"]
        said = [text.replace("{}", name) for text in around]
        assert {text: stated_levels(text, EVENTS) for text in said} == dict.fromkeys(said, frozenset()), name
