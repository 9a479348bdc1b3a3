"""Which change of level a headline tells: from which level to which, and whether it calls that a rise or a fall (pure).

将暴雨黄色预警信号升级为橙色, 橙色预警降为黄色, "upgraded from yellow to orange"; what may only come
(可能升级为红色) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from approvals.former_level import without_gauges
from approvals.legible import legible
from approvals.level import Level
from approvals.level_words import named_levels

_RISES = "升级|升[为至到]|提升|提高|上调|调高|提级"
_FALLS = "降级|降[为至到低]|下调|调低"
_CLAUSE = "[^,，。；;：:！!？?\n]"
_CHANGE = re.compile(
    rf"(?P<before>{_CLAUSE}{{0,60}}?)(?:(?P<rises>{_RISES})|(?P<falls>{_FALLS})|变更|变为|调整|更新|改为|改发|转为)"
    rf"(?P<after>{_CLAUSE}{{0,30}})"
)
_ENGLISH = re.compile(
    r"\b(?:(?P<rises>upgrad\w+|rais\w+)|(?P<falls>downgrad\w+|lower\w*)|chang\w+)\b[^,.;:!]{0,40}?"
    r"\bfrom (?P<before>[^,.;:!]{1,30}?) to (?P<after>[^,.;:!]{1,30})"
)
_ONLY_MAY = re.compile("可能|或将|或会|不排除|预计|有望|不会|[未如若]|视情|何时")


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A change of level that a text tells; `before` are the words for what is changed."""

    former: Level
    new: Level
    before: str
    rises: bool = False
    falls: bool = False

    @property
    def is_contradictory(self) -> bool:
        """Whether it is called a rise and is none, or a fall and is none."""
        return (self.rises and self.former >= self.new) or (self.falls and self.former <= self.new)


def level_changes(headline: str) -> tuple[LevelChange, ...]:
    """Each change of level that the headline tells, with both its levels named by their colours."""
    plain = without_gauges(legible(headline))
    return tuple(_changes(plain))


def _changes(plain: str) -> Iterator[LevelChange]:
    for shape in (_CHANGE, _ENGLISH):
        for found in shape.finditer(plain):
            former, new = list(_colours(found["before"])), list(_colours(found["after"]))
            if former and new and not _ONLY_MAY.search(found["before"]):
                yield LevelChange(former[-1], new[0], found["before"], bool(found["rises"]), bool(found["falls"]))


def _colours(words: str) -> Iterator[Level]:
    return (named.level for named in named_levels(words) if named.kind == "colour")
