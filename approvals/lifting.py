"""Which words of a text say that a warning is over: of a lifted level, and whether the whole text reads so (pure).

突发事件应对法 (2024) art. 70: 解除 when the danger is over, 撤销 when there was none. The texts are those of `legible`.
"""

from __future__ import annotations

import re

from approvals.legible import legible
from approvals.level_words import WARNING, named_levels, spelt

_WITHIN = r"[^，,。；;！!？?\n]"
_NOT = r"(?<![未不勿没难])(?<![未不勿没难]\W)(?<!没有)(?<!无法)"
_LIFT = rf"{_NOT}(?:{spelt('解除 撤销 取消 解禁')})"
#: what is called off in a warning that holds: 取消一切活动
_NO_WARNING = "(?!前|条件|时间|.{0,8}(?:活动|航班|车次|课|休假|聚|集会|考试|比赛|赛事|演出|外出|出海|作业|营业))"
#: what is issued in its place: 解除黄色预警并发布橙色预警; 发布的 is what was
_ISSUE = (
    rf"(?:{spelt('发布 发出 签发 改发 升级 降级 变更 更新 维持 保持 改为 转为 变为 升为 升至 降为 降至')})(?!的|时)"
)
_LIFTED = re.compile(rf"{_LIFT}\s*{_NO_WARNING}(?:(?!{_ISSUE})[^,，。；;！!\s])*(?:\s*{WARNING.pattern})?")
_TIME = r"(?:[\W_]|已经?|现|全部|正式|全面|均|于|[0-9年月日时分])*"
_LIFTS = re.compile(
    rf"{_LIFT}\s*{_NO_WARNING}{_WITHIN}{{0,60}}?{WARNING.pattern}(?!前|后|之|以)"
    rf"|{WARNING.pattern}{_TIME}{_LIFT}{_NO_WARNING}(?!后|之|以)"
)
_OVER = re.compile(
    rf"(?:危险|险情|灾情|威胁|警情){_WITHIN}{{0,4}}(?:{_NOT}解除|已?过去?|结束|消除)"
    rf"|{spelt('解除危险 解除险情 平安无事')}|\ball[- ]?clear\b|\bno longer (?:in force|in effect|valid)\b"
    r"|\b(?:danger|emergency) (?:is|has) (?:over|passed|ended)\b"
)
_ENGLISH_LIFTS = r"lift|cancel|withdraw|rescind|revok|terminat"
_ENGLISH = re.compile(
    rf"(?<!until )(?<!before )(?<!not )\b(?:{_ENGLISH_LIFTS})(?:s|es|e|ed|led|ing|ling|n)?\b"
    r"(?=(?:(?! activit| class| event| flight| school)[^,;.:!]){0,60}\b(?:warning|alert|alarm)s?\b)"
    r"|\b(?:warning|alert|alarm)s?\b(?: for [\w ]{1,40}?)?"
    r"(?:(?: is| are| was| were| has been| have been| now)* (?:lifted|cancell?ed|withdrawn|rescinded|revoked)"
    r"| (?:is|are|has|have)(?: now)? (?:over|ended|expired|terminated))\b"
)
_ENGLISH_ISSUE = re.compile(r"\b(?:issued?s?|remains?|in force|in effect|upgraded|downgraded|replaced)\b")


def without_lifted(text: str) -> str:
    """The text without what it lifts, up to what it issues in its place."""
    return _LIFTED.sub("", text)


def reads_as_lifting(text: str) -> bool:
    """Whether a headline says that a warning or a danger is over, and names none that holds instead."""
    plain = legible(text)
    return _lifts_in_chinese(plain) or _lifts_in_english(plain)


def says_it_is_over(text: str) -> bool:
    """Whether some words of a text say that a danger or a warning is over."""
    plain = legible(text)
    return any(found.search(plain) for found in (_OVER, _LIFTS, _ENGLISH)) or re.search(_LIFT, plain) is not None


def _lifts_in_chinese(plain: str) -> bool:
    lifted = list(_LIFTS.finditer(plain)) + list(_OVER.finditer(plain))
    rest = plain
    for found in lifted:
        rest = rest.replace(found[0], " ")
    issued = re.search(_ISSUE, rest)
    levels = named_levels(rest[issued.end() :]) if issued is not None else ()
    holds = WARNING.search(rest) or any(named.kind in {"colour", "grade"} for named in levels)
    return bool(lifted) and not holds


def _lifts_in_english(plain: str) -> bool:
    return _ENGLISH.search(plain) is not None and _ENGLISH_ISSUE.search(_ENGLISH.sub(" ", plain)) is None
