"""Which texts say of themselves that they are an exercise or a test, and which tell people to fear nothing (pure).

【演练】, 演练：, 本次为演练, "this is a drill" and "EXERCISE:" mark the message they stand in; 这不是演练 and
取消应急演练 do not.
"""

from __future__ import annotations

import re

from approvals.legible import legible

_NO = r"(?<![非不取])(?<!不是)(?<!并非)(?<!取消)(?<!停止)"
_EXERCISE = re.compile(
    rf"(?:^\W*|[【\[「（(〔]\W{{0,6}})[\u4e00-\u9fff]{{0,6}}?{_NO}(?:演练|演習|演习|测试)(?:信息|消息|专用|用|预警)?\W{{0,6}}[】\]」）)〕:：]"
    r"|^\W*(?:演练|演习|测试)(?!点|场|站|中心|基地)"
    rf"|{_NO}(?:演练|演习)\W{{0,2}}[:：]"
    r"|(?:本次|此次|这|此|仅|只)(?:信息|消息|预警|警报)?(?:仅|只)?[为是](?:一[次场个])?(?:\w{0,4}?)(?:演练|演习|测试)"
    r"|^\W*(?:exercise|drill|test)\b(?: (?:only|message|alert|warning))?\s{0,6}[\]):\-–—.!]"
    r"|[\[(]\s{0,6}(?:exercise|drill|test)\s{0,6}[\])]|\bthis is (?:only )?an? (?:\w+ )?(?:exercise|drill|test)\b"
    r"|\b(?:exercise|test|drill) only\b"
)
_CALMING = re.compile(
    r"(?:无需|无须|不必|不用|不需要?)(?:特别|再|采取)?(?:防范|防御|避险|转移|撤离|担心|理会|在意|理睬|任何措施)|(?:请|可以?)放心|放心(?:出行|外出|前往)"
    r"|(?:正常|照常)(?:出行|外出|出海|游玩)|(?:没有|并无|无)(?:任何)?危险|不会有危险"
    r"|\bno need to (?:worry|evacuate|leave|prepare|act|shelter)\b|\bnothing to (?:worry about|fear)\b"
    r"|\bno (?:danger|action (?:is )?(?:needed|required))\b|\bsafe to (?:travel|go|return|stay)\b"
)


def reads_as_exercise(text: str) -> bool:
    """Whether a text says that it is an exercise or a test."""
    return _EXERCISE.search(legible(text)) is not None


def calming_words(text: str) -> tuple[str, ...]:
    """The words of a text that tell people to take no care: 无需防范, 请放心出行."""
    return tuple(dict.fromkeys(found[0] for found in _CALMING.finditer(legible(text))))
