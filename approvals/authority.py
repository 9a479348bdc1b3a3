"""The authority policy: who may take which step for which stakes, and when the decisions taken are enough.

Default deny: an official may do only what a rule lets him do, and every answer names the rule. Province rules differ,
so every number and name is in `config/authority.toml`; what is here holds everywhere (SEP-1, SEP-2, SEP-3, SEP-5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain

from approvals.answer import Allowed, Answer, Denied
from approvals.approval_rule import ApprovalRule
from approvals.competence import Bench
from approvals.decision import APPROVE, STEP_RIGHTS, Decision
from approvals.evacuation import NOTICE, Evacuation
from approvals.event import NO_EVENTS, Events
from approvals.event_words import with_known_event
from approvals.extent import WarningScope
from approvals.garrison import ALWAYS
from approvals.grant import EMERGENCY, FULL
from approvals.official import Official, Right
from approvals.override import NEVER
from approvals.pattern import matches
from approvals.policy_input import PolicyInput
from approvals.reading import ReadingPolicy
from approvals.rule import CANCEL, RELEASE_PATH, AuthorityRule, Emergency, Partners, join_names
from approvals.standing_paper import StandingPaper

#: 突发事件应对法 (2024) art. 70: a warning ends at once when the danger is over, so a Cancel may always be shortened.
LIFTING = Emergency(("*",), {"sign": 1}, timedelta(hours=2))


class PolicyRefused(Exception):
    """The policy file cannot be trusted, or has no answer: names the place and the rule it breaks."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """How many distinct persons must take each step, and the rule that says so (several joined by ``+``)."""

    rule: str
    steps: Mapping[str, int]
    path: str = FULL
    countersign_within: timedelta | None = None  #: from the release; only the emergency path owes one


@dataclass(frozen=True, slots=True)
class Authorization:
    """The permission to release these very bytes; only `Policy.authorize` and `authorize_standing` make one."""

    alert: int
    digest: str
    rule: str
    decisions: tuple[Decision, ...]  #: those that counted, in the order taken
    path: str = FULL
    countersign_within: timedelta | None = None
    standing: int = 0  #: the standing authorisation (授权书) it rests on; 0 for a release of its own decisions
    delegations: frozenset[int] = frozenset()  #: papers that lent power to any whose word counted
    parties: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  #: account to the issuers its word counted for

    @property
    def ground(self) -> str:
        """By what it was given, for the order: the rule, after the papers where there are any."""
        return f"standing:{self.standing}+{self.rule}" if self.standing else ground(self.delegations, self.rule)


@dataclass(frozen=True, slots=True)
class Missing:
    """What is still wanted: step to number of further persons, in all and of each issuer that lacks any."""

    rule: str
    steps: Mapping[str, int]
    issuers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        """What is missing in words: how many of each step, and of which issuer."""
        each = self.issuers or {"": self.steps}
        return ", ".join(
            f"{number} x {step}" + (f" of {issuer}" if issuer else "")
            for issuer, steps in each.items()
            for step, number in steps.items()
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force. Made by `approvals.load.load_policy`, which refuses gaps, overlaps and unreachable rules.

    `kinds` and `offices` are the words there are for kinds of unit and offices in one, each with what it means.
    """

    rules: tuple[AuthorityRule, ...]
    kinds: Mapping[str, str] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)
    superior_may_override: bool = True
    lifting: Emergency = LIFTING
    override: WarningScope = NEVER  #: the law above people's own choices
    events: Events = NO_EVENTS  #: which event a warning is of, and who is competent for it
    garrison: WarningScope = ALWAYS  #: of which warnings the local garrison is told
    evacuation: Evacuation | None = None  #: who may order people out of danger; without it nobody may
    reading: ReadingPolicy = field(default_factory=ReadingPolicy)  #: which warnings officials read

    def with_known_event(self, stakes: PolicyInput) -> PolicyInput:
        """These stakes with their event as the table knows it."""
        return with_known_event(self.events, stakes)

    def each_event(self, most: Iterable[PolicyInput]) -> Iterator[PolicyInput]:
        """What a paper allows at most, event by event: a pattern is every event of the table that it fits."""
        for each in most:
            found = self.events.fitting(each.event)
            yield from (replace(each, event=event.key) for event in found) if found else (each,)

    def overrides(self, stakes: PolicyInput) -> bool:
        """Whether such a warning goes to those who opted out, too."""
        return self.override.holds(self.with_known_event(stakes))

    def rule_for(self, stakes: PolicyInput, channel: str = "") -> AuthorityRule:
        """The one rule that holds on a channel. Raises PolicyRefused where none does: no rule never means allowed."""
        stakes = self.with_known_event(stakes)
        if stakes.notice == NOTICE:
            if self.evacuation is not None and self.evacuation.covers(stakes.event):
                return self.evacuation.rule
            raise PolicyRefused(f"no urgent evacuation notice is provided for event {stakes.event!r}: refer it")
        ranked = [
            (rule.rank(pattern), rule)
            for rule in self.rules
            if rule.applies(stakes, channel)
            for pattern in rule.events
            if matches(pattern, stakes.event)
        ]
        if not ranked:
            raise PolicyRefused(f"no rule for level {stakes.level.word}, event {stakes.event!r}")
        return max(ranked, key=lambda pair: pair[0])[1]

    def rules_for(self, stakes: PolicyInput) -> tuple[AuthorityRule, ...]:
        """The rules that hold, by id: one per channel, so that no further channel loosens what one of them demands."""
        stakes = self.with_known_event(stakes)
        named = {channel for rule in self.rules for channel in rule.channels}
        channels = {channel if channel in named else "" for channel in stakes.channels} or {""}
        held = {rule.id: rule for rule in (self.rule_for(stakes, channel) for channel in channels)}
        return tuple(held[name] for name in sorted(held))

    def requirement(self, stakes: PolicyInput, path: str = FULL) -> Requirement:
        """The steps and numbers of persons these stakes demand. Raises PolicyRefused, also where no such path is."""
        stakes = self.with_known_event(stakes)
        rules = self.rules_for(stakes)
        name = join_names(rules)
        if path == FULL and stakes.notice != NOTICE:  # an evacuation notice owes its countersignature in any case
            return Requirement(name, _most(rule.steps for rule in rules))
        if path not in (FULL, EMERGENCY):
            raise PolicyRefused(f"path {path!r} is not one of {FULL}, {EMERGENCY}")
        flows = [self._emergency_path(rule, stakes) for rule in rules]
        within = min(flow.countersign for flow in flows)
        return Requirement(name, _most(flow.steps for flow in flows), EMERGENCY, within)

    def may(
        self, official: Official, right: Right, stakes: PolicyInput, path: str = FULL, *, overriding: bool = False
    ) -> Answer:
        """Whether the official may use the right for these stakes, authorship aside (see `workflow.judge`).

        Every door asks this. Powers lent to the unit count where the unit's own do not reach: never more than the
        grantor's (AUTH-3). `overriding`: a superior of the issuer says why it acts in its place. Raises PolicyRefused.
        """
        if right in RELEASE_PATH and official.may(Right.ADMINISTER):
            return Denied(ApprovalRule.SEP_5, "an administrator of the platform has no part in releasing a warning")
        if not official.may(right):
            return Denied(ApprovalRule.RIGHT, f"the official does not hold the right to {right}")
        stakes = self.with_known_event(stakes)
        bench = Bench(self.rules_for(stakes), self.events, self.superior_may_override)
        if right not in RELEASE_PATH:
            return Allowed(join_names(bench.rules))
        own = bench.own(official, right, stakes, overriding=overriding)
        if isinstance(own, Allowed):
            return own
        lent = (bench.judge_lent(official, grant, right, stakes, path) for grant in official.grants)
        return next((answer for answer in lent if answer is not None), own)

    def partners(self, stakes: PolicyInput) -> Partners:
        """The kinds of units without which nobody warns of this: by the rules that hold, else by the table."""
        stakes = self.with_known_event(stakes)
        stated = [rule.partners for rule in self.rules_for(stakes) if rule.partners is not None]
        event = self.events.of(stakes.event)
        if stated or event is None:
            joint, consulted = ([each.joint for each in stated], [each.consulted for each in stated])
            return Partners(tuple(dict.fromkeys(chain(*joint))), tuple(dict.fromkeys(chain(*consulted))))
        return Partners(event.signers, event.consulted)

    def authorize(
        self,
        stakes: PolicyInput,
        digest: str,
        authors: frozenset[int],
        decisions: Sequence[Decision],
        *,
        alert: int,
        path: str = FULL,
    ) -> Authorization | Missing:
        """The authorization, or what it still lacks.

        `authors` are the ids of the creator, every editor and the submitter. Only approvals of exactly `digest` by
        officials who may take that step count, none by an author (SEP-1), one per person (SEP-2), and two persons in
        all have had a part in it, whatever the steps. Raises PolicyRefused.
        """
        requirement = self.requirement(stakes, path)
        found = self._count(requirement, stakes, _DecidedContent(digest, authors, decisions))
        if isinstance(found, Missing):
            return found
        lent = frozenset(decision.delegation for decision in found) - {0}
        within = requirement.countersign_within
        counted, parties = tuple(found), {each.official.id: whose for each, whose in found.items() if any(whose)}
        return Authorization(alert, digest, requirement.rule, counted, path, within, delegations=lent, parties=parties)

    def authorize_standing(
        self, standing: StandingPaper, stakes: PolicyInput, digest: str, *, alert: int, at: datetime
    ) -> Authorization | Denied:
        """The authorization of one release under a standing authorisation (授权书), or why there is none.

        The paper's own decisions must be all the policy asks for the most it allows, and for this very release: the
        policy may have grown stricter since (AUTH-3). `at` is now. Raises PolicyRefused.
        """
        held = self.uphold(standing, stakes, at)
        if isinstance(held, Denied):
            return held
        return Authorization(alert, digest, join_names(self.rules_for(stakes)), held, standing=standing.id)

    def uphold(self, paper: StandingPaper, stakes: PolicyInput, at: datetime) -> tuple[Decision, ...] | Denied:
        """The decisions that carry a paper for these stakes at this moment, or why it carries nothing.

        Whoever signed it signed with their own power: nothing lent is lent further (AUTH-4). Whose the warning is is
        asked of nobody who signed the paper: it is the paper that speaks. Raises PolicyRefused.
        """
        stakes = self.with_known_event(stakes).without_issuers()
        if reason := paper.refuses(stakes, at):
            return Denied(ApprovalRule.AUTH_1, reason)
        said = _DecidedContent(paper.digest, paper.authors, paper.decisions)
        counted: tuple[Decision, ...] = ()
        for each in (*self.each_event(paper.maximum), stakes):
            found = self._count(self.requirement(each), each, said)
            if isinstance(found, Missing):
                return Denied(found.rule, f"the paper itself lacks {found.in_words}")
            counted = tuple(found)
        return counted

    # --- counting

    def _count(
        self, requirement: Requirement, stakes: PolicyInput, said: _DecidedContent
    ) -> Mapping[Decision, tuple[str, ...]] | Missing:
        """The decisions that count, in the order taken, each with the issuers it counts for; or what is missing.

        Every issuer wants every step of its own: who issues jointly signs for itself (联合发布).
        """
        issuers = tuple(unit.name for unit in stakes.issuers) or ("",)
        wanted = {issuer: dict(requirement.steps) for issuer in issuers}
        counted: dict[Decision, tuple[str, ...]] = {}
        persons: set[int] = set()
        for decision in sorted(said.decisions, key=lambda d: d.at):
            official = decision.official
            lacking = [issuer for issuer in issuers if wanted[issuer].get(decision.step, 0)]
            if not lacking or official.person in persons or {official.id, official.person} & said.authors:
                continue
            if found := [each for each in lacking if each in self._counts(decision, said.digest, stakes, requirement)]:
                for issuer in found:
                    wanted[issuer][decision.step] -= 1
                persons.add(official.person)
                counted[decision] = tuple(found)
        if not any(any(steps.values()) for steps in wanted.values()) and not said.authors and len(persons) < 2:
            wanted[issuers[0]]["sign"] = 1  # a machine wrote it: one signature would be one person in all
        return _missing(requirement, wanted) or counted

    def _counts(self, decision: Decision, digest: str, stakes: PolicyInput, requirement: Requirement) -> frozenset[str]:
        """The issuers for whom an approval counts; the empty name where the stakes name none."""
        right = STEP_RIGHTS.get(decision.step)
        if right is None or decision.verdict != APPROVE or not digest or decision.digest != digest:
            return frozenset()
        answer = self.may(decision.official, right, stakes, requirement.path)
        if not isinstance(answer, Allowed):
            return frozenset()
        return answer.issuers if stakes.issuers else frozenset({""})

    def _emergency_path(self, rule: AuthorityRule, stakes: PolicyInput) -> Emergency:
        if rule.emergency is not None and rule.has_emergency(stakes):
            return rule.emergency
        if stakes.msg_type == CANCEL:
            return self.lifting
        raise PolicyRefused(f"rule {rule.id}: there is no emergency path for event {stakes.event!r}")


