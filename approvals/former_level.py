"""Which words of a text name a warning that was, or a mark of a gauge: neither is a level in force (pure).

A warning says what it takes the place of (取代8时发布的橙色预警, 原橙色预警信号解除, "replaces the warning"), and
how high the water stands (超二级警戒, 黄色警戒线). The texts are those of `legible`.
"""

from __future__ import annotations

import re

from approvals.level_words import WARNING, any_of

MARK = "\ue001"  #: each character of a word for a warning; `legible` leaves no private character in a text
#: one word for a warning, or several that touch: whole, so that what must not follow it is not asked inside it
MARKS = rf"(?<!{MARK}){MARK}++"
_WITHIN = rf"[^,，。；;！!？?\n{MARK}]"
_ENDED = any_of("解除 撤销 撤消 取消 终止 失效 作废 废止 停止 结束 不再有效")
_MEANWHILE = (
    r"(?:[^\w,，。；;！!？?\n]|_|信号|同时|随之|随即|即行|即时|一并|自动|自行|自然|相应|已经?|现|均|也"
    r"|予以|宣布|便|就|起){0,12}"
)
#: 发布红色预警信号原橙色预警信号解除: what is issued is not what ends; 发布的 is what was
_BEGINS = rf"(?:(?!(?:{any_of('发布 发出 签发 改发 维持 保持')})(?!的)){_WITHIN}){{0,40}}"
_AS_FOR = r"(?: (?:the|an?|its|our|this|that|any|all))*"
_FORMER = (
    re.compile(rf"(?:{any_of('取代 代替 替代 替换 接替 更替 顶替')}){_WITHIN}{{0,40}}{MARKS}"),
    # 原平市 and 太原 are places
    re.compile(
        r"(?:(?<![\u4e00-\u9fff])|(?<=[将把并且和及与由对使时]))"
        r"(?:原(?![\u4e00-\u9fff]{0,6}[省市县区旗盟州乡镇村])(?:先|来|有|定)?|此前|先前|之前|早前|早先|前期|前次|上次)"
        rf"{_WITHIN}{{0,30}}{MARKS}"
    ),
    re.compile(rf"{_BEGINS}{MARKS}{_MEANWHILE}(?:(?:{_ENDED})(?!前|后|之|以|时)|[升降]级(?!\w))"),
    re.compile(
        r"\b(?:replac(?:es?|ing)|supersed(?:es?|ing)|in (?:place|lieu) of|instead of"
        r"|previous(?:ly)?|former(?:ly)?|earlier)\b"
        rf"{_AS_FOR} (?:(?!\bby\b|\bwith\b)[^,;.:!{MARK}]){{0,40}}{MARKS}"
    ),
    re.compile(
        rf"[^,;.:!{MARK}]{{0,60}}{MARKS}(?: issued [\w: ]{{1,30}}?)?"
        r"(?: (?:is|was|has|have|are|been|now|hereby|therefore))*"
        r" (?:lifted|cancell?ed|withdrawn|rescinded|revoked|replaced|superseded|expired|ended|over|terminated"
        r"|called off)\b"
    ),
)
#: a mark of a gauge that has been passed, and the marks themselves
_GAUGE = re.compile(
    r"(?:(?:超过?|高于|低于|高过|越过|突破|逼近|接近|临近)|(?:水位|潮位|流量|雨量)[^,，。；;！!]{0,8}(?:达到?|[退降落升涨回][落到至]{1,2}))"
    r"(?:(?!预警|警报)[^,，。；;！!]){0,12}警戒(?!信号)"
    r"|(?:[红橙黄蓝]色?|[一二三四1-4]级)?(?:警戒|警示)(?:水位|潮位|流量|线|值|标|区|带)|[红橙黄蓝]色?(?:标|实|双实|禁停)线"
)


def without_gauges(text: str) -> str:
    """The text without the marks of gauges and roads that it says were reached."""
    return _GAUGE.sub(" ", text)


def without_former(text: str) -> str:
    """The text without the warnings that it says were: replaced, earlier, over."""
    marked, letters = mark_warnings(text), list(text)
    for found in (found for former in _FORMER for found in former.finditer(marked)):
        letters[found.start() : found.end()] = " " * len(found[0])
    return "".join(letters)


def mark_warnings(text: str) -> str:
    """The text, as long as it was, with every word for a warning written in marks."""
    return WARNING.sub(lambda found: MARK * len(found[0]), text)
