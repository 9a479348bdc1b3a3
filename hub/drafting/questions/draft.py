"""A draft as its questions see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from approvals.authority import Policy
from hub.alert.alert import Alert
from hub.audience.plan import Plan, QuestionAnswer, plan_of
from hub.dossier.chain import earlier_of
from hub.dossier.frozen import content_of
from hub.dossier.verified_order import VerifiedOrders
from hub.settings.settings import Settings
from hub.store.alerts.alert_row import AlertRow
from templates.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Frame:
    """What a draft is held against: the moment, settings, policy and other orders; and the words that an answer
    may put into it.
    """

    now: datetime
    settings: Settings
    policy: Policy
    catalog: Catalog
    orders: VerifiedOrders


@dataclass(frozen=True, slots=True)
class Draft:
    """`alert` and `plan` as they stand; `row` as it is stored, which an answer may be about to change."""

    connection: Connection
    row: AlertRow
    alert: Alert
    plan: Plan
    against: Frame

    @classmethod
    def of(cls, connection: Connection, row: AlertRow, against: Frame) -> Draft:
        return cls(connection, row, content_of(row), plan_of(row), against)

    @property
    def earlier(self) -> Sequence[AlertRow]:
        """The messages of its chain that were released before it, oldest first."""
        return [each for each in earlier_of(self.connection, self.row) if each.released_at is not None]

    def answer_to(self, question: str) -> QuestionAnswer | None:
        """The answer kept in the plan to the question of this key."""
        return next((answer for answer in self.plan.answers if answer.question == question), None)

    def without(self, answer: QuestionAnswer) -> Draft:
        """The draft without this answer in its plan; what it put into text and audience stays."""
        others = tuple(each for each in self.plan.answers if each.question != answer.question)
        return replace(self, plan=replace(self.plan, answers=others))

    def keeping(self, answer: QuestionAnswer) -> Draft:
        """The draft with the answer in its plan, in place of an earlier one: the digest covers it."""
        plan = self.without(answer).plan
        return replace(self, plan=replace(plan, answers=(*plan.answers, answer)))
