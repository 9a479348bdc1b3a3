"""The words by which a text names a level, a warning, and a change of level: tables, and how they are found (pure).

The texts are those of `legible`. Between the letters of a word may lie whatever a reader passes over: 红·色, r.e.d.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from approvals.level import Level

_SEAM = r"[\W_]{0,3}"  #: between two letters of one word

#: colours, each a word by itself; hongse and chise are pinyin, 洪色 and 篮色 are read as what they sound and look like
_COLOURS = {
    Level.RED: "红色 赤色 朱色 绯色 红颜色 红级 赤级 洪色 虹色 鸿色 宏色 弘色 泓色 荭色"
    " red scarlet crimson hongse chise",
    Level.ORANGE: "橙色 桔色 橘色 橙黄色 桔黄色 橘黄色 橙颜色 橙级 澄色 orange chengse juse",
    Level.YELLOW: "黄色 黄颜色 黄级 璜色 磺色 潢色 yellow huangse",
    Level.BLUE: "蓝色 兰色 蓝颜色 蓝级 篮色 岚色 blue lanse",
}
#: colours of one character: many places have one in their names (红桥, 赤水, 橙子沟, 黄浦, 蓝田)
_HUES = {Level.RED: "红 赤", Level.ORANGE: "橙 桔", Level.YELLOW: "黄", Level.BLUE: "蓝"}
#: GB grades I to IV in every script they are written in; l and | look like an I
_GRADES = {
    Level.RED: r"1|[il|]|一|甲|首",
    Level.ORANGE: r"2|[il|]{2}|二|乙",
    Level.YELLOW: r"3|[il|]{3}|三|丙",
    Level.BLUE: r"4|[il|]v|四|丁",
}
_ENGLISH_GRADES = {Level.RED: "1|i|one", Level.ORANGE: "2|ii|two", Level.YELLOW: "3|iii|three", Level.BLUE: "4|iv|four"}
#: what only the highest level is called (突发事件应对法 2024 art. 63: 特别重大; weather stations: 特别严重)
_HIGHEST = (
    "特别重大 特别严重 最高 最高级 最高级别 最高等级 最高一级 最严重级 顶级 highestlevel toplevel maximumlevel highest"
)
#: words for a level that are common words, too: only in a bracket or after a heading they name one
_DEGREES = {Level.ORANGE: "重大 严重", Level.YELLOW: "较大 较重", Level.BLUE: "一般"}

#: 预警响应, 预警演练, 预警中心…: no warning (应急响应 has grades of its own, 突发事件应对法 2024 art. 71-72)
_NO_WARNING = r"(?!响应|演练|机制|体系|系统|中心|信息(?:发布)?(?:中心|系统|平台|网)|发布(?:中心|系统|平台)|水位|线)"
#: 警 by itself (红警): not in the words for the police and for being careful (民警, 警察, 警戒线)
_ALONE = "(?<![民交特武巡刑干协])警(?![戒示告报察官员力务方车犬惕钟号徽])"
_WARNINGS = (
    "预警信号 预警信息 预警期 预警 警报 警戒 警示 告警 信号 灯号 "
    "warnings warning alerts alert alarm signal yujing jingbao"
)

_RAISE = "升级 降级 变更 更新 调整 提升 提高 提级 上调 下调 上升 下降 降低 改发 跃升"
_RAISE_TO = (
    "升至 升为 升到 降至 降为 降到 调至 调为 调到 转至 转为 转成 改为 改成 变为 变成 定为 列为 进入 发展为 发展成"
)
_ENGLISH_RAISE = (
    r"(?:up|down)?grad(?:e|es|ed|ing)|rais(?:e|es|ed|ing)|lower(?:s|ed|ing)?|increas(?:e|es|ed|ing)"
    r"|elevat(?:e|es|ed|ing)"
    r"|escalat(?:e|es|ed|ing)|chang(?:e|es|ed|ing)|updat(?:e|es|ed|ing)|revis(?:e|es|ed|ing)|mov(?:e|es|ed|ing)"
    r"|step(?:s|ped)?(?: up| down)?|rise[sn]?|rose|go(?:es|ne)?|set|up|down|from \w+"
)
#: what may stand between the word for a warning and the level behind it
HEADING = (
    "等级 级别 级 信号 颜色 色 状态 为 是 至 到 的 已 现 达 处于 定为"
    " level status colour color grade code is now at of to in the turned turns goes went becomes became"
    " reaches reached enters entered hits"
)
#: what may stand beside an event between the level and the word for a warning
FILLERS = (
    "气象 灾害 风险 地质 高 的 级别 等级 级 特大 强 极端 局地 持续 突发 严重 重大 区域性 大范围 短时"
    " level coded code the weather meteorological severe extreme heavy risk emergency storm rain wind snow heat hazard"
    " danger disaster"
)


def any_of(words: str) -> str:
    """An expression for any of the words, the longest first, with what a reader passes over between their letters."""
    return "|".join(_pattern_of(word) for word in sorted(words.split(), key=len, reverse=True))


def _pattern_of(word: str) -> str:
    letters = _SEAM.join(map(re.escape, word))
    return rf"(?<![a-z]){letters}(?![a-z])" if word.isascii() else letters


@dataclass(frozen=True, slots=True)
class NamedLevel:
    """A level that a text names. `kind` is colour, highest, grade, hue, roman, numeral or degree."""

    level: Level
    kind: str
    start: int
    end: int


_AFTER_NUMBER = r"(?<![a-z0-9零〇一二三四五六七八九十百千|])(?<![0-9一二三四五六七八九十][.\-~])"
#: behind the number of a grade: "water level 2 m" is none
_NO_MEASURE = r"(?![a-z0-9]|[.,][0-9]|[\W_]*(?:m|cm|km|met|feet|ft|%))"
_TABLES = {
    # 红牌 and 红码 are read as 红色; 黄码镇 is a place
    "colour": {
        level: rf"{any_of(words)}|[{_HUES[level].replace(' ', '')}]{_SEAM}[牌码](?!{_SEAM}[镇乡村街])"
        for level, words in _COLOURS.items()
    },
    "highest": {Level.RED: any_of(_HIGHEST)},
    "grade": {
        level: rf"{_AFTER_NUMBER}(?:{numerals}){_SEAM}级"
        rf"|(?<![a-z])(?:level|grade){_SEAM}(?:{_ENGLISH_GRADES[level]}){_NO_MEASURE}"
        for level, numerals in _GRADES.items()
    },
    "hue": {level: any_of(words) for level, words in _HUES.items()},
    "roman": {
        level: rf"(?<![a-z0-9.|])(?:{numeral})(?![a-z0-9.])"
        for level, numeral in {Level.RED: "i", Level.ORANGE: "ii", Level.YELLOW: "iii", Level.BLUE: "iv"}.items()
    },
    "numeral": {
        level: rf"(?<![0-9.一二三四五六七八九十百第])[{numerals}](?![0-9\u4e00-\u9fff]|[\W_]{{1,2}}[0-9级])"
        for level, numerals in {Level.RED: "1一", Level.ORANGE: "2二", Level.YELLOW: "3三", Level.BLUE: "4四"}.items()
    },
    "degree": {level: any_of(words) for level, words in _DEGREES.items()},
}
_ANY = re.compile(
    "|".join(f"(?P<{kind}_{level.word}>{words})" for kind, table in _TABLES.items() for level, words in table.items())
)
#: any colour by which warnings are known, of no level of the law among them (white in Guangdong, amber in Britain)
COLOUR = any_of(" ".join((*_COLOURS.values(), "白色 white amber")))
WARNING = re.compile(rf"(?:{any_of(_WARNINGS)}|{_ALONE}){_NO_WARNING}")
#: a verb and what it makes of a level: 将暴雨黄色预警信号升级为, 升至, upgraded to
RAISED = re.compile(
    rf"(?:{any_of(_RAISE)})[^,，。；;！!]{{0,30}}?(?:为|至|到|成)|(?:{any_of(_RAISE_TO)})"
    rf"|(?:{any_of(_RAISE)})(?={any_of(' '.join(_COLOURS.values()))})|[转变升降调](?=[红赤橙桔黄蓝](?![\u4e00-\u9fff]))"
    rf"|(?:{_ENGLISH_RAISE})[^。；;！!.]{{0,40}}?\bto\b"
)


def named_levels(text: str) -> Iterator[NamedLevel]:
    """Every word for a level in the text, whatever it is joined to."""
    for found in _ANY.finditer(text):
        kind, _, level = str(found.lastgroup).partition("_")
        yield NamedLevel(Level.of(level), kind, found.start(), found.end())


def without_levels(text: str) -> str:
    """The text with the words for levels taken out, hues and degrees aside."""
    return _ANY.sub(
        lambda found: "" if str(found.lastgroup).startswith(("colour", "grade", "highest")) else found[0], text
    )
