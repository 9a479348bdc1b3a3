"""The open questions of a draft, as they are shown and as they stand in the way of a submission."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from approvals.authority import Policy
from hub.alert.views import QuestionView
from hub.clock import Clock
from hub.dossier.verified_order import VerifiedOrders
from hub.drafting.questions.draft import Draft, Frame
from hub.drafting.questions.finders import find_questions
from hub.drafting.questions.question import Question
from hub.drafting.questions.words import view_of
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.settings.settings import Settings
from hub.store.alerts.alert_row import AlertRow
from templates.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Asking:
    """What every draft is asked against."""

    clock: Clock
    settings: Settings
    policy: Policy
    catalog: Catalog
    orders: VerifiedOrders

    def _frame(self) -> Frame:
        return Frame(self.clock.now(), self.settings, self.policy, self.catalog, self.orders)

    def of(self, connection: Connection, row: AlertRow) -> tuple[Question, ...]:
        """The questions the draft in the row leaves open now."""
        return questions_of(Draft.of(connection, row, self._frame()))

    def must_be_answered(self, connection: Connection, row: AlertRow) -> None:
        """Raises Invalid with every question that is open, and the choices there are."""
        views = [view_of(question) for question in self.of(connection, row)]
        if not views:
            return
        refusal = Invalid(
            f"{len(views)} open: answer it first; {views[0].text['en']}",
            rule=Rule.OPEN_QUESTION,
            place=views[0].element,
            findings=[_finding(view) for view in views],
        )
        refusal.members = {"questions": [asdict(view) for view in views]}
        raise refusal


def questions_of(draft: Draft) -> tuple[Question, ...]:
    """Every open question of the draft."""
    return tuple(question for _, question in find_questions(draft))


def _finding(view: QuestionView) -> dict[str, object]:
    """A question among the findings of a refusal, for whoever shows only those."""
    choices = "; ".join(f"{choice.key}: {choice.text['en']}" for choice in view.choices)
    told = f"{view.key}: {view.text['en']} [{view.source}] {choices}"
    return {"rule": view.rule, "element": view.element, "level": "error", "text": told, "values": view.values}
