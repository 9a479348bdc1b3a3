"""Which level a text states to be in force: a colour or a grade joined to the word for a warning, no other (pure).

Read is 暴雨红色预警, 红色暴雨预警, 二级预警, 预警[Ⅱ级/严重], 升级为橙色, "red rainstorm warning". Not read are colours
of place names, of levels that were (将黄色预警升级为…) or are lifted (解除…), and grades of a response (Ⅳ级应急响应),
which is no warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from approvals.event import Events
from approvals.event_words import names_of
from approvals.level import Level

_COLOURS = {"红": Level.RED, "橙": Level.ORANGE, "黄": Level.YELLOW, "蓝": Level.BLUE}
#: GB grades, in every script they are written in; 特别重大 and 特别严重 are told by their numeral
_GRADES = {
    "I": Level.RED, "Ⅰ": Level.RED, "一": Level.RED, "1": Level.RED,
    "II": Level.ORANGE, "Ⅱ": Level.ORANGE, "二": Level.ORANGE, "2": Level.ORANGE,
    "III": Level.YELLOW, "Ⅲ": Level.YELLOW, "三": Level.YELLOW, "3": Level.YELLOW,
    "IV": Level.BLUE, "Ⅳ": Level.BLUE, "四": Level.BLUE, "4": Level.BLUE,
}  # fmt: skip
_GRADE = r"(?<![A-Za-z0-9])(?:III|IV|II|I|[ⅠⅡⅢⅣ一二三四1234])(?=级)"
_LEVEL = rf"(?:(?P<colour>[红橙黄蓝])色|(?P<grade>{_GRADE})级)"
_BRACKET = rf"[\[【「（(]\s*{_LEVEL}"
#: 预警响应, 预警演练, 预警期…: no warning (应急响应 has grades of its own, 突发事件应对法 2024 art. 71-72)
_WARNING = r"(?:预警(?:信号)?|警报)(?!响应|演练|机制|体系|系统|期|中心|信息)"
_JOINED = re.compile(rf"{_LEVEL}(?P<event>[^，。；;！!\s色]{{0,16}}?){_WARNING}")
_BEHIND = re.compile(rf"{_WARNING}\s*{_BRACKET}")
_RAISED = re.compile(
    rf"(?:升级|降级|变更|更新|调整)(?:[^，。；;！!]{{0,30}}?)为(?:[^，。；;！!红橙黄蓝]{{0,16}}?){_LEVEL}"
)
_LIFTED = re.compile(r"(?:解除|撤销|取消)(?:[^，。；;！!]*)")
_AFTERMATH = re.compile(r"(?:气象|灾害|风险|地质|高|[（）])+")
_PLACE = r"(?! (?:river|sea|county|mountains?|ridge|valley|lake)\b)"  # names of places, such as the Yellow River
_ENGLISH = re.compile(
    rf"\b(red|orange|yellow|blue)\b{_PLACE}((?:[ -][a-z]+){{0,4}}?)[ -](?:warning|alert)s?\b", re.IGNORECASE
)


def stated_levels(text: str, events: Events) -> frozenset[Level]:
    """The levels the text says are in force from now on; of a change only the new one."""
    plain = _LIFTED.sub("", text.replace("(", "（").replace(")", "）"))
    changed = [_level(found) for found in _RAISED.finditer(plain)]
    if changed:
        return frozenset(changed)
    return frozenset((*_chinese(plain, events), *_english(plain, events)))


def _chinese(text: str, events: Events) -> Iterator[Level]:
    for found in _JOINED.finditer(text):
        if _is_event(found["event"], events):
            yield _level(found)
    yield from (_level(found) for found in _BEHIND.finditer(text))


def _english(text: str, events: Events) -> Iterator[Level]:
    for found in _ENGLISH.finditer(text):
        if _is_event(found[2].strip(" -"), events):  # a warning of the Yellow River states no colour
            yield Level.of(found[1])


def _is_event(words: str, events: Events) -> bool:
    """Whether what stands between level and warning is an event, or nothing: 红色边疆农场暴雨预警 is of no colour."""
    said = words.casefold()
    return said in names_of(events) or _AFTERMATH.sub("", said) in names_of(events) or not _AFTERMATH.sub("", said)


def _level(found: re.Match[str]) -> Level:
    colour = found["colour"]
    return _COLOURS[colour] if colour else _GRADES[found["grade"]]
