"""Which words of a text say that a warning is over: of a lifted level, and whether the whole text reads so (pure).

突发事件应对法 (2024) art. 70: 解除 when the danger is over, 撤销 when there was none. The texts are those of `legible`.
What has not ended yet (尚未解除), may only end (解除前, "until the warning is lifted") or is no warning (航班取消) is
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from approvals.former_level import MARK, MARKS, mark_warnings, without_gauges
from approvals.legible import legible
from approvals.level import Level
from approvals.level_words import WARNING, any_of, named_levels

_WITHIN = rf"[^，,。；;！!？?\n{MARK}]"
_NOT = r"(?<![未不勿没难莫])(?<![未不勿没难莫]\W)(?<!没有)(?<!无法)(?<!不会)(?<!未能)"
_LIFT = rf"{_NOT}(?:{any_of('解除 撤销 撤消 取消 解禁')})"
#: 结束 and the like end much else: before 预警 they touch it
_END = rf"{_NOT}(?:{any_of('终止 结束 收回 废止')})"
_ENDED = (
    rf"{_NOT}(?:{any_of('解除 撤销 撤消 取消 解禁 终止 中止 结束 失效 作废 废止 收回 撤回 停止生效 停止执行')}"
    rf"|{any_of('不再有效 不再生效')}|[为系是属]{any_of('误报 误发 虚报 虚惊')}(?!率))"
)
#: what is called off or over in a warning that holds: 取消一切活动, 考试取消
_OTHERS = (
    "活动|航班|车次|列车|课|休假|假期|聚|集会|会议|考试|比赛|赛事|演出|外出|出海|作业|营业|交易|施工|行程|预约|订单"
)
_NO_WARNING = rf"(?!前|条件|时间|{_WITHIN}{{0,8}}(?:{_OTHERS}))"
#: what is issued in its place: 解除黄色预警并发布橙色预警; 发布的 is what was
_ISSUE_VERBS = any_of("发布 发出 签发 改发 升级 降级 变更 更新 维持 保持 继续生效 改为 转为 变为 升为 升至 降为 降至")
_ISSUE = rf"(?:{_ISSUE_VERBS})(?!的|时)"
_LIFTED = re.compile(rf"{_LIFT}\s*{_NO_WARNING}(?:(?!{_ISSUE})[^,，。；;！!\s])*(?:\s*{WARNING.pattern})?")
#: between 预警 and what says that it ended: nothing that makes it another's end, a later one or none
_MEANWHILE = rf"(?:(?!{_OTHERS}|:|将|预计|有望|可能|如|若|待|直?[至到](?!期)|期间|何时|未|尚){_WITHIN}){{0,14}}?"
_LATER = "(?!前|后|之|以|时|条件)"
_EVENT = rf"(?:(?!{_ISSUE}){_WITHIN}){{0,40}}"
#: these are of a text whose words for a warning are marks
_LIFTS = re.compile(
    rf"{_LIFT}\s*{_NO_WARNING}(?:(?![并且改另而转时现]{_WITHIN}{{0,2}}{_ISSUE}){_WITHIN}){{0,60}}?{MARKS}(?!前|后|之|以)"
    rf"|{_END}{_LATER}[^\s，,。；;！!？?、\n{MARK}]{{0,20}}{MARKS}(?!前|后|之|以)"
    rf"|(?:{_ISSUE})?{_EVENT}{MARKS}{_MEANWHILE}{_ENDED}{_NO_WARNING}{_LATER}"
)
_OVER = re.compile(
    rf"(?:危险|险情|灾情|威胁|警情)[^，,。；;！!？?\n]{{0,4}}(?:{_NOT}解除{_LATER}|已?过去?|结束|消除)"
    rf"|{any_of('解除危险 解除险情 平安无事')}{_LATER}|\ball[- ]?clear\b|\bno longer (?:in force|in effect|valid)\b"
    r"|\b(?:danger|emergency) (?:is|has) (?:over|passed|ended)\b"
)
_ENGLISH_ISSUE = re.compile(r"\b(?:issued?s?(?! in error)|remains?|in force|in effect|upgraded|downgraded|replaced)\b")
_ENGLISH_LIFT = re.compile(
    r"\b(?:(?:lifting|cancell?ation|withdrawal|end|termination) of"
    r"|(?:stand(?:ing|s)? down|call(?:s|ed|ing)? off)(?: from|:)?"
    r"|(?:lift|cancel|withdraw|rescind|revok|terminat)(?:s|es|e|ed|led|ing|ling|n)?)(?!\w)"
)
_OFF = (
    "lifted|cancell?ed|withdrawn|rescinded|revoked|terminated|discontinued|void|over|ended|expired|lapsed|called off"
    rf"|stood down|no longer (?:in force|in effect|valid)|issued in error|(?:a )?false {MARK}+"
)
_ENGLISH = re.compile(
    rf"{_ENGLISH_LIFT.pattern}(?:(?! activit| class| event| flight| school|{_ENGLISH_ISSUE.pattern})[^,;.:!{MARK}])"
    rf"{{0,60}}{MARKS}"
    rf"|[^,;.:!{MARK}]{{0,60}}{MARKS}(?: for [\w ]{{1,40}}?)?"
    rf"(?: (?:is|are|was|were|has|have|been|now|hereby))*:? (?:{_OFF})(?!\w)"
)
#: what it waits for, or does not say: do not return until the warning is lifted
_ENGLISH_LATER = re.compile(
    r"\b(?:until|till|before|unless|when|once|if|whether|not|never|wait(?:ing)? for)\b[^,;.:!]{0,120}$"
)
_FAR = 140  #: characters before an end in which such a word is looked for
_ANY_END = re.compile(rf"(?:{_LIFT}|{_ENDED}){_NO_WARNING}{_LATER}(?!通知|令|信息|消息|公告)")
_OTHERS_END = re.compile(rf"(?:{_OTHERS}).{{0,4}}$")
#: an event or a level before 预警; a body before it heads a text (城口县气象台预警：)
_CHINESE_WARNING = re.compile(rf"[\u4e00-\u9fff\w](?<![台局站部办委府厅心]){MARK}")
_STRONG = frozenset({"colour", "grade", "highest"})


def without_lifted(text: str) -> str:
    """The text without what it lifts, up to what it issues in its place."""
    return _LIFTED.sub("", text)


def reads_as_lifting(text: str) -> bool:
    """Whether a headline says that a warning or a danger is over, and names none that holds instead."""
    plain = without_gauges(legible(text))
    over = list(_endings(plain))
    return bool(over) and not _holds(_without(plain, over))


def says_it_is_over(text: str) -> bool:
    """Whether some words of a text say that a danger or a warning is over."""
    plain = legible(text)
    return any(True for _ in _endings(plain)) or re.search(_LIFT, plain) is not None


def loose_endings(text: str, level: Level) -> tuple[str, ...]:
    """Words of a headline that say of something that it is over, unless they name another level than this one."""
    plain = legible(text)
    over = list(_endings(plain))
    said = [plain[start:end] for start, end in over]
    rest = _without(plain, over)
    said += [found[0] for found in _ANY_END.finditer(rest) if not _is_of_others(rest, found.start())]
    return tuple(dict.fromkeys(words.strip() for words in said if _levels(words) <= {level}))


def _endings(plain: str) -> Iterator[tuple[int, int]]:
    """Where a text says that a warning or a danger is over."""
    marked = mark_warnings(plain)
    yield from (found.span() for found in _LIFTS.finditer(marked))
    yield from (found.span() for found in _OVER.finditer(plain) if not _is_later(plain, found.start()))
    for found in _ENGLISH.finditer(marked):
        warning = marked.find(MARK, found.start())
        if not _is_later(marked, found.start() if _ENGLISH_LIFT.match(found[0]) else warning):
            yield found.span()


def _is_of_others(text: str, end: int) -> bool:
    """Whether what is over is no warning: 考试取消."""
    return _OTHERS_END.search(text, max(end - 12, 0), end) is not None


def _is_later(text: str, end: int) -> bool:
    """Whether the words before this place make an end one that is still to come."""
    return _ENGLISH_LATER.search(text, max(end - _FAR, 0), end) is not None


def _without(plain: str, spans: Sequence[tuple[int, int]]) -> str:
    letters = list(plain)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def _holds(rest: str) -> bool:
    """Whether what is left, once what is over is taken out, warns of something: a heading (预警通知：) does not."""
    issued = re.search(_ISSUE, rest)
    changed = issued is not None and bool(_levels(rest[issued.end() :]))
    chinese = _CHINESE_WARNING.search(mark_warnings(rest)) is not None
    english = _ENGLISH_ISSUE.search(rest) is not None or (WARNING.search(rest) is not None and bool(_levels(rest)))
    return changed or chinese or english


def _levels(words: str) -> set[Level]:
    return {named.level for named in named_levels(words) if named.kind in _STRONG}
