"""What a warning says of itself: the level that its words state is the one that is signed, its code is its event's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from approvals.doubtful_level import doubtful_levels
from approvals.event import UNLISTED, Event, Events
from approvals.event_words import find_event
from approvals.exercise_words import calming_words, reads_as_exercise
from approvals.headline_event import events_said, goes_with, names_event
from approvals.level import Level
from approvals.lifting import loose_endings, reads_as_lifting
from approvals.stated_level import stated_levels
from hub.alert.alert import Alert, Info, MsgType, Status
from hub.alert.views import Finding
from hub.dossier.event import codes_of, recognise_event
from hub.dossier.notice import notice_of
from hub.errors import Invalid
from hub.formats.cap.finding import quote
from hub.rules.rule import Rule
from hub.text import sentences

RULES = frozenset(
    {
        Rule.LEVEL_SAID,
        Rule.LIFTING_SAID,
        Rule.EVENT_UNLISTED,
        Rule.EVENT_LEVEL,
        Rule.EVENT_SAID,
        Rule.EXERCISE_SAID,
        Rule.CALMING_SAID,
    }
)
_ELSEWHERE = ("description", "instruction")


def must_say_what_is_signed(alert: Alert, events: Events) -> None:
    """Raises Invalid where the headline of a block that warns states another level or event than the block, that the
    danger is over or that it is an exercise, or where a code is of another event than the words.

    A Cancel names the level it lifts, as does a block of an Update that ends a warning; which that is, its chain says.
    """
    told = recognise_event(events, alert)
    if told.is_contradictory:
        code, words = events.by_key[told.code], events.by_key[told.words]
        text = f"the code {code.code} is {code.zh}, the words are of {words.zh}: mend one of them"
        raise Invalid(text, rule=Rule.EVENT_CODE, place="alert/info/eventCode")
    if alert.msg_type is MsgType.CANCEL:
        return
    for number, info in _warning_blocks(alert):
        _must_warn_of_its_event(number, info, events)
        _must_be_meant(number, info, alert.status)
        level = Level.of_severity(info.severity)
        if strange := sorted(stated_levels(info.headline, events) - {level}, reverse=True):
            text = (
                f"the headline says {strange[0].word}, the severity {info.severity} is {level.word}: mend one of them,"
                " or give each level a block of its own"
            )
            raise Invalid(text, rule=Rule.LEVEL_SAID, place=f"alert/info[{number}]/headline")
        if reads_as_lifting(info.headline):
            text = (
                "the headline says that a warning or a danger is over, and the block warns: cancel the warning that is"
                " over (hub alert cancel), or write what is in force"
            )
            raise Invalid(text, rule=Rule.LIFTING_SAID, place=f"alert/info[{number}]/headline")


def _must_warn_of_its_event(number: int, info: Info, events: Events) -> None:
    """Raises Invalid where a headline warns of other events of the table alone, and of none that goes with its own."""
    own, others = _events_beside(info, events)
    if own is None or not others or any(goes_with(own, other) for other in others) or names_event(info.headline, own):
        return
    text = f"the headline warns of {others[0].zh}, the event is {quote(info.event)}: mend one of them"
    raise Invalid(text, rule=Rule.EVENT_SAID, place=f"alert/info[{number}]/headline")


def _must_be_meant(number: int, info: Info, status: Status) -> None:
    """Raises Invalid where a headline calls an actual warning an exercise (CAP 1.2 §3.2.1 status)."""
    if status is Status.ACTUAL and reads_as_exercise(info.headline):
        text = "the headline says that this is an exercise or a test, and the status is Actual: mend one of them"
        raise Invalid(text, rule=Rule.EXERCISE_SAID, place=f"alert/info[{number}]/headline")


def _events_beside(info: Info, events: Events) -> tuple[Event | None, tuple[Event, ...]]:
    """The event of a block, and those its headline warns of instead; none where it warns of its own."""
    own, said = find_event(events, info.event), events_said(events, info.headline)
    return own, () if own is not None and own.key in {event.key for event in said} else said


def doubts(alert: Alert, events: Events) -> list[Finding]:
    """What signers are told: words of a headline that may be taken for another level or an end, levels and endings
    stated elsewhere in the text, a hazard no table knows, a level it does not list.
    """
    texts = [] if alert.msg_type is MsgType.CANCEL else _warning_blocks(alert)
    said = (
        [*_doubts_of_headline(number, info, events), *_other_levels(number, info, events)] for number, info in texts
    )
    warned = [] if alert.msg_type is MsgType.CANCEL else _warning_blocks(alert)
    other = (_contradictions(number, info, alert.status, events) for number, info in warned)
    return [*chain.from_iterable(said), *chain.from_iterable(other), *_of_event(alert, events)]


def _contradictions(number: int, info: Info, status: Status, events: Events) -> Iterator[Finding]:
    """Another event in the headline, an exercise elsewhere in the text, words that tell people to take no care."""
    own, others = _events_beside(info, events)
    for other in others if own is not None and not names_event(info.headline, own) else ():
        if not set(other.zh) & set(own.zh if own is not None else ""):
            text = f"the headline warns of {other.zh}, the event is {quote(info.event)}"
            values = {"said": other.zh, "event": info.event}
            yield _finding(Rule.EVENT_SAID, f"alert/info[{number}]/headline", text, values)
    for part in ("headline", *_ELSEWHERE):
        place, told = f"alert/info[{number}]/{part}", getattr(info, part)
        for said in filter(reads_as_exercise, sentences(told) if status is Status.ACTUAL else ()):
            yield _finding(Rule.EXERCISE_SAID, place, f"it may read as an exercise: {quote(said)}", {"said": said})
        for said in calming_words(told):
            text = f"it says {quote(said)}: may people take no care of the warning?"
            yield _finding(Rule.CALMING_SAID, place, text, {"said": said})


def _doubts_of_headline(number: int, info: Info, events: Events) -> Iterator[Finding]:
    """Words of a headline that may mislead, and do not so surely that it is refused: 取代橙色预警, 预警（2）."""
    level, place = Level.of_severity(info.severity), f"alert/info[{number}]/headline"
    for doubt in doubtful_levels(info.headline, events):
        if doubt.level is not level:
            said = doubt.level.word if doubt.level is not None else doubt.said
            values = {"said": said, "level": level.word, "words": doubt.said}
            text = f"the headline says {quote(doubt.said)}, and {level.word} is signed: may it be taken for the level?"
            yield _finding(Rule.LEVEL_SAID, place, text, values)
    for said in loose_endings(info.headline, level):
        text = f"the headline says {quote(said)}: may it be read as the end of this warning?"
        yield _finding(Rule.LIFTING_SAID, place, text, {"said": said})


def _other_levels(number: int, info: Info, events: Events) -> Iterator[Finding]:
    level = Level.of_severity(info.severity)
    for part in _ELSEWHERE:
        for strange in sorted(stated_levels(getattr(info, part), events) - {level}):
            values = {"said": strange.word, "level": level.word}
            text = f"it says {strange.word}, and {level.word} is signed"
            yield _finding(Rule.LEVEL_SAID, f"alert/info[{number}]/{part}", text, values)
        for said in filter(reads_as_lifting, sentences(getattr(info, part))):
            text = f"it says that a warning or a danger is over, and the block warns: {quote(said)}"
            yield _finding(Rule.LIFTING_SAID, f"alert/info[{number}]/{part}", text, {"said": said})


def _warning_blocks(alert: Alert) -> Iterator[tuple[int, Info]]:
    """The blocks that warn, with their number in the message."""
    return ((number, info) for number, info in enumerate(alert.infos, start=1) if not info.is_all_clear)


def _of_event(alert: Alert, events: Events) -> Iterator[Finding]:
    if not events.by_key or not alert.infos:
        return
    key = recognise_event(events, alert).key
    event = events.of(key)
    if key.startswith(UNLISTED):
        said = alert.infos[0].event or next(iter(codes_of(alert)), "")
        text = f"no event of the table is called {quote(said)}: it goes under its category, to the governments"
        yield _finding(
            Rule.EVENT_UNLISTED, "alert/info/event", text, {"event": said, "category": key.partition("-")[2]}
        )
    elif event is not None and event.levels and not notice_of(alert):
        for level in dict.fromkeys(_level_of(info) for _, info in _warning_blocks(alert)):
            if level not in {*event.levels, *chain.from_iterable(event.area_levels.values())}:
                text = f"the table lists no {level} level for {event.zh}"
                yield _finding(Rule.EVENT_LEVEL, "alert/info/severity", text, {"event": event.zh, "level": level})


def _level_of(info: Info) -> str:
    return Level.of_severity(info.severity).word


def _finding(rule: Rule, element: str, text: str, values: dict[str, Any]) -> Finding:
    return {"rule": rule, "element": element, "level": "advice", "text": text, "values": values}
