"""What in a headline may be taken for a level besides the level it states (pure).

A warning that was (取代橙色预警), a number behind it (预警（2）), a grade with no warning beside it (暴雨一级), a
colour that is none of the four (猪肝色预警), "category 1": whoever signs sees each, and judges. English names of
places, grades of a response and what a change starts from are passed over, as in `stated_level`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from approvals.event import Events
from approvals.event_words import names_of
from approvals.legible import legible
from approvals.level import Level
from approvals.level_words import WARNING, NamedLevel, named_levels
from approvals.lifting import without_lifted
from approvals.stated_level import begins_english_name, is_of_response, without_changes

#: a number in a bracket behind the word for a warning: a level, or which message of a row it is
_NUMBERED = re.compile(r"[\[【「（(〔［]\W{0,2}$")
#: a force of wind or waves, a magnitude, a class of a road: no level of a warning
_MEASURE_BEFORE = re.compile(r"(?:风力?|阵风|浪高?|震|级|[0-9][-~至到])\W{0,2}$")
_MEASURE_BEHIND = re.compile(
    r"\W{0,2}(?:以上|左右|及以上|大?风|阵风|浪|地震|公路|道路|国道|保护|文物|医院|水库|台阶|甲等)"
)
_WORD_ENDS = re.compile(r"级|等|预|警|信号|[^\w]|_|$")
#: 猪肝色预警, 白色预警, 五级预警, 特级预警: no level there is
_UNKNOWN = re.compile(r"[\u4e00-\u9fff]{1,2}[色级]$")
_HUE_BEGINS = re.compile(r"[\u4e00-\u9fff][变转发成]$|[\W_]$|^$")
_NEAR = 20  #: characters before a word that say what it is of
_HARMLESS = frozenset({"各级", "逐级", "上级", "下级", "升级", "降级", "同级", "提级", "等级"})
_ENGLISH_RANK = re.compile(
    r"\b(?:category|class|tier|stage|phase|rank|scale|severity)[ -]?(?:[1-5]|i{1,3}v?|iv|one|two|three|four|five)\b"
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words that may be taken for a level; `level` is which, where that can be said."""

    said: str
    level: Level | None


def doubtful_levels(headline: str, events: Events) -> tuple[Doubt, ...]:
    """Each word of the headline that may be taken for a level, whether it states it or not."""
    text = without_changes(without_lifted(legible(headline)), events)
    first = WARNING.search(text)
    warned = len(text) if first is None else first.end()
    found = [
        Doubt(text[named.start : named.end], named.level)
        for named in named_levels(text)
        if _is_doubtful(text, named, events, is_behind_warning=warned <= named.start)
    ]
    unknown = [Doubt(said, None) for said in (*_unknown(text, events), *_ENGLISH_RANK.findall(text))]
    return tuple(dict.fromkeys((*found, *unknown)))


def _is_doubtful(text: str, named: NamedLevel, events: Events, *, is_behind_warning: bool) -> bool:
    if is_of_response(text, named) or _is_in_event(text, named, events):
        return False
    before, ends = text[max(named.start - _NEAR, 0) : named.start], _WORD_ENDS.match(text, named.end) is not None
    if named.kind == "grade":
        return ends and not _MEASURE_BEFORE.search(before) and not _MEASURE_BEHIND.match(text, named.end)
    if named.kind == "hue":
        return ends and _HUE_BEGINS.search(before) is not None
    if named.kind in {"roman", "numeral"}:
        return is_behind_warning and _NUMBERED.search(before) is not None
    return (named.kind == "colour" and not begins_english_name(text, named)) or (
        named.kind == "highest" and ends and re.search("[级大]", text[named.start : named.end]) is not None
    )


def _is_in_event(text: str, named: NamedLevel, events: Events) -> bool:
    """Whether the word is a part of the name of an event: red tide."""
    around = text[max(named.start - _NEAR, 0) : named.end + _NEAR]
    word = text[named.start : named.end]
    return any(word in name and name in around for name in names_of(events))


def _unknown(text: str, events: Events) -> Iterator[str]:
    """Colours and grades that none of the four levels has, where a level stands: directly before 预警 or an event."""
    for warning in WARNING.finditer(text):
        before = text[max(warning.start() - _NEAR, 0) : warning.start()]
        event = max((name for name in names_of(events) if before.endswith(name)), key=len, default="")
        level = before.removesuffix(event)
        found = _UNKNOWN.search(level)
        known = any(named.end == len(level) for named in named_levels(level))
        if found is not None and not known and found[0] not in _HARMLESS:
            yield found[0]
