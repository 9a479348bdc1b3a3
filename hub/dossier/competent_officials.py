"""Who can take the next step of a warning: asked of the policy as the act itself will ask it, so that nobody is called
in vain. And what those on duty cannot complete between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection

from approvals.answer import Allowed
from approvals.authority import Policy, PolicyRefused
from approvals.decision import APPROVE, STEP_RIGHTS
from approvals.official import Official, Right
from approvals.workflow import Attempt, Case, DecisionRefused, judge
from hub.alert.views import DutyStepView
from hub.clock import Clock, from_ms, to_ms
from hub.dossier.delegation import Lending
from hub.dossier.frozen import Dossier
from hub.dossier.missing_persons import lacking
from hub.dossier.signature_progress import steps_of
from hub.rules.rule import Rule
from hub.store.access import officials
from hub.store.register import roster
from hub.store.register.roster import SealedContact

RELEASE = "release"  #: the step after all signatures


class Seat(NamedTuple):
    """A step to be taken; `issuer` is the unit that takes it for itself where several issue the warning."""

    step: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Asks the policy with the powers of now."""

    clock: Clock
    policy: Policy
    lending: Lending

    def steps(self, connection: Connection, dossier: Dossier) -> dict[Seat, int]:
        """Every step that is still to be taken, in order, and by how many persons; the release is the last.

        Empty where no rule of authority applies.
        """
        found = steps_of(self.policy, self.lending.with_sealed_decisions(connection, dossier))
        if any(each.step == "rule" for each in found):
            return {}
        wanted = {Seat(each.step, each.issuer): each.wanted - each.given for each in found if each.wanted > each.given}
        return {**wanted, Seat(RELEASE): 1}

    def may_take(self, connection: Connection, dossier: Dossier, seat: Seat) -> Callable[[Official], bool]:
        """Whether an official can take the step, authorship, earlier decisions and lent powers considered, and whether
        it would count for the issuer who lacks it.
        """
        dossier = self.lending.with_sealed_decisions(connection, dossier)
        row, at = dossier.row, from_ms(to_ms(self.clock.now()))
        case = Case(row.digest or "", dossier.authors, dossier.stakes, dossier.deciders, row.path)

        def may(official: Official) -> bool:
            able = self.lending.with_lent_powers(connection, official, dossier.stakes)
            right = Right.RELEASE if seat.step == RELEASE else STEP_RIGHTS[seat.step]
            try:
                if seat.step != RELEASE:
                    judge(self.policy, case, Attempt(able, seat.step, APPROVE, case.digest, at))
                answer = self.policy.may(able, right, dossier.stakes, row.path)
            except (DecisionRefused, PolicyRefused):
                return False
            return isinstance(answer, Allowed) and seat.issuer in ("", *answer.issuers)

        return may

    def on_duty(self, connection: Connection, dossier: Dossier) -> tuple[DutyStepView, ...]:
        """Step by step, who on duty can take it and how many persons it lacks; nothing where no roster is kept."""
        if not roster.is_kept(connection):
            return ()
        present = officials_on_duty(connection, to_ms(self.clock.now()))
        steps = self.steps(connection, dossier)
        known = roster.contacts(connection, {each.id for each in present})
        able = {seat: list(filter(self.may_take(connection, dossier, seat), present)) for seat in steps}
        mute = {seat: [each for each in found if not _can_be_called(each, known)] for seat, found in able.items()}
        able = {seat: [each for each in found if each not in mute[seat]] for seat, found in able.items()}
        # Who releases may have signed: they are another seat only among the steps that are signatures.
        decided = {seat: count for seat, count in steps.items() if seat.step != RELEASE}
        persons = {seat: {each.person for each in found} for seat, found in able.items()}
        short = {each.step: each.wanted - each.on_duty for each in lacking(decided, persons)}
        short |= {seat: 1 for seat in steps.keys() - decided.keys() if not able[seat]}
        return tuple(
            DutyStepView(seat.step, count, _names(able[seat]), short.get(seat, 0), seat.issuer, _names(mute[seat]))
            for seat, count in steps.items()
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


def _can_be_called(official: Official, known: Mapping[int, SealedContact]) -> bool:
    return official.id in known and bool(known[official.id].media)


def _names(among: Sequence[Official]) -> tuple[str, ...]:
    return tuple(each.name for each in among)


def _finding(step: DutyStepView, unit: str) -> dict[str, Any]:
    have, unit = step.wanted - step.lacking, step.issuer or unit
    text = f"nobody on duty can complete the step {step.step} of {unit}: {step.wanted} wanted, {have} on duty"
    if step.uncallable:
        text += f"; {', '.join(step.uncallable)} cannot be called, since no number is entered: enter it in the roster"
    values = {"step": step.step, "wanted": step.wanted, "on_duty": have, "unit": unit}
    return {"rule": Rule.DUTY_LACKS_STEP, "element": step.step, "level": "advice", "text": text, "values": values}
