"""The authority policy: who may take which step for which stakes, and when the decisions taken are enough.

Default deny: an official may do only what a rule lets him do, and every answer names the rule. Province rules differ,
so every number and name is in `config/authority.toml`; what is here holds everywhere (SEP-1, SEP-2, SEP-3, SEP-5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from approvals.decision import APPROVE, STEP_RIGHTS, Decision
from approvals.level import Level
from approvals.official import Official, Right
from approvals.pattern import matches, weight
from approvals.stakes import Stakes
from targeting.region import NATION, covers, is_chinese, level_of

#: Tiers of a unit, by the level of its area; an area that is no Chinese code is ``foreign``.
TIERS = ("country", "province", "prefecture", "county", "township", "village")
FOREIGN = "foreign"

#: Rights that an administrator of the platform never holds, whatever the account says (SEP-5).
RELEASE_PATH = frozenset({Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE})


class PolicyRefused(Exception):
    """The policy file cannot be trusted: names the place and the rule it breaks."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one law demands for some levels and events. `source` names that law.

    `area` is the region whose law this is. `tiers` and `kinds` are the units whose officials may review, sign and
    release; empty means any. Of several rules that apply, the greatest `precedence` holds, then the deepest area,
    then the most specific event pattern.
    """

    id: str
    levels: frozenset[Level]
    events: tuple[str, ...]
    steps: Mapping[str, int]  #: distinct persons wanted per step
    source: str
    area: str = NATION
    tiers: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    precedence: int = 0

    def rank(self, pattern: str) -> tuple[int, int, bool, int]:
        """The order among rules that apply, for one of this rule's patterns."""
        return self.precedence, level_of(self.area), *weight(pattern)

    def applies(self, stakes: Stakes) -> bool:
        """True where level, event and every target are this rule's."""
        inside = self.area == NATION or (bool(stakes.areas) and all(covers(self.area, key) for key in stakes.areas))
        return inside and stakes.level in self.levels and any(matches(p, stakes.event) for p in self.events)


@dataclass(frozen=True, slots=True)
class Requirement:
    """How many distinct persons must take each step, and the rule that says so."""

    rule: str
    steps: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The official may, by this rule."""

    rule: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The official may not; `reason` is fit to be shown to him."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Authorization:
    """The permission to release these very bytes; only `Policy.authorize` makes one."""

    alert: int
    digest: str
    rule: str
    decisions: tuple[Decision, ...]  #: those that counted, in the order taken


@dataclass(frozen=True, slots=True)
class Missing:
    """What is still wanted: step to number of further persons."""

    rule: str
    steps: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force. Made by `approvals.load.load_policy`, which refuses gaps, overlaps and unreachable rules.

    `kinds` maps a kind of unit to patterns of unit names, e.g. ``meteorological`` to ``*气象*``.
    """

    rules: tuple[Rule, ...]
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def rule_for(self, stakes: Stakes) -> Rule:
        """The one rule that holds. Raises PolicyRefused where none applies: no rule never means allowed."""
        ranked = [
            (rule.rank(pattern), rule)
            for rule in self.rules
            if rule.applies(stakes)
            for pattern in rule.events
            if matches(pattern, stakes.event)
        ]
        if not ranked:
            raise PolicyRefused(f"no rule for level {stakes.level.word}, event {stakes.event!r}")
        return max(ranked, key=lambda pair: pair[0])[1]

    def requirement(self, stakes: Stakes) -> Requirement:
        """The steps and numbers of persons these stakes demand. Raises PolicyRefused."""
        rule = self.rule_for(stakes)
        return Requirement(rule.id, dict(rule.steps))

    def may(self, official: Official, right: Right, stakes: Stakes) -> Allowed | Denied:
        """Whether the official may use the right for these stakes, authorship aside (see `workflow.judge`)."""
        if right in RELEASE_PATH and official.may(Right.ADMINISTER):
            return Denied("SEP-5", "an administrator of the platform has no part in releasing a warning")
        if not official.may(right):
            return Denied("RIGHT", f"the official does not hold the right to {right}")
        rule = self.rule_for(stakes)
        outside = sorted(key for key in stakes.areas or {NATION} if not under(official.area, key))
        if right in RELEASE_PATH and outside:
            # 突发事件应对法 (2024) art. 18: an event beyond one's area belongs to the common superior.
            return Denied("LAW-18", f"outside the area {official.area} of {official.unit}: {_few(outside)}")
        if right in RELEASE_PATH - {Right.DRAFT} and (reason := self._unfit(official, rule)):
            return Denied(rule.id, reason)
        return Allowed(rule.id)

    def authorize(
        self, stakes: Stakes, digest: str, authors: frozenset[int], decisions: Sequence[Decision], *, alert: int
    ) -> Authorization | Missing:
        """The authorization, or what it still lacks.

        `authors` are the ids of the creator, every editor and the submitter. Only approvals of exactly `digest` by
        officials who may take that step count, none by an author (SEP-1), one per person (SEP-2). Raises PolicyRefused.
        """
        requirement = self.requirement(stakes)
        wanted = dict(requirement.steps)
        counted: list[Decision] = []
        persons: set[int] = set()
        for decision in sorted(decisions, key=lambda d: d.at):
            official = decision.official
            if wanted.get(decision.step, 0) == 0 or official.person in persons:
                continue
            if official.id in authors or official.person in authors:
                continue
            if self._counts(decision, digest, stakes):
                wanted[decision.step] -= 1
                persons.add(official.person)
                counted.append(decision)
        if any(wanted.values()):
            return Missing(requirement.rule, {step: number for step, number in wanted.items() if number})
        return Authorization(alert, digest, requirement.rule, tuple(counted))

    def _counts(self, decision: Decision, digest: str, stakes: Stakes) -> bool:
        right = STEP_RIGHTS.get(decision.step)
        if right is None or decision.verdict != APPROVE or not digest or decision.digest != digest:
            return False
        return isinstance(self.may(decision.official, right, stakes), Allowed)

    def _unfit(self, official: Official, rule: Rule) -> str:
        """Why the official's unit is not one the rule names; empty where it is."""
        if rule.tiers and tier(official.area) not in rule.tiers:
            return f"a unit at the tier {tier(official.area)} may not; {', '.join(sorted(rule.tiers))} may"
        patterns = [pattern for kind in rule.kinds for pattern in self.kinds.get(kind, ())]
        if rule.kinds and not any(matches(pattern, official.unit) for pattern in patterns):
            return f"{official.unit} is not a unit of the kind {', '.join(sorted(rule.kinds))}"
        return ""


def under(area: str, key: str) -> bool:
    """True where the region `key` lies in `area`; the whole country answers for foreign keys too."""
    return area == NATION or covers(area, key)


def tier(area: str) -> str:
    """The tier of a unit by its area."""
    return TIERS[level_of(area)] if is_chinese(area) else FOREIGN


def _few(keys: Sequence[str], most: int = 3) -> str:
    more = f" and {len(keys) - most} more" if len(keys) > most else ""
    return ", ".join(keys[:most]) + more
