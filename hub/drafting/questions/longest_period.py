"""A period that is longer than the policy lets a warning of this kind last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from approvals.authority import PolicyRefused
from approvals.rule import AuthorityRule
from hub.alert.alert import MsgType
from hub.audience.plan import QuestionAnswer
from hub.dossier.frozen import in_chain, stakes_of
from hub.drafting.questions.draft import Draft
from hub.drafting.questions.question import AnswerOption, Question
from hub.errors import Invalid
from hub.formats.cap.period import has_settled_end
from hub.rules.cited_rule import CitedRule

LONGEST, UNTIL = "longest", "until"


def find(draft: Draft) -> Iterator[Question]:
    """Asks where the end is settled and the warning would be in force for longer than a rule of the policy allows."""
    if draft.alert.msg_type is MsgType.CANCEL or not has_settled_end(draft.alert):
        return
    rule, expires = _strictest(draft), draft.alert.expires
    if rule is None or rule.longest is None or expires is None or expires - _from(draft) <= rule.longest:
        return
    hours = rule.longest.total_seconds() / 3600
    yield Question(
        "period-bound",
        rule.id,
        "alert/info/expires",
        rule.source,
        (AnswerOption(LONGEST, {"hours": hours}), AnswerOption(UNTIL, takes="time")),
        {"hours": hours, "expires": expires},
    )


def settle(draft: Draft, answer: QuestionAnswer) -> Draft:
    """No block ends later than was chosen. Raises Invalid for an end that is still beyond the policy."""
    rule = _strictest(draft)
    if rule is None or rule.longest is None:
        return draft
    latest = _from(draft) + rule.longest
    end = latest if answer.choice == LONGEST else datetime.fromisoformat(answer.value)
    if not _from(draft) < end <= latest:
        text = f"the end is after now, and at most {rule.longest.total_seconds() / 3600:g} hours later"
        raise Invalid(text, rule=CitedRule(rule.id), place="alert/info/expires")
    end = end.replace(microsecond=0).astimezone(draft.alert.sent.tzinfo)
    infos = tuple(
        replace(info, expires=end) if info.expires is not None and info.expires > end else info
        for info in draft.alert.infos
    )
    return replace(draft, alert=replace(draft.alert, infos=infos))


def _from(draft: Draft) -> datetime:
    """From when the policy counts: what is held back lasts from the hour it leaves."""
    held = draft.plan.not_before
    return max(draft.against.now, held) if held is not None else draft.against.now


def _strictest(draft: Draft) -> AuthorityRule | None:
    """The rule with the shortest bound of those that hold; None where none bounds, or none holds at all."""
    stakes = in_chain(draft.connection, draft.row, stakes_of(draft.row, draft.alert, draft.plan))
    try:
        rules = draft.against.policy.rules_for(stakes)
    except PolicyRefused:
        return None
    return min(
        (rule for rule in rules if rule.longest is not None),
        key=lambda rule: (rule.longest is None, rule.longest),
        default=None,
    )