@dataclass(frozen=True, slots=True)
class _DecidedContent:
    """What was decided about one content, and who wrote it."""

    digest: str
    authors: frozenset[int]
    decisions: Sequence[Decision]


def _missing(requirement: Requirement, wanted: Mapping[str, Mapping[str, int]]) -> Missing | None:
    left = {issuer: {step: number for step, number in steps.items() if number} for issuer, steps in wanted.items()}
    left = {issuer: steps for issuer, steps in left.items() if steps}
    if not left:
        return None
    summed: dict[str, int] = {}
    for steps in left.values():
        for step, number in steps.items():
            summed[step] = summed.get(step, 0) + number
    return Missing(requirement.rule, summed, left if set(left) != {""} else {})


def ground(delegations: Iterable[int], rule: str) -> str:
    """The name of a rule with the papers that lent power under it, such as ``delegation:3+general``."""
    return "+".join([*(f"delegation:{number}" for number in sorted(delegations)), rule])


def delegations_in(named: str) -> frozenset[int]:
    """The papers that such a name begins with."""
    parts = (part.partition(":") for part in named.split("+"))
    return frozenset(int(number) for word, _, number in parts if word == "delegation" and number.isdecimal())


def _most(steps: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """For each step the greatest number any of the rules demands."""
    most: dict[str, int] = {}
    for each in steps:
        for step, number in each.items():
            most[step] = max(number, most.get(step, 0))
    return most
