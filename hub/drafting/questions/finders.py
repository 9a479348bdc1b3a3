"""What finds the open questions of a draft: one small module for each kind of doubt, in the order they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from hub.audience.plan import QuestionAnswer
from hub.drafting.questions import left_out, level, longest_period, period, sent_ahead
from hub.drafting.questions.draft import Draft
from hub.drafting.questions.question import Question


class Finder(Protocol):
    """A module that finds questions, and puts the answer to one of them into the draft."""

    def find(self, draft: Draft) -> Iterator[Question]:
        """The questions that the draft raises as it stands; none twice. Changes nothing."""
        ...

    def settle(self, draft: Draft, answer: QuestionAnswer) -> Draft:
        """The draft that no longer raises the question, by its alert, its plan or `Draft.keeping`. Raises Invalid for a
        value that settles nothing.
        """
        ...


class Keeper(Finder, Protocol):
    """A finder that keeps answers in the plan. Until somebody signs, its author may say something else."""

    def take_back(self, draft: Draft, answer: QuestionAnswer) -> Draft:
        """The draft as it was before a kept answer, which raises the question again; unchanged where the question is of
        another finder.
        """
        ...


FINDERS: tuple[Finder, ...] = (
    sent_ahead,
    level,
    period,
    longest_period,
    left_out,
)  # the usual period depends on the level


KEEPERS: tuple[Keeper, ...] = (level, left_out)


def undo_answer(draft: Draft, answer: QuestionAnswer) -> Draft:
    """The draft as it was before this answer, which its plan keeps."""
    for keeper in KEEPERS:
        draft = keeper.take_back(draft, answer)
    return draft.without(answer)


def find_questions(draft: Draft) -> Iterator[tuple[Finder, Question]]:
    """Every open question of the draft, each with its finder."""
    for finder in FINDERS:
        for question in finder.find(draft):
            yield finder, question
