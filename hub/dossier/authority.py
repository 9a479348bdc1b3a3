"""May X do this, and by which rule: the policy's answers for people, about a case that is thought up or an alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from approvals.answer import Allowed, Answer, Denied, Referral
from approvals.authority import Missing, Policy, PolicyRefused, Requirement
from approvals.decision import APPROVE, STEP_RIGHTS, Decision
from approvals.evacuation import NOTICE
from approvals.grant import EMERGENCY, FULL
from approvals.level import Level
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput
from approvals.rule import RELEASE_PATH
from approvals.territory import upward
from approvals.workflow import Case, DecisionRefused, must_be_apart, must_be_asked
from hub.dossier import frozen
from hub.dossier.delegation import Lending
from hub.dossier.refusals import as_refusals
from hub.errors import Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.access import officials, units
from hub.store.access.officials import OfficialRecord
from hub.transaction import Tx


@dataclass(frozen=True, slots=True)
class AuthorityQuestion:
    """A warning that is thought up: level, event and region keys of its targets, and what is to be done with it.

    `path` is the whole flow, the shortened one, or that of an urgent evacuation notice (`NOTICE`), which has no
    `level` of its own: there the policy's counts, whatever is said.
    """

    act: Right
    level: Level | None
    event: str
    areas: frozenset[str]
    channels: frozenset[str] = frozenset()
    msg_type: str = "Alert"
    path: str = FULL
    #: how long it would be in force; a bound on that cannot be kept where it is not said
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CompetentUnit:
    """The unit that may instead: its area, tier and kinds, and the names of the units there are that fit."""

    area: str
    tier: str
    kinds: tuple[str, ...]
    trigger: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorityExplanation:
    """`answer` is allowed, referral or denied; `sources` name the law of each rule that holds; `rule` is what fired,
    and `remedy` what can be done instead.
    """

    official: str
    unit: str
    act: str
    answer: str
    rule: str
    reason: str
    sources: Mapping[str, str]
    steps: Mapping[str, int]
    grant: int = 0
    remedy: str = ""
    referral: CompetentUnit | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How many persons a step wants, and how many are still missing; `issuer` is whose own step it is where several
    units issue the warning, each to sign for itself.
    """

    step: str
    wanted: int
    missing: int
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class EmergencyPath:
    """The emergency path: its steps, and the minutes within which it owes a countersignature."""

    steps: Mapping[str, int]
    countersign_minutes: float


