"""A warning that does not say of which level it is: the level decides who must sign, and nobody guesses it.

突发事件应对法 (2024) art. 63-64: a warning states its level, by the criteria of whoever issues it. A colour in the
headline decides nothing by itself; it is the choice that is offered first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from approvals.level import Level
from approvals.stated_level import stated_levels
from approvals.territory import common_superior
from hub.alert.alert import Info, MsgType
from hub.audience.plan import QuestionAnswer
from hub.audience.sections import Section, sections_of
from hub.dossier.event import recognise_event
from hub.drafting.questions.draft import Draft
from hub.drafting.questions.question import AnswerOption, Question

UNKNOWN, SUGGESTED = "level-unknown", "level-suggested"


def find(draft: Draft) -> Iterator[Question]:
    """One question for each area whose blocks state no level: those of several languages are one warning."""
    asked = _open_sections(draft)
    for section in asked:
        suggested = _suggest_level(draft, section)
        choices = tuple(AnswerOption(level.word) for level in _levels(draft, section, suggested))
        about = "" if len(asked) == len(sections_of(draft.alert)) == 1 else str(section.number)
        place = "、".join(dict.fromkeys(area.description for info in section.infos for area in info.areas))
        yield Question(
            SUGGESTED if suggested else UNKNOWN,
            "X18",
            "alert/info/severity",
            "突发事件应对法 2024 art. 63-64",
            choices,
            {"place": place},
            about,
        )


def settle(draft: Draft, answer: QuestionAnswer) -> Draft:
    """Every block of the area that states no level has the one that was chosen; the answer stands in the digest."""
    severity = Level.of(answer.choice).severity
    about = answer.question.partition(":")[2]
    asked = [info for section in _open_sections(draft) if about in ("", str(section.number)) for info in section.infos]
    infos = tuple(
        replace(info, severity=severity) if _is_open(info) and any(info is each for each in asked) else info
        for info in draft.alert.infos
    )
    return replace(draft, alert=replace(draft.alert, infos=infos)).keeping(answer)


def take_back(draft: Draft, answer: QuestionAnswer) -> Draft:
    """The blocks that have the level which was answered state none again."""
    kind, _, about = answer.question.partition(":")
    if kind not in (UNKNOWN, SUGGESTED):
        return draft
    severity = Level.of(answer.choice).severity
    meant = [section for section in sections_of(draft.alert) if section.number == int(about or 1)]
    answered = [info for section in meant for info in section.infos if info.severity == severity]
    infos = tuple(
        replace(info, severity="Unknown") if any(info is each for each in answered) else info
        for info in draft.alert.infos
    )
    return replace(draft, alert=replace(draft.alert, infos=infos))


def _open_sections(draft: Draft) -> list[Section]:
    """The areas of which the level is not known. What is passed on unaltered is not this unit's to complete."""
    if draft.alert.msg_type is MsgType.CANCEL or draft.row.relays is not None:
        return []
    return [section for section in sections_of(draft.alert) if any(map(_is_open, section.infos))]


def _is_open(info: Info) -> bool:
    return info.severity == "Unknown" and not info.is_all_clear


def _suggest_level(draft: Draft, section: Section) -> Level | None:
    """The level that another block of the area has, else the one its headlines say; the highest of several."""
    stated = {Level.of_severity(info.severity) for info in section.infos if info.severity != "Unknown"}
    events = draft.against.policy.events
    said = [stated_levels(info.headline, events) for info in section.infos]
    return max(stated or frozenset().union(*said), default=None)


def _levels(draft: Draft, section: Section, suggested: Level | None) -> list[Level]:
    """The levels there are of the event in the area, the highest first, after the one that suggests itself."""
    events = draft.against.policy.events
    event = events.of(recognise_event(events, draft.alert).key)
    colours = {level.word for level in Level}
    listed = event.levels_in(common_superior(section.places.regions)) if event is not None else ()
    levels = {Level.of(word) for word in listed if word in colours} or set(Level)
    first = [suggested] if suggested is not None else []
    return first + sorted(levels - set(first), reverse=True)
