"""Which level a text states to be in force: a level that is joined to the word for a warning, no other (pure).

Joined are 暴雨红色预警, 红预警, 二级预警, 预警等级：红色, 升级为橙色, 暴雨红色, "red rainstorm warning",
"warning (Red)", "raised to red", and a level that stands alone in a text that warns. Not read are colours of place
names, of levels that were (将黄色预警升级为…, 取代…) or are lifted (解除…), marks of a gauge (黄色警戒线), and grades
of a response (Ⅳ级应急响应), which is no warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from approvals.event import Events
from approvals.event_words import names_of
from approvals.former_level import without_former, without_gauges
from approvals.legible import legible
from approvals.level import Level
from approvals.level_words import (
    COLOUR,
    FILLERS,
    HEADING,
    RAISED,
    WARNING,
    NamedLevel,
    any_of,
    named_levels,
    without_levels,
)
from approvals.lifting import without_lifted

_STOP = "。；;！!？?\n"
_LONGEST_GAP = 40  #: characters between a level and what it is joined to
_PLACES = "省市县区镇乡村州盟旗山河江湖海岛桥街路巷沟坝岭寨场站港湾坪"
_ENGLISH_PLACES = (
    "river|sea|county|mountains?|ridge|valley|lake|bridge|district|town|township|village|flag|cross|square|city|street"
    "|road|hill|bay|island|gorge|tower|army"
)
_ENGLISH_NAME = re.compile(rf"\s(?:(?!in\b|for\b|at\b|of\b|on\b|across\b|over\b)[a-z]+\s)?(?:{_ENGLISH_PLACES})\b")
#: what may follow a level: no more of a place's name (红色边疆农场, Red Flag Street)
_ENDS = re.compile(
    rf"(?![\u4e00-\u9fff])(?!{_ENGLISH_NAME.pattern})"
    r"|级|等级|级别|预警|警|信号|的|请|仍|已|并|生效|发布|[和及与或、了]"
    rf"|(?=[\u4e00-\u9fff])(?![\u4e00-\u9fff]{{1,8}}?[{_PLACES}])"
)
#: what a level belongs to in a clause of its own: 三级医院, 红色通道, level 3 gusts
_BEGINS_NOUN = re.compile(
    r"(?=[\u4e00-\u9fff])(?!级|等级|级别|预警|警|信号|的|请|仍|已|并|生效|发布|[和及与或了])"
    r"|\s+(?!(?:warnings?|alerts?|level|now|is|are|in|for|at|on|until|from|by|and|or|issued|remains?)\b)[a-z]"
)
#: 最高气温42度, 特别严重影响交通 are of no level
_OF_A_VALUE = re.compile(r"(?!级|等级|级别|预警|警报|信号)\s*[^\W_]")
_HUE_ENDS = re.compile(r"[级等色警请仍并、，]|预警|(?![\u4e00-\u9fff])")
#: a colour of a warning, whether the law has it as a level or not, and a Latin one wherever "warning" follows
_COLOURED = re.compile(rf"(?:{COLOUR})\W*{WARNING.pattern}|\b(?:{COLOUR})\b[\w\s]{{0,30}}\b(?:warning|alert)")
_LETTER = re.compile(r"[\u4e00-\u9fffa-z0-9]")
_MARKS_ONLY = re.compile(r"[\W_]*")
_HEADING = re.compile(rf"(?:[\W_]|{any_of(HEADING)})*")
_BEHIND = rf"(?:[\W_]|{any_of('为 是 的 is of')})*"
_HEADED = re.compile(rf"(?:{any_of('等级 级别 level status grade')}){_BEHIND}")
_BRACKETED = re.compile(rf"[\[【「（(〔［]{_BEHIND}")
_JOINERS = re.compile(r"[、/&和及与并或暨]|\band\b|\bor\b")
_RESPONSE = "应急响应|响应|(?:emergency )?response"
_OF_RESPONSE = re.compile(rf"(?:{_RESPONSE})(?:[^\w,，。；;！!、]|{any_of(HEADING)})*$")
_FOR_RESPONSE = re.compile(rf"(?:[\W_]|的|防汛|抗旱|防台|应急)*(?:{_RESPONSE})")

Joint = Callable[[str, NamedLevel, Events], bool]


def stated_levels(text: str, events: Events) -> frozenset[Level]:
    """The levels the text says are in force from now on; of a change only the new one.

    What it says was counts where it states nothing else: 原橙色预警 alone warns of orange.
    """
    whole = without_gauges(legible(text))
    return _joined_levels(without_former(whole), events) or _joined_levels(whole, events)


def names_warning_level(text: str, events: Events) -> bool:
    """Whether the text joins any colour or level to a warning: one in force, one that was, one that is lifted."""
    plain = without_gauges(legible(text))
    joined = any(_is_joined(plain, named, events) for named in named_levels(plain))
    return joined or bool(_new_levels(plain, events)[0]) or _COLOURED.search(plain) is not None


def without_changes(text: str, events: Events) -> str:
    """A legible text without the changes of level it tells: neither what was nor what it is changed to."""
    return _new_levels(text, events)[1]


def is_of_response(text: str, named: NamedLevel) -> bool:
    """Whether a word is the grade of a response, which is no warning (突发事件应对法 2024 art. 71-72)."""
    return _FOR_RESPONSE.match(text, named.end) is not None or _OF_RESPONSE.search(_before(text, named)) is not None


def begins_english_name(text: str, named: NamedLevel) -> bool:
    """Whether a word begins the English name of a place: Red River, Blue Ridge."""
    return _ENGLISH_NAME.match(text, named.end) is not None


def _joined_levels(text: str, events: Events) -> frozenset[Level]:
    raised, rest = _new_levels(without_lifted(text), events)
    joined = frozenset(named.level for named in named_levels(rest) if _is_joined(rest, named, events))
    # 预警（Ⅱ） is of a level where none is stated; behind one it may number the message.
    return raised | joined or frozenset(
        named.level for named in named_levels(rest) if named.kind == "roman" and _is_in_bracket(rest, named, events)
    )


def _is_joined(text: str, named: NamedLevel, events: Events) -> bool:
    """Whether one of the joints of its kind holds the level, and it is no grade of a response."""
    if _FOR_RESPONSE.match(text, named.end):
        return False
    if _OF_RESPONSE.search(_before(text, named)):  # 启动应急响应（Ⅳ级）暴雨预警; no response is 红色预警
        return named.kind == "colour" and _is_before_warning(text, named, events)
    return any(joint(text, named, events) for joint in _JOINTS[named.kind])


def _is_before_warning(text: str, named: NamedLevel, events: Events) -> bool:
    """红色预警, 红色暴雨预警, 红色和橙色预警, red rainstorm warning: nothing between them but events."""
    warning = WARNING.search(text, named.end, named.end + 2 * _LONGEST_GAP)
    if warning is None or _ENGLISH_NAME.match(text, named.end):
        return False
    gap = without_levels(text[named.end : warning.start()]).rstrip(",， ")
    if _MARKS_ONLY.fullmatch(gap):
        return not set(gap) & set(_STOP)
    is_whole = len(gap) <= _LONGEST_GAP and not re.search(rf"[，,{_STOP}]", gap)
    return is_whole and all(_is_event(part, events) for part in _JOINERS.split(gap))


def _touches_warning(text: str, named: NamedLevel, events: Events) -> bool:
    """红预警, 暴雨Ⅰ预警, 红暴雨预警: nothing between it and 预警, or an event where it begins a word itself."""
    warning = WARNING.search(text, named.end, named.end + 2 * _LONGEST_GAP)
    if warning is None or warning[0].isascii():
        return False
    gap = text[named.end : warning.start()]
    begins = not _LETTER.match(text[max(named.start - 1, 0) : named.start])
    return _MARKS_ONLY.fullmatch(gap) is not None or (begins and len(gap) <= _LONGEST_GAP and _is_event(gap, events))


def _closes_warning(text: str, named: NamedLevel, _: Events) -> bool:
    """暴雨预警红, 预警 Ⅰ: directly behind the word for a warning, where a word ends."""
    if _LETTER.match(text, named.end):
        return False
    behinds = [behind for behind in _behind_warnings(_before(text, named)) if _MARKS_ONLY.fullmatch(behind)]
    return any(named.kind != "roman" or not _BRACKETED.search(behind) for behind in behinds)


def _is_behind_warning(text: str, named: NamedLevel, _: Events) -> bool:
    """预警等级：红色, 预警[Ⅱ级/严重], warning level is red: nothing between them but a heading.

    预警，红色通道关闭 is of no level: behind a comma a new clause begins.
    """
    if not _ENDS.match(text, named.end) or (named.kind == "highest" and _OF_A_VALUE.match(text, named.end)):
        return False
    behinds = [behind for behind in _behind_warnings(_before(text, named)) if _HEADING.fullmatch(behind)]
    begins_noun = _BEGINS_NOUN.match(text, named.end) is not None
    return any(not (begins_noun and set(behind) & set(",，;；")) for behind in behinds)


def _is_under_heading(text: str, named: NamedLevel, events: Events) -> bool:
    """预警等级：红: a word that is of a level behind a heading."""
    return _is_right_behind(_HEADED, text, named) and _is_behind_warning(text, named, events)


def _is_in_bracket(text: str, named: NamedLevel, events: Events) -> bool:
    """预警（严重）: a word that is of a level in a bracket behind the word for a warning."""
    return _is_right_behind(_BRACKETED, text, named) and _is_behind_warning(text, named, events)


def _is_right_behind(opening: re.Pattern[str], text: str, named: NamedLevel) -> bool:
    before = _before(text, named)
    return any(found.end() == len(before) for found in opening.finditer(before))


def _is_behind_heading(text: str, named: NamedLevel, _: Events) -> bool:
    """灾害等级红色, code red, level red."""
    heading = rf"(?:{any_of('等级 级别 level code grade status')})(?:[\W_]|{any_of('为 是 is of')})*$"
    return re.search(heading, _before(text, named)) is not None and _ENDS.match(text, named.end) is not None


def _is_behind_event(text: str, named: NamedLevel, events: Events) -> bool:
    """暴雨红色, rainstorm red: an event and its colour, with no more behind it that belongs to a name."""
    ended = _ends_with_event(events).search(_before(text, named))
    return ended is not None and _ENDS.match(text, named.end) is not None


def _stands_alone(text: str, named: NamedLevel, _: Events) -> bool:
    """【红色】暴雨预警, 暴雨预警！红色！, red: rainstorm warning: a level between marks in a text that warns."""
    before, behind = _before(text, named).rstrip(), text[named.end : named.end + _LONGEST_GAP].lstrip()
    is_apart = not before or (_MARKS_ONLY.fullmatch(before[-1]) and before[-1] not in "、/")
    is_apart = is_apart and (not behind or (_MARKS_ONLY.fullmatch(behind[0]) and behind[0] not in "、/"))
    return bool(is_apart) and _warns(text)


def _stands_in_bracket(text: str, named: NamedLevel, events: Events) -> bool:
    """【红】暴雨预警, (红)."""
    before = _before(text, named).rstrip()[-1:]
    return before != "" and before in "[【「『（(〔［《〈“\"'" and _stands_alone(text, named, events)


def _before(text: str, named: NamedLevel) -> str:
    """What stands before a level, as far back as it may be joined to."""
    return text[max(named.start - _LONGEST_GAP, 0) : named.start]


def _behind_warnings(before: str) -> Iterator[str]:
    """What stands between each word for a warning and the end of a text."""
    return (before[warning.end() :] for warning in WARNING.finditer(before))


@lru_cache(maxsize=64)  # asked for each level of one text
def _warns(text: str) -> bool:
    return WARNING.search(text) is not None


#: how a word for a level, by its kind, is joined to a warning: one is enough
_JOINTS: dict[str, tuple[Joint, ...]] = {
    "colour": (_is_before_warning, _is_behind_warning, _is_behind_heading, _is_behind_event, _stands_alone),
    "grade": (_is_before_warning, _is_behind_warning, _stands_alone),
    "highest": (_is_before_warning, _is_behind_warning, _stands_alone),
    "hue": (_touches_warning, _closes_warning, _is_under_heading, _is_in_bracket, _stands_in_bracket),
    "roman": (_touches_warning, _closes_warning, _is_under_heading),
    "numeral": (_is_under_heading,),
    "degree": (_is_under_heading, _is_in_bracket),
}
_ONLY_UNDER_A_HEADING = frozenset({"numeral", "degree", "roman"})


def _new_levels(text: str, events: Events) -> tuple[frozenset[Level], str]:
    """The levels that others are changed to, and the text without them and without what they were."""
    levels, rest, at = set[Level](), "", 0
    for raised in RAISED.finditer(text):
        new = next(
            (
                named
                for named in named_levels(text[raised.end() : raised.end() + _LONGEST_GAP])
                if _is_new(text, raised, named, events)
            ),
            None,
        )
        if new is None or raised.start() < at:
            continue
        levels.add(new.level)
        kept = text[at : raised.start()]
        # what stands before the change in its sentence is what was
        rest += kept[: max(kept.rfind(stop) for stop in _STOP) + 1]
        at = raised.end() + new.end
    return frozenset(levels), rest + " " + text[at:]


def _is_new(text: str, raised: re.Match[str], named: NamedLevel, events: Events) -> bool:
    """Whether a level behind the verb is what the verb changes to."""
    end = raised.end() + named.end
    gap = text[raised.end() : raised.end() + named.start]
    if len(gap) > 16 or re.search(rf"[,，{_STOP}]", gap) or named.kind in _ONLY_UNDER_A_HEADING:
        return False
    verb = raised[0]
    if named.kind == "grade" or len(verb) == 1:  # 风力降至4级 is of the wind, 叶片转黄 of the leaves
        clause = re.split(rf"[,，{_STOP}]", text[: raised.end()])[-1]
        warns = WARNING.search(clause) or WARNING.match(text, end) or re.search("升级|降级|变更|更新|调整", verb)
        if not warns or _FOR_RESPONSE.match(text, end):
            return False
    if named.kind == "hue":  # 升至红河镇, 升至东方红镇 are of places
        return _is_event(gap, events) and _HUE_ENDS.match(text, end) is not None
    return _ENDS.match(text, end) is not None


def _is_event(words: str, events: Events) -> bool:
    """Whether what stands between level and warning is an event, or nothing: 红色边疆农场暴雨预警 is of no colour."""
    return _event_alone(events).fullmatch(_words_of(words)) is not None


@lru_cache(maxsize=8)  # a process has one table; tests have a few
def _event_alone(events: Events) -> re.Pattern[str]:
    fillers = rf"(?:{any_of(FILLERS)}| )*"
    return re.compile(rf"{fillers}(?:{_any_event(events)})?{fillers}")


@lru_cache(maxsize=8)
def _ends_with_event(events: Events) -> re.Pattern[str]:
    return re.compile(rf"(?:{_any_event(events)})(?:[\W_]|的|预警|气象|灾害|风险)*$")


@lru_cache(maxsize=8)
def _any_event(events: Events) -> str:
    """Every word of the table, as it is read, the longest first."""
    words = {_words_of(legible(name)) for name in names_of(events)}
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)


def _words_of(text: str) -> str:
    """The letters of a text; a blank stands between Latin words alone."""
    return re.sub(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])", "", " ".join(re.findall(r"[^\W_]+", text)))