@dataclass(frozen=True, slots=True)
class AlertAuthority:
    """Who is still wanted for one alert, and what the caller may do with it, act by act."""

    alert: int
    stage: str
    path: str
    rule: str
    sources: Mapping[str, str]
    steps: tuple[Step, ...]
    emergency: EmergencyPath | None
    you: Mapping[str, AuthorityExplanation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Authority:
    """Asks the policy and changes nothing."""

    policy: Policy
    lending: Lending

    def explain(self, tx: Tx, who: str, question: AuthorityQuestion) -> AuthorityExplanation:
        """Whether the official (number or name) may. Raises NotFound, and Conflict where no rule holds."""
        stakes = PolicyInput(
            self._level(question),
            question.event,
            question.areas,
            question.channels,
            persons=0,
            msg_type=question.msg_type,
            world="live",
            at=tx.now,
            lasts=question.lasts,
            notice=NOTICE if question.path == NOTICE else "",
        )
        path = EMERGENCY if question.path == NOTICE else question.path  # a notice has no other way

        with as_refusals():
            record = _official(tx.connection, who)
            able = self.lending.with_lent_powers(tx.connection, record.official, stakes)
            answer: Answer = (
                _in_office(record) or self._no_path(stakes, path) or self.policy.may(able, question.act, stakes, path)
            )
            return self._explanation(tx.connection, record.official, question.act, stakes, answer)

    def _level(self, question: AuthorityQuestion) -> Level:
        """The level the rules are asked about. Raises Invalid where none is said of a warning."""
        if question.path == NOTICE and self.policy.evacuation is not None:
            return Level.of_severity(self.policy.evacuation.severity)
        if question.level is None:
            raise Invalid("a warning has a level: say which", rule=Rule.QUERY_WORD, place="level")
        return question.level

    def _no_path(self, stakes: PolicyInput, path: str) -> Denied | None:
        """Why nobody may go this way: the event has no shortened flow."""
        try:
            self.policy.requirement(stakes, path)
        except PolicyRefused as error:
            return Denied("path", str(error)) if path == EMERGENCY else None
        return None

    def explain_alert(self, tx: Tx, who: str, alert_id: int, act: Right) -> AuthorityExplanation:
        """What the policy answers about an alert as it stands; whoever wrote it or has decided on it is told so too."""
        with as_refusals():
            record = _official(tx.connection, who)
            dossier = self._dossier(tx.connection, alert_id)
            able = self.lending.with_lent_powers(tx.connection, record.official, dossier.stakes)
            answer = _in_office(record) or self._answer(tx.now, dossier, able, act)
            return self._explanation(tx.connection, record.official, act, dossier.stakes, answer)

    def of_alert(self, tx: Tx, official: Official, alert_id: int) -> AlertAuthority:
        """Everything the official must know about the authority for one alert. Raises NotFound, Conflict."""
        with as_refusals():
            dossier = self._dossier(tx.connection, alert_id)
            path = _path(dossier)
            able = self.lending.with_lent_powers(tx.connection, official, dossier.stakes)
            requirement = self.policy.requirement(dossier.stakes, path)
            answers = {act: self._answer(tx.now, dossier, able, act) for act in sorted(RELEASE_PATH)}
            return AlertAuthority(
                alert=alert_id,
                stage=str(dossier.row.stage),
                path=path,
                rule=requirement.rule,
                sources=self._sources(dossier.stakes),
                steps=self._steps(dossier, requirement),
                emergency=self._emergency(dossier.stakes),
                you={
                    act.value: self._explanation(tx.connection, official, act, dossier.stakes, answer)
                    for act, answer in answers.items()
                },
            )

    def _dossier(self, connection: Connection, alert_id: int) -> frozen.Dossier:
        return self.lending.with_sealed_decisions(connection, frozen.of(connection, alert_id))

    def _answer(self, now: datetime, dossier: frozen.Dossier, official: Official, act: Right) -> Answer:
        """As the decision itself would be judged, its digest aside."""
        row, path = dossier.row, _path(dossier)
        step = next((step for step, right in STEP_RIGHTS.items() if right is act), "")
        case = Case(row.digest or "", dossier.authors, dossier.stakes, dossier.deciders, path, dossier.decisions)
        try:
            if step:
                must_be_apart(case, official)
            answer = self.policy.may(official, act, dossier.stakes, path)
            if step and case.digest and isinstance(answer, Allowed):
                taken = Decision(official, step, APPROVE, case.digest, now, delegation=answer.grant)
                must_be_asked(self.policy, [case], taken)
        except DecisionRefused as error:
            return Denied(error.rule, error.text, remedy=error.remedy)
        return answer

    def _steps(self, dossier: frozen.Dossier, requirement: Requirement) -> tuple[Step, ...]:
        found = self.policy.authorize(
            dossier.stakes,
            dossier.row.digest or "",
            dossier.authors,
            dossier.decisions,
            alert=dossier.row.id,
            path=requirement.path,
        )
        wanted = {step: number for step, number in requirement.steps.items() if number}
        names = [unit.name for unit in dossier.stakes.issuers]
        lacking = found.issuers if isinstance(found, Missing) else {}
        if len(names) < 2:
            return _steps("", wanted, found.steps if isinstance(found, Missing) else {})
        return tuple(step for name in names for step in _steps(name, wanted, lacking.get(name, {})))

    def _emergency(self, stakes: PolicyInput) -> EmergencyPath | None:
        try:
            found = self.policy.requirement(stakes, EMERGENCY)
        except PolicyRefused:
            return None
        within = found.countersign_within
        return EmergencyPath(found.steps, within.total_seconds() / 60 if within is not None else 0)

    def _explanation(
        self, connection: Connection, official: Official, act: Right, stakes: PolicyInput, answer: Answer
    ) -> AuthorityExplanation:
        word = "allowed" if isinstance(answer, Allowed) else "referral" if isinstance(answer, Referral) else "denied"
        return AuthorityExplanation(
            official=official.name,
            unit=official.unit,
            act=act.value,
            answer=word,
            rule=answer.rule,
            reason="" if isinstance(answer, Allowed) else answer.reason,
            sources=self._sources(stakes),
            steps=self.policy.requirement(stakes).steps,
            grant=answer.grant if isinstance(answer, Allowed) else 0,
            remedy="" if isinstance(answer, Allowed) else answer.remedy,
            referral=competent(connection, answer) if isinstance(answer, Referral) else None,
        )

    def _sources(self, stakes: PolicyInput) -> dict[str, str]:
        return {rule.id: rule.source for rule in self.policy.rules_for(stakes)}


def _steps(issuer: str, wanted: Mapping[str, int], missing: Mapping[str, int]) -> tuple[Step, ...]:
    return tuple(
        Step(step, max(number, missing.get(step, 0)), missing.get(step, 0), issuer) for step, number in wanted.items()
    )


def _path(dossier: frozen.Dossier) -> str:
    return EMERGENCY if dossier.row.path == EMERGENCY else FULL


def _in_office(record: OfficialRecord) -> Denied | None:
    return None if record.active else Denied("OFFICE", "the official is out of office")


def competent(connection: Connection, answer: Referral) -> CompetentUnit:
    """Whom a referral leads to, with the names of the units at work there."""
    found = tuple(unit.name for unit in fitting(connection, answer) if unit.area == answer.area)
    return CompetentUnit(answer.area, answer.tier, answer.kinds, answer.trigger, found)


def fitting(connection: Connection, answer: Referral) -> list[units.Unit]:
    """The units at work that answer for the area of a referral and are of one of its kinds, the nearest above first."""
    known = [each for each in units.everything(connection) if each.active]
    fit = [each for each in known if not answer.kinds or each.kind in answer.kinds]
    return [each for area in upward(answer.area) for each in fit if each.area == area]


def _official(connection: Connection, who: str) -> OfficialRecord:
    number = int(who) if who.isascii() and who.isdigit() and len(who) <= 18 else None
    found = officials.by_id(connection, number) if number is not None else officials.by_name(connection, who)
    if found is None:
        raise NotFound(f"there is no official {who[:64]!r}", rule=Rule.OFFICIAL_UNKNOWN, place="official")
    return officials.must_be_readable(found)
