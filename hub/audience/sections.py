"""Sections of a warning: an area, and the info blocks that speak for it and for no other (CAP 1.2 §3.2.2–3.2.4).

A warning of one area has one section. Where areas differ, each person is told the blocks of the areas that hold them: a
part is the set of sections some people are told together, and its key the numbers of these, such as ``1+3``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approvals.level import Level
from hub.alert.alert import Alert, Info, MsgType
from hub.audience.plan import places_of
from hub.errors import Invalid
from hub.formats.cap.finding import quote
from hub.rules.rule import Rule
from targeting.audience import Audience, unite_audiences

#: key of the part that says everything: for a warning of one area, for those in none of several, for one-to-many media
WHOLE = ""


@dataclass(frozen=True, slots=True)
class Section:
    """`number` counts from 1 in the order of the message; `places` are what the blocks' area elements name and draw."""

    number: int
    places: Audience
    infos: tuple[Info, ...]
    ends: bool = False  #: the section of an Update that says that the warning is over there
    earlier: bool = False  #: of an earlier message, for whoever had no later one (hub.dossier.last_messages)
    issued: datetime | None = None  #: of an earlier message: when that was sent

    @property
    def level(self) -> Level:
        """The highest level any of its blocks states."""
        return max(Level.of_severity(info.severity) for info in self.infos)

    @property
    def languages(self) -> tuple[str, ...]:
        """Each language once, in the order of the message."""
        return languages_of(self.infos)

    def blocks_for(self, language: str) -> tuple[Info, ...]:
        """The blocks a reader of the language is told, the gravest first: their own, and in another what theirs lacks.

        What is lacking is judged level by level, against the language with the most blocks of it. A block too many
        repeats something; a block too few would hide a danger.
        """
        return tuple(info for level in sorted(Level, reverse=True) for info in self._of_level(level, language))

    def _of_level(self, level: Level, language: str) -> tuple[Info, ...]:
        blocks = tuple(info for info in self.infos if Level.of_severity(info.severity) == level)
        own = _in_language(blocks, language)
        fullest = max((_in_language(blocks, tag) for tag in self.languages), key=len)
        return own if len(own) == len(fullest) else (*own, *fullest)


def languages_of(infos: Sequence[Info]) -> tuple[str, ...]:
    """The languages of these blocks, each once whatever its spelling, in the order they first appear."""
    found: dict[str, str] = {}
    for info in infos:
        found.setdefault(info.language.casefold(), info.language)
    return tuple(found.values())


def sections_of(alert: Alert) -> tuple[Section, ...]:
    """The sections in the order of the message; none for a message without an info block.

    Blocks with the same places make one section, in whatever order the places are named. A block that names no place
    speaks for all of them.
    """
    placed = [(info, places_of([info])) for info in alert.infos]
    everywhere = unite_audiences(*(places for _, places in placed))
    found: dict[tuple[object, ...], tuple[Audience, list[Info]]] = {}
    for info, places in placed:
        meant = everywhere if places.is_placeless else places
        key = (_ends(alert, info), meant.regions, frozenset(meant.polygons), frozenset(meant.circles))
        found.setdefault(key, (meant, []))[1].append(info)
    return tuple(
        Section(number, places, tuple(infos), _ends(alert, infos[0]))
        for number, (places, infos) in enumerate(found.values(), 1)
    )


def missing_languages(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Findings of the languages a section lacks that another one has: there their readers are told another's words."""
    spoken = languages_of([info for section in sections for info in section.infos])
    found = []
    for section in sections:
        own = {language.casefold() for language in section.languages}
        place = "、".join(dict.fromkeys(area.description for info in section.infos for area in info.areas))
        for language in (tag for tag in spoken if tag.casefold() not in own):
            text = f"for {quote(place)} no block is in {language}, as one is elsewhere: its readers are told another"
            values = {"section": section.number, "place": place, "language": language}
            finding = {
                "rule": Rule.MISSING_LANGUAGE_OF_PART,
                "element": "alert/info/language",
                "level": "warn",
                "text": text,
            }
            found.append({**finding, "values": values})
    return found


def part_key(numbers: Collection[int]) -> str:
    """The key of the part made of these sections."""
    return "+".join(map(str, sorted(numbers)))


def sections_in(sections: Sequence[Section], part: str) -> tuple[Section, ...]:
    """The sections of a part, the highest level first, else as in the message; of WHOLE all of the message itself."""
    numbers = {int(number) for number in part.split("+")} if part != WHOLE else None
    chosen = (each for each in sections if (not each.earlier if numbers is None else each.number in numbers))
    return tuple(sorted(chosen, key=lambda section: (-section.level, section.number)))


def must_agree_in_level(sections: Sequence[Section]) -> None:
    """Raises Invalid where the languages of one area state different highest levels: one of them is wrong."""
    for section in sections:
        levels = {
            tag: max(Level.of_severity(info.severity) for info in _in_language(section.infos, tag))
            for tag in section.languages
        }
        if len(set(levels.values())) > 1:
            said = ", ".join(f"{level.word} in {tag}" for tag, level in levels.items())
            text = f"the languages of one area state different levels: {said}; correct the severity of one of them"
            raise Invalid(text, rule=Rule.LEVEL_LANGUAGES, place="alert/info/severity")


def _in_language(infos: Sequence[Info], language: str) -> tuple[Info, ...]:
    tag = language.casefold()
    return tuple(info for info in infos if info.language.casefold() == tag)


def _ends(alert: Alert, info: Info) -> bool:
    return alert.msg_type is MsgType.UPDATE and info.is_all_clear
