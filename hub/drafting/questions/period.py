"""When a warning ends, where it does not say or contradicts itself: nobody guesses how long people stay warned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.alert.alert import Info, MsgType
from hub.audience.plan import QuestionAnswer
from hub.drafting.questions.draft import Draft
from hub.drafting.questions.question import AnswerOption, Question, Value
from hub.drafting.usual_period import usual_for
from hub.errors import Invalid
from hub.formats.cap.period import PeriodFault, begins, ends_after, period_fault, stated_end
from hub.rules.rule import Rule

STATED, USUAL, UNTIL = "stated", "usual", "until"
_RULES = {PeriodFault.MISSING: "X12", PeriodFault.BEFORE_START: "X11", PeriodFault.BEFORE_ONSET: "X11"}


def find(draft: Draft) -> Iterator[Question]:
    """One question for the blocks that have the same times: those of several languages are one warning."""
    if draft.alert.msg_type is MsgType.CANCEL:
        return  # it ends a warning, and holds for nobody
    faults = list(_faults(draft))
    for times in dict.fromkeys(_times(info) for _, info, _ in faults):
        number, info, fault = next(each for each in faults if _times(each[1]) == times)
        yield _question(draft, number, info, fault)


def settle(draft: Draft, answer: QuestionAnswer) -> Draft:
    """Every block that was asked about ends as was chosen. Raises Invalid for an end before its beginning."""
    asked = {
        number for number, info, fault in _faults(draft) if _question(draft, number, info, fault).key == answer.question
    }
    infos = tuple(
        replace(info, expires=_end(draft, info, answer)) if number in asked else info
        for number, info in enumerate(draft.alert.infos, start=1)
    )
    return replace(draft, alert=replace(draft.alert, infos=infos))


def _question(draft: Draft, number: int, info: Info, fault: PeriodFault) -> Question:
    values: dict[str, Value] = {"start": begins(draft.alert, info)}
    if info.expires is not None:
        values["expires"] = info.expires
    choices = [AnswerOption(UNTIL, takes="time")]
    if ends_after(draft.alert, info) + _usual(draft) > draft.against.now:  # from its beginning, which may be long past
        choices.insert(0, AnswerOption(USUAL, {"hours": _usual(draft).total_seconds() / 3600}))
    ends = stated_end(info, draft.alert.sent)
    if ends is not None and ends > max(ends_after(draft.alert, info), draft.against.now):
        choices.insert(0, AnswerOption(STATED, {"end": ends}))
    element, source = f"alert/info[{number}]/expires", "CAP 1.2 §3.2.2 expires"
    return Question(str(fault), _RULES[fault], element, source, tuple(choices), values, _about(draft, info))


def _end(draft: Draft, info: Info, answer: QuestionAnswer) -> datetime:
    start = max(ends_after(draft.alert, info), draft.against.now.replace(microsecond=0))
    found: datetime | None
    match answer.choice:
        case "usual":
            found = ends_after(draft.alert, info) + _usual(draft)
        case "stated":
            found = stated_end(info, draft.alert.sent)
        case _:
            found = datetime.fromisoformat(answer.value).replace(microsecond=0)
    if found is None or found <= start:
        text = "the end is not after the beginning, or not after now"
        raise Invalid(text, rule=Rule.X11, place="alert/info/expires")
    return found.astimezone(draft.alert.sent.tzinfo)


def _usual(draft: Draft) -> timedelta:
    return usual_for(draft.alert, draft.against.policy.events, draft.against.settings.content)


def _faults(draft: Draft) -> Iterator[tuple[int, Info, PeriodFault]]:
    for number, info in enumerate(draft.alert.infos, start=1):
        fault = period_fault(draft.alert, info)
        if fault is not None:
            yield number, info, fault


def _times(info: Info) -> tuple[datetime | None, ...]:
    return info.effective, info.onset, info.expires


def _about(draft: Draft, info: Info) -> str:
    """Which blocks are asked about; empty where all are."""
    alike = [number for number, each in enumerate(draft.alert.infos, start=1) if _times(each) == _times(info)]
    return "" if len(alike) == len(draft.alert.infos) else "-".join(map(str, alike))
