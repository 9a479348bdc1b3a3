"""Which event a warning is about, read from its words and its codes (pure).

The longest known word wins (海上雷雨大风 before 大风), bodies that hold event words are cut off first (防汛抗旱指挥部),
and phrases that mean something else are passed over (大风洞镇). Where words and code disagree the words win: people
read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from approvals.event import CODE, Event, Events, unlisted_key
from approvals.policy_input import PolicyInput

#: the second character of a 12379 code is its major class: accidents, health, social security; 11 is natural disasters
_CLASSES = {"11": "Geo", "12": "Safety", "13": "Health", "14": "Security"}
#: what stands before the event in a headline; 新发布依族乡 holds one, so the last one before the word counts
_VERBS = re.compile(r"(?:继续|联合|变更|调整)?发布|解除|撤销|延长|更新|变更|升级为|降级为|确认")
#: what a body's name ends with: before it event words name the body's work, not a danger
_BODIES = re.compile(
    r"指挥部(?:办公室)?|(?:防|森防|三防)指|防办|防总|减灾委(?:员会)?|(?:管理|气象|地震|水利|水务|林业|农业|环境|卫生)局|气象[台站]|厅|办公室"
)
#: a colour or a grade joined to the word for a warning: before it stands what the warning is of
_WARNING = re.compile(r"(?:[红橙黄蓝白]色?)?(?:气象)?(?:风险)?(?:预警(?:信号)?|警报)")
_NOT_LETTER = r"(?<![a-z])", r"(?![a-z])"


@dataclass(frozen=True, slots=True)
class Recognised:
    """`key` is the event's; `words` and `code` what each alone says, empty where it says nothing that is known."""

    key: str
    words: str = ""
    code: str = ""

    @property
    def is_contradictory(self) -> bool:
        """Whether the code names another event than the words."""
        return bool(self.words and self.code and self.words != self.code)


def recognise(events: Events, codes: Iterable[str], texts: Iterable[str], category: str = "") -> Recognised:
    """The event of a warning: `texts` are its event words in every language; the first known one wins.

    What is unknown goes under its category: that of its code's class where there is a code, else the one stated.
    """
    written = tuple(codes)
    by_words = next((found.key for text in texts if (found := find_event(events, text)) is not None), "")
    coded = [event.key for code in written for event in events.events_of_code(code)]
    if by_words:
        # One code may stand for several events: any of them agrees.
        return Recognised(by_words, by_words, by_words if by_words in coded else next(iter(coded), ""))
    if coded:
        return Recognised(coded[0], "", coded[0])
    classes = [_CLASSES[code[:2]] for code in written if code[:2] in _CLASSES]
    return Recognised(unlisted_key(classes[0] if classes and classes[0] != "Geo" else category))


def with_known_event(events: Events, stakes: PolicyInput) -> PolicyInput:
    """The input with its event by the key of the table and every name of it; unchanged where there is no table."""
    if not events.by_key or stakes.names:
        return stakes
    event = events.by_key.get(stakes.event)
    if event is None:
        codes = [stakes.event] if CODE.fullmatch(stakes.event) else []
        told = recognise(events, codes, stakes.words or (stakes.event,), stakes.category)
        event = events.by_key.get(told.key)
        if event is None:
            return replace(stakes, event=told.key, names=frozenset({told.key, stakes.event, *stakes.words}))
    return replace(stakes, event=event.key, names=event.names)


@lru_cache(maxsize=4096)  # every alert on a page is judged by its words
def find_event(events: Events, text: str) -> Event | None:
    """The event that a text names; None where it names none that is known."""
    plain = text.replace("(", "（").replace(")", "）").casefold()
    return next((found for part in _parts(plain) if (found := _longest(events, part)) is not None), None)


def find_headline_event(events: Events, headline: str) -> Event | None:
    """The event a Chinese headline warns of: what is joined to 预警 or 警报; None where nothing known is."""
    plain = headline.replace("(", "（").replace(")", "）")
    for found in _WARNING.finditer(plain):
        before = re.split(r"[，。；：:,;!！、\s]", plain[: found.start()])[-1]
        if (event := find_event(events, before)) is not None:
            return event
    return None


def _parts(text: str) -> Iterator[str]:
    """The text behind its verb, then behind the body's name, then whole: as much as is left when the issuer is cut."""
    for ending in (_VERBS, _BODIES):
        places = [found.end() for found in ending.finditer(text)]
        if places:
            yield text[places[-1] :]
    yield text


def _longest(events: Events, text: str) -> Event | None:
    found = [
        (len(word), -place, event.key)
        for word, event in _words(events)
        if len(word) <= len(text)
        for place in _places(word, text)
        if not _is_false(event, word, place, text)
    ]
    return events.by_key[max(found)[2]] if found else None


@lru_cache(maxsize=8)  # a process has one table; tests have a few
def _words(events: Events) -> tuple[tuple[str, Event], ...]:
    return tuple(
        (word.replace("(", "（").replace(")", "）").casefold(), event)
        for event in events
        for word in dict.fromkeys(event.texts)
    )


@lru_cache(maxsize=8)
def names_of(events: Events) -> frozenset[str]:
    """Every word of the table, letter case aside."""
    return frozenset(word for word, _ in _words(events))


def _places(word: str, text: str) -> list[int]:
    if word.isascii():  # "fog" is not in "foghorn"
        return [found.start() for found in re.finditer(re.escape(word).join(_NOT_LETTER), text)]
    return [found.start() for found in re.finditer(re.escape(word), text)]


def _is_false(event: Event, word: str, place: int, text: str) -> bool:
    """Whether the word stands inside a phrase that means something else."""
    for phrase in event.never:
        if word in phrase:
            for found in re.finditer(re.escape(phrase), text):
                if found.start() <= place and place + len(word) <= found.end():
                    return True
    return False
