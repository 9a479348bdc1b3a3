"""Which event a headline warns of, against the event of its block: the same, one that goes with it, or another (pure).

Events that one weather brings go together (暴雨 and 山洪, 寒潮 and 道路结冰): a text may well name either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from approvals.event import Event, Events
from approvals.event_words import find_event

#: characters of names of events that go together; who is in no row goes with every event
_TOGETHER = tuple(
    re.compile(row)
    for row in (
        "雨|洪|涝|汛|降水|台风|雷|雹|对流|龙卷|暴流|大风|切变|滑坡|泥石流|崩塌|塌陷|地质|水库|堤防|坝|风暴潮|浪$|海上",
        "雪|寒|冻|冰|霜|低温|降温|大风|海上",
        "高温|热|旱|枯水|火|中暑|臭氧",
        "雾|霾|沙|尘|污染|臭氧",
        "地震|海啸|火山|滑坡|崩塌|塌陷|地质|坝|水库",
        "泄漏|爆炸|火灾|核|辐射|矿|饮用水|停电|交通管制|化学品",
        "疫|传染|食品|病虫|医疗",
    )
)
_WARNING = re.compile(
    r"(?P<zh>[^，。；：:,;!！、\s]{1,40}?)(?:[红橙黄蓝]色?)?(?:气象)?(?:风险)?(?:预警(?!中心|信息|发布)|警报)"
    r"|(?P<en>[a-z][a-z -]{1,40}?) (?:warning|alert)\b",
    re.IGNORECASE,
)


def events_said(events: Events, headline: str) -> tuple[Event, ...]:
    """The known events that the headline joins to a word for a warning, each once."""
    return tuple({event.key: event for event in _events_of(events, headline)}.values())


def goes_with(one: Event, other: Event) -> bool:
    """Whether a text of the one event may name the other: they are of one kind, or of no known kind."""
    kinds = [{number for number, row in enumerate(_TOGETHER) if row.search(event.zh)} for event in (one, other)]
    return not all(kinds) or bool(kinds[0] & kinds[1])


def names_event(headline: str, event: Event) -> bool:
    """Whether any word for the event stands in the headline."""
    plain = headline.casefold()
    return any(word.casefold() in plain for word in event.texts)


def _events_of(events: Events, headline: str) -> Iterator[Event]:
    for found in _WARNING.finditer(headline):
        event = find_event(events, found["zh"] or found["en"])
        if event is not None:
            yield event
