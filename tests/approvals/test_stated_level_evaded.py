"""No spelling, sign or turn of phrase says a level past the hub: folds × joints × levels, chosen here without its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from approvals.event_table import load_events
from approvals.level import Level
from approvals.stated_level import stated_levels

EVENTS = load_events(Path(__file__).resolve().parents[2] / "config" / "events.toml")

CHINESE = {
    Level.RED: ["红色", "赤色", "红 色", "红·色", "RED", "hongse", "🔴"],
    Level.ORANGE: ["橙色", "桔色", "橘色", "Orange", "🟠"],
    Level.YELLOW: ["黄色", "yellow", "🟡"],
    Level.BLUE: ["蓝色", "Blue", "🔵"],
}
HUES = {Level.RED: ["红"], Level.ORANGE: ["橙"], Level.YELLOW: ["黄"], Level.BLUE: ["蓝"]}
GRADES = {
    Level.RED: ["1级", "Ⅰ级", "I级", "一级", "壹级", "①级", "特别重大", "特别严重", "最高级", "Level I", "level 1"],
    Level.ORANGE: ["2级", "Ⅱ级", "II级", "二级", "贰级", "②级", "Level II", "level 2"],
    Level.YELLOW: ["3级", "Ⅲ级", "III级", "三级", "叁级", "③级", "Level III"],
    Level.BLUE: ["4级", "Ⅳ级", "IV级", "四级", "肆级", "④级", "Level IV"],
}
ENGLISH = {Level.RED: ["red"], Level.ORANGE: ["orange"], Level.YELLOW: ["yellow"], Level.BLUE: ["blue"]}
NUMBERS = {Level.RED: ["I", "1"], Level.ORANGE: ["II", "2"], Level.YELLOW: ["III", "3"], Level.BLUE: ["IV", "4"]}

ANY_LEVEL = [
    "发布暴雨{}预警信号", "{}暴雨预警", "暴雨{}预警信息", "进入暴雨{}预警期", "发布{}特大暴雨预警", "“{}”暴雨警报",
    "暴雨预警等级{}", "暴雨预警级别：{}", "暴雨预警等级为{}", "暴雨预警【{}】", "暴雨预警（{}）", "暴雨预警：{}",
    "暴雨预警——{}", "暴雨预警，{}", "【{}】暴雨预警", "{}！暴雨预警！", "{}、暴雨预警", "暴雨预警升级为{}", "暴雨预警升级至{}",
    "暴雨预警升至{}", "暴雨预警上调为{}", "暴雨预警信号提升到{}", "取消一切活动 暴雨{}预警", "解除暴雨预警并发布暴雨{}预警信号",
    "尚未解除暴雨{}预警", "Rainstorm warning: {}",
]  # fmt: skip
COLOUR_ONLY = ["暴雨{}警戒", "暴雨{}信号", "城口县暴雨{}", "暴雨等级{}", "暴雨{}仍生效", "暴雨由轻转为{}"]
HUE_JOINTS = [
    "暴雨预警{}",
    "暴雨预警 {}",
    "{}暴雨预警",
    "暴雨预警转{}",
    "{}预警",
    "暴雨{}预警信号",
    "{}警",
    "暴雨预警升级为{}",
    "暴雨预警升至{}",
    "暴雨预警等级：{}",
    "【{}】暴雨预警",
]
ENGLISH_JOINTS = [
    "{} rainstorm warning", "Rainstorm {} warning", "Rainstorm warning: {}", "Rainstorm warning ({})", "Rainstorm warning - {}",
    "Rainstorm warning upgraded to {}", "Rainstorm warning downgraded to {}", "Rainstorm warning raised to {} in Baota County",
    "Rainstorm warning level {}", "Rainstorm: code {}", "{}: rainstorm warning", "{}-level rainstorm warning",
    "Rainstorm warning, level: {}", "Warning of rainstorm raised from x to {}",
]  # fmt: skip
ROMAN_JOINTS = ["{}暴雨预警", "暴雨{}预警", "暴雨预警{}", "暴雨预警级别：{}", "暴雨预警等级 {}"]
ROMAN = {Level.RED: ["Ⅰ", "I"], Level.ORANGE: ["Ⅱ", "II"], Level.YELLOW: ["Ⅲ", "III"], Level.BLUE: ["Ⅳ", "IV"]}
NUMBER_JOINTS = [
    "Level {} rainstorm warning",
    "Rainstorm warning (Level {})",
    "Rainstorm warning, level {}",
    "Warning level {}",
]

TRADITIONAL = str.maketrans("红级黄蓝预变为调", "紅級黃藍預變為調")
CYRILLIC = str.maketrans("eoaiEOA", "\u0435\u043e\u0430\u0456\u0415\u041e\u0410")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
FOLDS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "traditional": lambda text: text.translate(TRADITIONAL),
    "Cyrillic": lambda text: text.translate(CYRILLIC),
    "full width": lambda text: text.translate(FULL_WIDTH),
    "capitals": str.upper,
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "marks": lambda text: "".join(char + ("\u0301" if char.isalnum() else "") for char in text),
    "tags": lambda text: "".join(f"<b>{char}</b>" for char in text),
}
#: these set letters apart, which only Chinese can take: between Latin words a blank is a blank
APART: dict[str, Callable[[str], str]] = {
    mark: lambda text, mark=mark: "".join(char + (mark if "\u4e00" <= char <= "\u9fff" else "") for char in text)  # type: ignore[misc]
    for mark in (" ", "\u3000", "·", "-", "*", "_")
}
SAID = [
    *((joint, level, word) for joint in ANY_LEVEL for table in (CHINESE, GRADES) for level in table for word in table[level]),
    *((joint, level, word) for joint in COLOUR_ONLY for level in CHINESE for word in CHINESE[level]),
    *((joint, level, word) for joint in HUE_JOINTS for level in HUES for word in HUES[level]),
    *((joint, level, word) for joint in ROMAN_JOINTS for level in ROMAN for word in ROMAN[level]),
    *((joint, level, word) for joint in ENGLISH_JOINTS for level in ENGLISH for word in ENGLISH[level]),
    *((joint, level, word) for joint in NUMBER_JOINTS for level in NUMBERS for word in NUMBERS[level]),
]  # fmt: skip


@pytest.mark.parametrize("fold", [*FOLDS, *APART])
def test_a_level_is_read_however_it_is_written_and_joined(fold: str) -> None:
    disguise = (FOLDS | APART)[fold]
    texts = {(disguise(joint.format(word)), level) for joint, level, word in SAID}
    assert len(texts) > 500
    assert {(text, level.word) for text, level in texts if level not in stated_levels(text, EVENTS)} == set()


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("暴雨预警（严重）", Level.ORANGE),
        ("暴雨预警等级：较重", Level.YELLOW),
        ("暴雨红警", Level.RED),
        ("启动应急响应，红色暴雨预警", Level.RED),
        ("启动应急响应 红色预警", Level.RED),
        ("启动应急响应，一级暴雨预警", Level.RED),
        ("Red emergency rainstorm warning", Level.RED),
        ("暴雨预警等级：2", Level.ORANGE),
        ("解除橙色预警，红色预警生效", Level.RED),
        ("取消黄色暴雨预警改为红色", Level.RED),
        ("红色暴雨，预警", Level.RED),
        ("Rainstorm warning turned red", Level.RED),
        ("R.E.D rainstorm warning", Level.RED),
        ("ʀᴇᴅ rainstorm warning", Level.RED),
        ("🅁🄴🄳 rainstorm warning", Level.RED),
        ("r\u0435d rainstorm w\u0430rning", Level.RED),
        ("预警级别调整为红", Level.RED),
        ("暴雨黄色预警升级为红色，并维持大风橙色预警", Level.ORANGE),
    ],
)
def test_these_state_it_too(text: str, level: Level) -> None:
    assert level in stated_levels(text, EVENTS)


@pytest.mark.parametrize(
    "text",
    [
        "暴雨预警，风力降至4级",
        "干热风预警，小麦叶片转黄",
        "暴雨预警等级一览",
        "I alert you to rain",
        "暴雨预警：3-4级阵风",
        "第一暴雨预警",
        "水位上升至2级台阶",
        "防汛应急响应等级：四级",
        "启动应急响应（Ⅳ级），暴雨预警",
        "启动应急响应（Ⅳ级）暴雨预警",
        "启动红色应急响应",
        "十一级大风预警",
        "8-4级阵风，大风预警",
        "暴雨预警，严重影响交通",
        "超过警戒水位，警戒线",
        "暴雨预警：红色边疆农场注意防范",
        "赤水市暴雨预警",
        "红桥区、黄浦区、青海省、橙子沟乡、蓝田县发布暴雨预警",
        "Warning of rain moved to Red Bridge District",
        "Red Flag Street: rainstorm warning",
        "water level 2 m above the warning line",
        "Level IV emergency response, rainstorm warning",
        "Category 4 hurricane warning",
    ],
)
def test_what_only_looks_like_a_level_is_not_read(text: str) -> None:
    assert stated_levels(text, EVENTS) == frozenset()


def test_it_is_the_folding_that_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: letters as they are written say another level past the hub."""
    monkeypatch.setattr("approvals.stated_level.legible", str)
    disguised = ["紅色預警", "r\u0435d warning", "ｒｅｄ warning", "红<b>色</b>预警", "🔴 预警"]
    assert {text: stated_levels(text, EVENTS) for text in disguised} == dict.fromkeys(disguised, frozenset())
