"""The open questions of drafts as they are shown: worked out once for each version, since each takes selections."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.alert.views import QuestionView
from hub.drafting.questions.open_questions import Asking
from hub.drafting.questions.words import view_of
from hub.store.alerts.alert_row import AlertRow

FRESH = timedelta(minutes=1)  #: time raises questions too, and so do people who move; submit asks anew in any case
KEPT = 256  #: drafts whose questions are remembered


@dataclass(frozen=True, slots=True)
class _Found:
    """What one version of a draft left open, and when it was looked at."""

    version: int
    at: datetime
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class ShownQuestions:
    """One per process."""

    asking: Asking
    _found: dict[int, _Found] = field(default_factory=dict)

    def of(self, connection: Connection, row: AlertRow) -> tuple[QuestionView, ...]:
        """What the draft in the row leaves open, as of a moment ago at most."""
        now, known = self.asking.clock.now(), self._found.get(row.id)
        if known is not None and known.version == row.version and now - known.at < FRESH:
            return known.questions
        questions = tuple(view_of(each) for each in self.asking.of(connection, row))
        if len(self._found) >= KEPT:
            self._found.clear()
        self._found[row.id] = _Found(row.version, now, questions)
        return questions
