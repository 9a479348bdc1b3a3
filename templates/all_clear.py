"""The sentences of an all-clear, one language at a time: what ends, why, and what does not end with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from templates.moment import moment_text

Words = Mapping[str, str]
NOTICE = "notice"  #: the term of what is no warning


@dataclass(frozen=True, slots=True)
class NamedWarning:
    """A warning as one language names it. `level` is the colour word red, orange, yellow or blue.

    `term` is what it is called: signal (预警信号), warning (预警) or alarm (警报); a notice goes by its event and its
    zone: a township may have several at once, and its name alone tells nobody which slope is meant.
    """

    event: str
    level: str
    term: str = "warning"
    zone: str = ""  #: of a notice


@dataclass(frozen=True, slots=True)
class OtherWarning:
    """A warning that does not end with the one that does: where, which, and who issued it when."""

    area: str
    warning: NamedWarning
    sender: str
    issued: datetime


def all_clear_sentence(
    words: Words, ending: str, warning: NamedWarning, sender: str, at: datetime, issued: datetime | None = None
) -> str:
    """Who ended which warning, and when. `ending` is ``lifted`` or ``issued_in_error``.

    The level stands in this sentence and nowhere else: a text that opens with a colour reads as a warning. A notice is
    named by its zone and by when it was `issued`.
    """
    said = {"sender": sender, "time": moment_text(words, words["moment"], at), **naming(words, warning)}
    sentence = words.get(f"{ending}_notice") if warning.zone and issued is not None else None
    if sentence is None or issued is None:
        return _one_line(words[ending].format(**said))
    then = moment_text(words, words["moment"], issued)
    return _one_line(sentence.format(issued=then, place=warning.zone, **said))


def ending_reason(words: Words, ending: str, term: str = "warning") -> str:
    """Why it ended, where its author gave no words of their own in this language; empty where there are none."""
    return words.get(f"{ending}_reason_{term}") or words[f"{ending}_reason"]


def return_advice(words: Words) -> str:
    """That an all-clear is no leave to return: whoever had people evacuated says when."""
    return words["return_advice"]


def still_in_force(words: Words, others: Sequence[OtherWarning], unnamed: int = 0, *, brief: bool = False) -> str:
    """The other warnings in force, each with its issuer, its hour and its place; `unnamed` counts those without this
    language. In brief those of one name are named once, behind their places.
    """
    named = _brief_texts(words, others) if brief else [_other_text(words, other) for other in others]
    parts = [_holding(words, others).format(list=words["in_force_comma"].join(named))] if named else []
    if unnamed:
        parts.append(words["more_in_force"].format(count=unnamed))
    return words["gap"].join(part for part in parts if part)


def ended_issued(words: Words, issued: datetime) -> str:
    """When that which ends was issued, for whoever reads beside it that another of the same event holds on."""
    return words["ended_issued"].format(issued=moment_text(words, words["moment"], issued))


def _holding(words: Words, others: Sequence[OtherWarning]) -> str:
    """The sentence that lists them: what is no warning (紧急转移通知) is not listed as one."""
    terms = {other.warning.term for other in others}
    kind = "notice" if terms == {NOTICE} else "mixed" if NOTICE in terms else ""
    return words.get(f"still_in_force_{kind}") or words["still_in_force"]


def _other_text(words: Words, other: OtherWarning) -> str:
    said = {
        "area": other.warning.zone or other.area,
        "sender": other.sender,
        "time": moment_text(words, words["moment"], other.issued),
    }
    return _one_line(words["in_force"].format(**said, **naming(words, other.warning)))


def _brief_texts(words: Words, others: Sequence[OtherWarning]) -> list[str]:
    places: dict[tuple[str, str, str], list[OtherWarning]] = {}
    for other in others:
        places.setdefault((other.warning.event, other.warning.level, other.warning.term), []).append(other)
    texts = []
    for alike in places.values():
        area = words["area_comma"].join(dict.fromkeys(other.warning.zone or other.area for other in alike))
        texts.append(_one_line(words["in_force_brief"].format(area=area, **naming(words, alike[0].warning))))
    return texts


def naming(words: Words, warning: NamedWarning) -> dict[str, str]:
    """The parts of a sentence that name a warning: event, level and term."""
    level, term = words.get(f"level_{warning.level}", ""), words[f"term_{warning.term}"]
    return {"event": warning.event, "level": level, "term": term}


def _one_line(text: str) -> str:
    return " ".join(text.split())
