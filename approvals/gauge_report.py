"""What a gauge reports, which is said of a place and issues nothing (pure).

任河巴山水文站水位超警戒0.85米 tells how high the water stands there; a station that 监测到 something is taken for the
issuer where nobody else is named before the verb (巴山水文站监测到洪水，发布…).
"""

from __future__ import annotations

import re

from approvals.body_words import BODY, VERB, WARNED

_MARK = ",。;:!?()"
#: the place of a gauge; what stands before it in the clause is more of its name, and neither a body nor a warning
_GAUGE = (
    rf"(?:^|(?<=[{_MARK}]))(?:(?!{BODY}|{VERB.pattern}|{WARNED.pattern})[^{_MARK}]){{0,40}}?"
    r"(?:(?:水文|气象|监测|观测|海洋|雷达|水库)?站|水库|断面|河段|[江河湖闸])"
)
_WHEN = (
    r"(?:[0-9〇零一二三四五六七八九十年月日号时点分:.\-~至到于在的处已将现]|[今昨明当][天日晚早晨夜]|凌晨|早晨|上午|中午|下午|傍晚|晚上|夜间"
    r"|目前|当前|最新|最高|最大|洪峰|预计|截至|小时|累计){0,16}"
)
_MEASURED = (
    r"(?:(?:实测|监测|观测|测得|录得|记录|显示|到|得){0,3}(?:水位|潮位|流量|雨量|降[雨水]量|雨强|水深|风速|气温|能见度)|出现|迎来|超警|超保"
    r"|超汛限|超过?历史|超过?警戒|达到?警戒|起涨|涨[水幅至到]|水势)"
)
_DETECTED = r"(?:实测|监测|观测|测得|录得|记录)(?:到|得|显示)?"
_UNIT = r"(?:立方米(?:每秒|/秒|/s)?|毫米|厘米|公里|千米|米(?:每秒|/秒)?|摄氏度|[℃%]|度|级|[cm]?m3?(?:/s)?(?![a-z]))"
#: up to the last number with its unit, or to the mark, before anybody acts: …0.85米城口县水利局发布
_REST = (
    rf"(?:(?!{VERB.pattern})[^{_MARK}]){{0,80}}"
    rf"(?:(?<=[0-9]){_UNIT}|(?<=警戒)水位|(?<=警戒)|(?<=保证水位)|(?=[{_MARK}]|$))"
)
#: 监测到洪水，发布…: whoever detected it issues
_ISSUES_NEXT = rf"[^{_MARK}]*[{_MARK}](?:现|特|并|故|立即|紧急)*{VERB.pattern}"
_REPORT = re.compile(rf"{_GAUGE}{_WHEN}(?:{_MEASURED}|{_DETECTED}(?!{_ISSUES_NEXT})){_REST}")


def without_gauge_reports(text: str) -> str:
    """The text without what gauges report."""
    return _REPORT.sub(",", text)
