"""Whether one official may now say one word on one frozen warning: the rules of separation, pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals.answer import Allowed
from approvals.approval_rule import ApprovalRule
from approvals.authority import Authorization, Missing, Policy
from approvals.decision import APPROVE, STEP_RIGHTS, VERDICTS, Decision
from approvals.grant import FULL
from approvals.official import Official
from approvals.policy_input import PolicyInput

#: what to do where a rule of separation stands in somebody's way
OTHER_AUTHOR = "have it decided by somebody who had no hand in its text"
OTHER_PERSON = "have the step that is still wanted taken by another person"


class DecisionRefused(Exception):
    """The decision may not be taken; nothing changes. `rule` is a short stable name, `text` is fit to be shown, `place`
    is what of the word is at fault, and `remedy` says what can be done instead.
    """

    def __init__(self, rule: str, text: str, *, place: str, remedy: str = "") -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule
        self.text = text
        self.place = place
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Case:
    """What is being decided: the frozen content by its digest, who wrote it, and what was said so far."""

    digest: str
    authors: frozenset[int]  #: ids of the creator, every editor and the submitter
    stakes: PolicyInput
    decided: frozenset[int] = frozenset()  #: ids of who decided since it was frozen, in office or not
    path: str = FULL  #: the flow it was submitted to
    taken: tuple[Decision, ...] = ()  #: the decisions that stand


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an official wants to say. `digest` is what he was shown: case 1 of a UK call that carried no version."""

    official: Official
    step: str
    verdict: str
    digest: str
    at: datetime
    reason: str = ""


def judge(policy: Policy, case: Case, attempt: Attempt) -> Decision:
    """The decision to record. Raises DecisionRefused, PolicyRefused."""
    official = attempt.official
    right = STEP_RIGHTS.get(attempt.step)
    if right is None:
        raise _unknown(ApprovalRule.STEP, "step", attempt.step, STEP_RIGHTS)
    if attempt.verdict not in VERDICTS:
        raise _unknown(ApprovalRule.VERDICT, "verdict", attempt.verdict, VERDICTS)
    must_be_apart(case, official)
    if not case.digest or attempt.digest != case.digest:
        text = "the content has changed since it was shown"
        raise DecisionRefused(ApprovalRule.SEP_3, text, place="digest", remedy="read it again and decide anew")
    if attempt.verdict != APPROVE and not attempt.reason.strip():
        text = f"a reason is required to {attempt.verdict} a warning"
        raise DecisionRefused(ApprovalRule.SEP_7, text, place="reason", remedy="say it in `reason`")
    # A superior that stops what is below it says why, as everybody does who says no (SEP-7); to let it pass it takes
    # it over, and decides with its own officials.
    answer = policy.may(official, right, case.stakes, case.path, overriding=attempt.verdict != APPROVE)
    if not isinstance(answer, Allowed):
        raise DecisionRefused(answer.rule, answer.reason, place="actor", remedy=answer.remedy)
    said = (attempt.step, attempt.verdict, attempt.digest, attempt.at, attempt.reason.strip())
    return Decision(official, *said, delegation=answer.grant)


def must_be_apart(case: Case, official: Official) -> None:
    """Raises DecisionRefused for whoever had a hand in the text, and for whoever has decided on it."""
    if {official.id, official.person} & case.authors:
        text = "whoever created, edited or submitted a warning may not decide on it"
        raise DecisionRefused(ApprovalRule.SEP_1, text, place="actor", remedy=OTHER_AUTHOR)
    if {official.id, official.person} & case.decided:
        text = "one person decides once, whatever the step and the account"
        raise DecisionRefused(ApprovalRule.SEP_2, text, place="actor", remedy=OTHER_PERSON)


def must_be_asked(policy: Policy, cases: Sequence[Case], decision: Decision) -> None:
    """Raises DecisionRefused for an approval that no case asks for: it would count for nothing, and its signer could
    not take the step that counts any more (SEP-2). Raises PolicyRefused.
    """
    wanted = ""
    for case in cases:
        before = _answer(policy, case, case.taken)
        if isinstance(before, Missing):
            if before != _answer(policy, case, (*case.taken, decision)):
                return
            wanted = wanted or before.in_words
    if not wanted:
        text, remedy = "every signature that is asked for has been given", "go on with it as it is, or say no to it"
    else:
        text = f"no {decision.step} of {decision.official.unit} is asked for here"
        remedy = f"leave it to whoever takes what is wanted ({wanted}), or take that yourself"
    raise DecisionRefused(ApprovalRule.STEP_UNASKED, text, place="step", remedy=remedy)


def _unknown(rule: ApprovalRule, place: str, word: str, known: Iterable[str]) -> DecisionRefused:
    remedy = f"say one of {', '.join(sorted(known))}"
    return DecisionRefused(rule, f"there is no {place} {word[:64]!r}", place=place, remedy=remedy)


def _answer(policy: Policy, case: Case, taken: Sequence[Decision]) -> Authorization | Missing:
    return policy.authorize(case.stakes, case.digest, case.authors, taken, alert=0, path=case.path)
