"""A message that says it is sent later than now: a wrong clock, or a message for later (CAP 1.2 §3.2.1 sent, X21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hub.audience.plan import QuestionAnswer
from hub.drafting.hold import hold_until, may_be_held
from hub.drafting.questions.draft import Draft
from hub.drafting.questions.question import AnswerOption, Question
from hub.formats.cap.period import AHEAD

NOW, HOLD = "now", "hold"


def find(draft: Draft) -> Iterator[Question]:
    """Asks where `sent` is ahead of every clock that may be trusted, and no author holds the message until then."""
    sent = draft.alert.sent
    if sent <= draft.against.now + AHEAD or draft.plan.not_before == sent:
        return
    if any(datetime.fromisoformat(each.sent) >= sent for each in draft.earlier):
        return  # it lifts what was held for that hour (X5)
    held = (AnswerOption(HOLD, {"sent": sent}),) if may_be_held(draft.row, draft.alert) else ()
    yield Question(
        "sent-ahead",
        "X21",
        "alert/sent",
        "CAP 1.2 §3.2.1 sent",
        (AnswerOption(NOW), *held),
        {"sent": sent},
    )


def settle(draft: Draft, answer: QuestionAnswer) -> Draft:
    """It is sent now, or held until the hour it names."""
    if answer.choice == HOLD:
        return hold_until(draft, draft.alert.sent)
    now = draft.against.now.replace(microsecond=0).astimezone(draft.alert.sent.tzinfo)
    infos = tuple(
        replace(info, effective=None) if info.effective is not None and info.effective < now else info
        for info in draft.alert.infos
    )
    return replace(draft, alert=replace(draft.alert, sent=now, infos=infos))
