"""Who can take the next step of a warning: asked of the policy as the act itself will ask it, so that nobody is called
in vain. And what those on duty cannot complete between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from approvals.answer import Allowed
from approvals.authority import Policy, PolicyRefused
from approvals.decision import APPROVE
from approvals.official import Official, Right
from approvals.workflow import Attempt, Case, DecisionRefused, judge
from hub.calls.lacking import lacking
from hub.calls.matter import May
from hub.clock import Clock, from_ms, to_ms
from hub.delivery import DutyStepView
from hub.release.frozen import Dossier
from hub.release.lent import Lending
from hub.release.steps import steps_of
from hub.store import officials, roster

RELEASE = "release"  #: the step after all signatures
RULE = "duty-lacks-step"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Asks the policy with the powers of now."""

    clock: Clock
    policy: Policy
    lending: Lending

    def steps(self, connection: Connection, dossier: Dossier) -> dict[str, int]:
        """Every step that is still to be taken, in order, and by how many persons; the release is the last.

        Empty where no rule of authority applies.
        """
        found = steps_of(self.policy, self.lending.upheld(connection, dossier))
        if any(each.step == "rule" for each in found):
            return {}
        wanted = {each.step: each.wanted - each.given for each in found if each.wanted > each.given}
        return {**wanted, RELEASE: 1}

    def may_take(self, connection: Connection, dossier: Dossier, step: str) -> May:
        """Whether an official can take the step, authorship, earlier decisions and lent powers considered."""
        dossier = self.lending.upheld(connection, dossier)
        row, at = dossier.row, from_ms(to_ms(self.clock.now()))
        case = Case(row.digest or "", dossier.authors, dossier.stakes, dossier.deciders, row.path)

        def may(official: Official) -> bool:
            able = self.lending.empowered(connection, official, dossier.stakes)
            try:
                if step == RELEASE:
                    return isinstance(self.policy.may(able, Right.RELEASE, dossier.stakes, row.path), Allowed)
                judge(self.policy, case, Attempt(able, step, APPROVE, case.digest, at))
            except (DecisionRefused, PolicyRefused):
                return False
            return True

        return may

    def on_duty(self, connection: Connection, dossier: Dossier) -> tuple[DutyStepView, ...]:
        """Step by step, who on duty can take it and how many persons it lacks; nothing where no roster is kept."""
        if not roster.is_kept(connection):
            return ()
        present = officials_on_duty(connection, to_ms(self.clock.now()))
        steps = self.steps(connection, dossier)
        able = {step: list(filter(self.may_take(connection, dossier, step), present)) for step in steps}
        # Who releases may have signed: they are another seat only among the steps that are signatures.
        decided = {step: count for step, count in steps.items() if step != RELEASE}
        persons = {step: {each.person for each in found} for step, found in able.items()}
        short = {each.step: each.wanted - each.on_duty for each in lacking(decided, persons)}
        if RELEASE in steps and not able[RELEASE]:
            short[RELEASE] = 1
        return tuple(
            DutyStepView(step, count, tuple(each.name for each in able[step]), short.get(step, 0))
            for step, count in steps.items()
        )

    def findings(self, connection: Connection, dossier: Dossier) -> Sequence[Mapping[str, Any]]:
        """For those who submit and sign: the steps that nobody on duty can complete. They block nothing."""
        return [_finding(each, dossier.row.unit) for each in self.on_duty(connection, dossier) if each.lacking]


def officials_on_duty(connection: Connection, now: int) -> Sequence[Official]:
    """Everybody in office whose shift is under way, in the order of calling, each once."""
    return in_office(connection, (each.official for each in roster.on_duty(connection, now)))


def in_office(connection: Connection, numbers: Iterable[int]) -> Sequence[Official]:
    """Of these officials those who are in office, in this order, each once."""
    found = (officials.by_id(connection, number) for number in dict.fromkeys(numbers))
    return [record.official for record in found if record is not None and record.active]


def _finding(step: DutyStepView, unit: str) -> dict[str, Any]:
    have = step.wanted - step.lacking
    text = f"nobody on duty can complete the step {step.step}: {step.wanted} wanted, {have} on duty"
    values = {"step": step.step, "wanted": step.wanted, "on_duty": have, "unit": unit}
    return {"rule": RULE, "element": step.step, "level": "advice", "text": text, "values": values}
