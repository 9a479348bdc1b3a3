"""How far a frozen warning is on its way to enough signatures, by the policy as it is now."""

from __future__ import annotations

from collections.abc import Mapping

from approvals.authority import Authorization, Missing, Policy, PolicyRefused
from hub.alert.views import StepView
from hub.dossier.frozen import Dossier
from hub.errors import Conflict
from hub.rules.rule import Rule


def answer_of(policy: Policy, dossier: Dossier) -> Authorization | Missing:
    """The authorization over what stands in the row, or what it lacks. Raises PolicyRefused."""
    row = dossier.row
    digest = row.digest or ""
    return policy.authorize(dossier.stakes, digest, dossier.authors, dossier.decisions, alert=row.id, path=row.path)


def must_hold(policy: Policy, dossier: Dossier) -> None:
    """Raises Conflict where another rule of authority holds now than the one that was frozen, PolicyRefused for none.

    The digest names the rule, so what was signed under the old one is no signature under the new one (SEP-3).
    """
    held = policy.requirement(dossier.stakes, dossier.row.path).rule
    if held != dossier.row.rule:
        text = f"submitted under rule {dossier.row.rule}, but rule {held} holds now"
        raise Conflict(text, rule=Rule.SEP_3, place="rule", remedy="return it and submit it anew")


def steps_of(policy: Policy, dossier: Dossier) -> tuple[StepView, ...]:
    """Every step the policy wants, and how many persons have taken it, of each issuer while one of several lacks any;
    "rule" where no rule of authority applies.
    """
    try:
        wanted = policy.requirement(dossier.stakes, dossier.row.path).steps
        answer = answer_of(policy, dossier)
    except PolicyRefused:
        return (StepView("rule", 1, 0),)  # it must be possible to look at what nobody may release
    issuers = [unit.name for unit in dossier.stakes.issuers]
    if not isinstance(answer, Missing) or len(issuers) < 2:
        return _steps("", wanted, answer.steps if isinstance(answer, Missing) else {})
    each = ((name, answer.issuers.get(name, {})) for name in issuers)
    return tuple(step for name, missing in each for step in _steps(name, wanted, missing))


def _steps(issuer: str, wanted: Mapping[str, int], missing: Mapping[str, int]) -> tuple[StepView, ...]:
    numbers = ((step, wanted.get(step, 0), missing.get(step, 0)) for step in dict.fromkeys((*wanted, *missing)))
    return tuple(
        StepView(step, max(number, left), number - left, issuer) for step, number, left in numbers if number or left
    )


def missing_of(steps: tuple[StepView, ...]) -> tuple[str, ...]:
    """The steps still wanted, one entry per person."""
    return tuple(each.step for each in steps for _ in range(each.wanted - max(each.given, 0)))
