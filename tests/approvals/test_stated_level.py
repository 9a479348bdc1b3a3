"""A text states the level that is joined to the word for a warning, and no colour or grade that stands elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from approvals.event_table import load_events
from approvals.level import Level
from approvals.stated_level import stated_levels

ROOT = Path(__file__).resolve().parents[2]
EVENTS = load_events(ROOT / "config" / "events.toml")
RED, ORANGE, YELLOW, BLUE = Level.RED, Level.ORANGE, Level.YELLOW, Level.BLUE


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("城口县气象台发布暴雨红色预警信号", {RED}),
        ("两部门联合发布橙色山洪灾害气象预警", {ORANGE}),
        ("国家海洋预报台发布海浪橙色警报", {ORANGE}),
        ("高森林火险红色预警", {RED}),
        ("发布暴雨二级预警", {ORANGE}),
        ("上海中心气象台发布暴雨黄色预警[Ⅲ级/较重]", {YELLOW}),
        ("发布暴雨预警（II级/严重）", {ORANGE}),
        ("将暴雨黄色预警信号升级为橙色", {ORANGE}),
        ("将暴雨黄色预警信号升级为暴雨红色预警信号", {RED}),
        ("更新暴雨黄色预警信号为暴雨橙色预警信号", {ORANGE}),
        ("将平山街道暴雨橙色预警信号降级为黄色，其余镇街暴雨黄色仍生效", {YELLOW}),
        ("解除暴雨橙色预警信号，发布暴雨蓝色预警信号", {BLUE}),
        ("橙色预警和红色预警", {ORANGE, RED}),
        ("Red rainstorm warning", {RED}),
        ("Rainstorm red warning for Baota", {RED}),
        ("Orange warning", {ORANGE}),
    ],
)
def test_a_level_is_read_where_it_is_joined_to_a_warning(text: str, levels: set[Level]) -> None:
    assert stated_levels(text, EVENTS) == levels


@pytest.mark.parametrize(
    "text",
    [
        "解除暴雨红色预警信号",
        "启动防汛Ⅳ级应急响应",
        "启动Ⅲ级预警响应",
        "防汛蓝色预警响应",
        "红色预警演练",
        "红桥区和黄浦区发布暴雨预警",
        "红色边疆农场暴雨预警",
        "红旗街道、橙子沟乡、黄河沿岸、蓝田县",
        "一级公路暴雨预警",
        "请穿红色衣服",
        "Yellow River flood warning",
        "the red tide forecast",
        "Blue Mountains: rainstorm warning",
        "",
    ],
)
def test_colours_of_places_lifted_levels_and_grades_of_a_response_are_not_read(text: str) -> None:
    assert stated_levels(text, EVENTS) == frozenset()


def test_no_template_states_a_level_of_its_own() -> None:
    files = [file for file in (ROOT / "templates").rglob("*") if file.suffix in {".txt", ".html"}]
    assert files
    assert {file.name: stated_levels(file.read_text("utf-8"), EVENTS) for file in files} == {
        file.name: frozenset() for file in files
    }
