"""Answering is an edit: a new version by its editor, every decision void, the answers in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from approvals.moment import read_moment
from hub.audience.plan import QuestionAnswer
from hub.compose.issuer_name import judge_names, naming_of
from hub.drafting import chain
from hub.drafting.context import DraftingContext, Writer
from hub.drafting.prefill import prefill
from hub.drafting.questions.draft import Draft, Frame
from hub.drafting.questions.finders import find_questions, undo_answer
from hub.drafting.questions.question import AnswerOption, Question
from hub.drafting.store_draft import judge_reach, must_draft, open_draft, record, values
from hub.drafting.text import DraftText, draft_document
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import findings_of
from hub.transaction import Tx

_YEARS = range(2000, 2200)  #: an end beyond them is a slip of the pen


def answer_questions(
    tx: Tx,
    desk: DraftingContext,
    writer: Writer,
    draft: tuple[int, int],
    answers: Sequence[QuestionAnswer],
) -> None:
    """`draft` is its id and the version its editor saw. Raises Invalid, Conflict, Forbidden, NotFound.

    An answer may settle what another one is about: that other one is then left out. One that is kept may be given
    anew until the draft is submitted, and then takes the place of the first.
    """
    alert_id, version = draft
    chain.whole(tx, alert_id)  # locked as a release locks it, by its first
    row = open_draft(tx, alert_id, version)
    given = {answer.question: answer for answer in answers}
    frame = Frame(tx.now, desk.settings, desk.policy, desk.catalog, desk.orders)
    before = _without_answers(Draft.of(tx.connection, row, frame), given)
    asked = {question.key: question for _, question in find_questions(before)}
    for key in given:
        if key not in asked:
            kept = ", ".join(answer.question for answer in before.plan.answers)
            text = (
                f"the draft does not ask {key[:64]!r}; it asks {', '.join(asked) or 'nothing'}, and keeps answers to"
                f" {kept or 'nothing'}, which may be given anew: whatever else was settled is changed in its text"
            )
            raise Invalid(text, rule=Rule.ANSWER, place=f"answers.{key[:64]}")
    rewrite(tx, desk, writer, before, _with_answers(before, given), [asked[key] for key in given])
    said = [{"question": each.question, "choice": each.choice, "value": each.value} for each in answers]
    record(tx, desk, writer, alert_id, "answer", {"version": row.version + 1, "answers": said})


def rewrite(
    tx: Tx,
    desk: DraftingContext,
    writer: Writer,
    before: Draft,
    after: Draft,
    answered: Sequence[Question] = (),
) -> None:
    """Keeps a draft as it was changed, by the rules of every edit; its source stays what was received.

    What was found in the elements that were asked about no longer holds.
    """
    row = before.row
    text = DraftText(after.alert, draft_document(after.alert), row.source, (), row.relays)
    if row.relays is None:  # an answer may be what a headline was waiting for
        text = prefill(tx.connection, desk, naming_of(tx.connection, row), text)
    changed = values(text, after.plan, row.root, desk, tx.now)
    gone = {(question.rule, question.element) for question in answered}
    left = [each for each in findings_of(row) if (each["rule"], each["element"]) not in gone]
    found = [*(each for each in left if each["rule"] != Rule.PERIOD_LONG), *orjson.loads(changed["findings"])]
    changed["findings"] = orjson.dumps(found).decode()
    changed["version"] = row.version + 1
    alerts.change(tx.connection, row.id, **changed)
    must_draft(tx.connection, desk, writer, row.id)
    judge_reach(tx.connection, row.id)
    judge_names(tx.connection, row.id)
    alerts.void_decisions(tx.connection, row.id)
    if writer.official is not None:
        alerts.add_author(tx.connection, row.id, writer.id, "editor", tx.now_ms)


def _without_answers(draft: Draft, given: Mapping[str, QuestionAnswer]) -> Draft:
    """The draft before those of its kept answers that are given anew."""
    asked = {question.key for _, question in find_questions(draft)}
    for answer in draft.plan.answers:
        if answer.question in given and answer.question not in asked:
            draft = undo_answer(draft, answer)
    return draft


def _with_answers(draft: Draft, given: Mapping[str, QuestionAnswer]) -> Draft:
    """The draft with each answer put in, as long as it still raises a question that is answered."""
    pending = dict(given)
    while found := next(((f, q) for f, q in find_questions(draft) if q.key in pending), None):
        finder, question = found
        answer = pending.pop(question.key)
        _must_be_choice(question, answer)
        draft = finder.settle(draft, answer)
    return draft


def _must_be_choice(question: Question, answer: QuestionAnswer) -> None:
    place = f"answers.{question.key}"
    choice = question.choice(answer.choice)
    if choice is None:
        keys = ", ".join(each.key for each in question.choices)
        raise Invalid(f"{answer.choice[:64]!r} is none of {keys}", rule=Rule.ANSWER, place=place)
    _must_be_value(choice, answer.value, place)


def _must_be_value(choice: AnswerOption, value: str, place: str) -> None:
    if not choice.takes and value:
        raise Invalid(f"{choice.key} takes no value", rule=Rule.ANSWER, place=place)
    if choice.takes and not value.strip():
        raise Invalid(f"{choice.key} names a {choice.takes}", rule=Rule.ANSWER, place=place)
    if choice.takes == "time":
        moment = read_moment(value)
        if moment is None or moment.year not in _YEARS:
            text = "a time is written with its offset, such as 2026-07-12T20:30:00+08:00 (RFC 3339)"
            raise Invalid(text, rule=Rule.ANSWER, place=place)
