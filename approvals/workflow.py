"""Whether one official may now say one word on one frozen warning: the rules of separation, pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from approvals.answer import Allowed
from approvals.authority import Policy
from approvals.decision import APPROVE, STEP_RIGHTS, VERDICTS, Decision
from approvals.grant import FULL
from approvals.official import Official
from approvals.stakes import Stakes


class DecisionRefused(Exception):
    """The decision may not be taken; nothing changes. `rule` is a short stable name, `text` is fit to be shown, and
    `remedy` says what can be done instead.
    """

    def __init__(self, rule: str, text: str, remedy: str = "") -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule
        self.text = text
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Case:
    """What is being decided: the frozen content by its digest, who wrote it, and what was said so far."""

    digest: str
    authors: frozenset[int]  #: ids of the creator, every editor and the submitter
    stakes: Stakes
    decided: frozenset[int] = frozenset()  #: ids of who decided since it was frozen, in office or not
    path: str = FULL  #: the flow it was submitted to


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
        raise DecisionRefused("STEP", f"step {attempt.step!r} is not one of {', '.join(sorted(STEP_RIGHTS))}")
    if attempt.verdict not in VERDICTS:
        raise DecisionRefused("VERDICT", f"verdict {attempt.verdict!r} is not one of {', '.join(sorted(VERDICTS))}")
    if {official.id, official.person} & case.authors:
        raise DecisionRefused("SEP-1", "whoever created, edited or submitted a warning may not decide on it")
    if {official.id, official.person} & case.decided:
        raise DecisionRefused("SEP-2", "one person decides once, whatever the step and the account")
    if not case.digest or attempt.digest != case.digest:
        raise DecisionRefused("SEP-3", "the content has changed since it was shown: read it again and decide anew")
    if attempt.verdict != APPROVE and not attempt.reason.strip():
        raise DecisionRefused("SEP-7", f"a reason is required to {attempt.verdict} a warning")
    # A superior that stops what is below it says why, as everybody does who says no (SEP-7); to let it pass it takes
    # it over, and decides with its own officials.
    answer = policy.may(official, right, case.stakes, case.path, overriding=attempt.verdict != APPROVE)
    if not isinstance(answer, Allowed):
        raise DecisionRefused(answer.rule, answer.reason, answer.remedy)
    said = (attempt.step, attempt.verdict, attempt.digest, attempt.at, attempt.reason.strip())
    return Decision(official, *said, delegation=answer.grant)
