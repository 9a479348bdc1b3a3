"""The authority policy: who may take which step for which stakes, and when the decisions taken are enough.

Default deny: an official may do only what a rule lets him do, and every answer names the rule. Province rules differ,
so every number and name is in `config/authority.toml`; what is here holds everywhere (SEP-1, SEP-2, SEP-3, SEP-5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from approvals.decision import APPROVE, STEP_RIGHTS, Decision
from approvals.evacuation import NOTICE, Evacuation
from approvals.event import NO_EVENTS, READ, Event, Events
from approvals.event_words import known
from approvals.extent import Extent
from approvals.garrison import ALWAYS
from approvals.grant import EMERGENCY, FULL
from approvals.official import Official, Right
from approvals.override import NEVER
from approvals.pattern import matches
from approvals.rule import CANCEL, RELEASE_PATH, Emergency, Rule
from approvals.stakes import Stakes
from approvals.standing_paper import StandingPaper
from approvals.territory import above, common_superior, raised, tier, under, upward
from targeting.region import NATION

GOVERNMENT = "government"  #: the kind of unit that may act in the place of any unit below it (UC-1)
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
class Allowed:
    """The official may, by this rule; `grant` is the paper that lent the power, 0 where it is the unit's own."""

    rule: str
    grant: int = 0


@dataclass(frozen=True, slots=True)
class Denied:
    """The official may not; `reason` is fit to be shown to him."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandUp(Denied):
    """The official may not, but a unit of `area` (at `tier`, of one of `kinds` where any are named) may.

    It is a refusal first: whoever asks only whether something was denied lets nothing pass.
    `trigger` is HU-1 (level), HU-2 (a change raises it), HU-3 (area), HU-4 (event), HU-5 (social security).
    """

    area: str
    tier: str
    kinds: tuple[str, ...] = ()
    trigger: str = "HU-1"


Answer = Allowed | Denied


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

    @property
    def ground(self) -> str:
        """By what it was given, for the order: the rule, after the papers where there are any."""
        return f"standing:{self.standing}+{self.rule}" if self.standing else ground(self.delegations, self.rule)


@dataclass(frozen=True, slots=True)
class Missing:
    """What is still wanted: step to number of further persons."""

    rule: str
    steps: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force. Made by `approvals.load.load_policy`, which refuses gaps, overlaps and unreachable rules.

    `kinds` and `offices` are the words there are for kinds of unit and offices in one, each with what it means.
    """

    rules: tuple[Rule, ...]
    kinds: Mapping[str, str] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)
    superior_may_override: bool = True
    lifting: Emergency = LIFTING
    override: Extent = NEVER  #: the law above people's own choices
    events: Events = NO_EVENTS  #: which event a warning is of, and who is competent for it
    garrison: Extent = ALWAYS  #: of which warnings the local garrison is told
    evacuation: Evacuation | None = None  #: who may order people out of danger; without it nobody may

    def known(self, stakes: Stakes) -> Stakes:
        """The same with its event as the table knows it."""
        return known(self.events, stakes)

    def meant(self, most: Iterable[Stakes]) -> Iterator[Stakes]:
        """What a paper allows at most, event by event: a pattern is every event of the table that it fits."""
        for each in most:
            found = self.events.fitting(each.event)
            yield from (replace(each, event=event.key) for event in found) if found else (each,)

    def overrides(self, stakes: Stakes) -> bool:
        """Whether such a warning goes to those who opted out, too."""
        return self.override.holds(self.known(stakes))

    def rule_for(self, stakes: Stakes, channel: str = "") -> Rule:
        """The one rule that holds on a channel. Raises PolicyRefused where none does: no rule never means allowed."""
        stakes = self.known(stakes)
        if stakes.notice == NOTICE:
            if self.evacuation is not None and self.evacuation.covers(stakes):
                return self.evacuation.rule
            raise PolicyRefused(f"no urgent evacuation notice is provided for event {stakes.event!r}: hand it up")
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

    def rules_for(self, stakes: Stakes) -> tuple[Rule, ...]:
        """The rules that hold, by id: one per channel, so that no further channel loosens what one of them demands."""
        stakes = self.known(stakes)
        named = {channel for rule in self.rules for channel in rule.channels}
        channels = {channel if channel in named else "" for channel in stakes.channels} or {""}
        held = {rule.id: rule for rule in (self.rule_for(stakes, channel) for channel in channels)}
        return tuple(held[name] for name in sorted(held))

    def requirement(self, stakes: Stakes, path: str = FULL) -> Requirement:
        """The steps and numbers of persons these stakes demand. Raises PolicyRefused, also where no such path is."""
        stakes = self.known(stakes)
        rules = self.rules_for(stakes)
        name = joined(rules)
        if path == FULL and stakes.notice != NOTICE:  # an evacuation notice owes its countersignature in any case
            return Requirement(name, _most(rule.steps for rule in rules))
        if path not in (FULL, EMERGENCY):
            raise PolicyRefused(f"path {path!r} is not one of {FULL}, {EMERGENCY}")
        flows = [self._shortened(rule, stakes) for rule in rules]
        within = min(flow.countersign for flow in flows)
        return Requirement(name, _most(flow.steps for flow in flows), EMERGENCY, within)

    def may(self, official: Official, right: Right, stakes: Stakes, path: str = FULL) -> Answer:
        """Whether the official may use the right for these stakes, authorship aside (see `workflow.judge`).

        Powers lent to the unit count where the unit's own do not reach: never more than the grantor's (AUTH-3).
        Raises PolicyRefused.
        """
        if right in RELEASE_PATH and official.may(Right.ADMINISTER):
            return Denied("SEP-5", "an administrator of the platform has no part in releasing a warning")
        if not official.may(right):
            return Denied("RIGHT", f"the official does not hold the right to {right}")
        stakes = self.known(stakes)
        rules = self.rules_for(stakes)
        if right not in RELEASE_PATH:
            return Allowed(joined(rules))
        own = self._judged(official, right, stakes, rules)
        if isinstance(own, Allowed) or not all(rule.delegable for rule in rules):
            return own
        for grant in official.grants:
            if grant.covers(right, stakes, path):
                lent = replace(official, unit=grant.unit, area=grant.area, kind=grant.kind)
                mine = replace(stakes, issuer_unit="") if stakes.issuer_unit == official.unit else stakes
                if isinstance(self._judged(lent, right, mine, rules), Allowed):
                    return Allowed(joined(rules), grant.id)
        return own

    def authorize(
        self,
        stakes: Stakes,
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
        found = self._counted(requirement, stakes, _Said(digest, authors, decisions))
        if isinstance(found, Missing):
            return found
        lent = frozenset(decision.delegation for decision in found) - {0}
        granted = (alert, digest, requirement.rule, found, path, requirement.countersign_within)
        return Authorization(*granted, delegations=lent)

    def authorize_standing(
        self, standing: StandingPaper, stakes: Stakes, digest: str, *, alert: int, at: datetime
    ) -> Authorization | Denied:
        """The authorization of one release under a standing authorisation (授权书), or why there is none.

        The paper's own decisions must be all the policy asks for the most it allows, and for this very release: the
        policy may have grown stricter since (AUTH-3). `at` is now. Raises PolicyRefused.
        """
        held = self.upheld(standing, stakes, at)
        if isinstance(held, Denied):
            return held
        return Authorization(alert, digest, joined(self.rules_for(stakes)), held, standing=standing.id)

    def upheld(self, paper: StandingPaper, stakes: Stakes, at: datetime) -> tuple[Decision, ...] | Denied:
        """The decisions that carry a paper for these stakes at this moment, or why it carries nothing.

        Whoever signed it signed with their own power: nothing lent is lent further (AUTH-4). Raises PolicyRefused.
        """
        stakes = self.known(stakes)
        if reason := paper.refuses(stakes, at):
            return Denied("AUTH-1", reason)
        said = _Said(paper.digest, paper.authors, paper.decisions)
        counted: tuple[Decision, ...] = ()
        for each in (*self.meant(paper.maximum), stakes):
            found = self._counted(self.requirement(each), each, said)
            if isinstance(found, Missing):
                wanted = ", ".join(f"{count} x {step}" for step, count in found.steps.items())
                return Denied(found.rule, f"the paper itself lacks {wanted}")
            counted = found
        return counted

    # --- counting

    def _counted(self, requirement: Requirement, stakes: Stakes, said: _Said) -> tuple[Decision, ...] | Missing:
        wanted = dict(requirement.steps)
        counted: list[Decision] = []
        persons: set[int] = set()
        for decision in sorted(said.decisions, key=lambda d: d.at):
            official = decision.official
            if wanted.get(decision.step, 0) == 0 or official.person in persons:
                continue
            if {official.id, official.person} & said.authors:
                continue
            if self._counts(decision, said.digest, stakes, requirement.path):
                wanted[decision.step] -= 1
                persons.add(official.person)
                counted.append(decision)
        if not any(wanted.values()) and not said.authors and len(persons) < 2:
            wanted["sign"] = 1  # a machine wrote it: one signature would be one person in all
        if any(wanted.values()):
            return Missing(requirement.rule, {step: number for step, number in wanted.items() if number})
        return tuple(counted)

    def _counts(self, decision: Decision, digest: str, stakes: Stakes, path: str) -> bool:
        right = STEP_RIGHTS.get(decision.step)
        if right is None or decision.verdict != APPROVE or not digest or decision.digest != digest:
            return False
        return isinstance(self.may(decision.official, right, stakes, path), Allowed)

    def _shortened(self, rule: Rule, stakes: Stakes) -> Emergency:
        if rule.emergency is not None and rule.has_emergency(stakes):
            return rule.emergency
        if stakes.msg_type == CANCEL:
            return self.lifting
        raise PolicyRefused(f"rule {rule.id}: there is no emergency path for event {stakes.event!r}")

    # --- judging one official

    def _judged(self, official: Official, right: Right, stakes: Stakes, rules: tuple[Rule, ...]) -> Answer:
        """The first thing that stands against it; Allowed where nothing does."""
        for rule in rules:
            if not rule.public:
                return _reported(official, rule)
            if rule.longest is not None and (stakes.lasts is None or stakes.lasts > rule.longest):
                hours = rule.longest.total_seconds() / 3600
                return Denied(rule.id, f"a warning under this rule lasts at most {hours:g} hours")
        if not self._is_issuer(official, stakes):
            reason = f"only {stakes.issuer_unit}, which issued the warning, or its superior may change or end it"
            return Denied("UC-1", reason)
        for rule in rules:
            answer = self._fit(official, right, stakes, rule)
            if answer is not None:
                return answer
        return Allowed(joined(rules))

    def _is_issuer(self, official: Official, stakes: Stakes) -> bool:
        """突发事件应对法 (2024) art. 70: whoever issued a warning adjusts and ends it."""
        if stakes.issuer_unit in ("", official.unit) or stakes.issuer_for == official.unit:
            return True
        above = official.area != stakes.issuer_area and under(official.area, stakes.issuer_area)
        return self.superior_may_override and above and official.kind in {GOVERNMENT, stakes.issuer_kind}

    def _fit(self, official: Official, right: Right, stakes: Stakes, rule: Rule) -> HandUp | Denied | None:
        """Why the unit is not the one for this area and this act; None where it is."""
        outside = sorted(key for key in stakes.areas or {NATION} if not under(official.area, key))
        event = self.events.of(stakes.event)
        units = rule.units(right, stakes).of_event(event, official.kind)
        misfit = units.misfit(official)
        if misfit == "office" and not outside:
            return Denied(rule.id, f"only {' or '.join(sorted(units.offices))} may {right}")
        if not outside and not misfit:
            return None
        if outside:
            # 突发事件应对法 (2024) art. 18: an event beyond one's area belongs to the common superior.
            name, trigger = "LAW-18", "HU-3"
            reason = f"outside the area {official.area} of {official.unit}: {_few(outside)}"
        elif misfit == "kind":
            name, trigger = rule.id, "HU-4"
            reason = f"{official.unit} is not a unit of the kind {', '.join(sorted(units.kinds))}{_law(event)}"
        else:
            name, trigger = rule.id, "HU-2" if stakes.issuer_unit else "HU-1"
            reason = f"a unit at the tier {tier(official.area)} may not {right}; {', '.join(sorted(units.tiers))} may"
        common = common_superior(stakes.areas)
        named = {rule.hand_up} if rule.hand_up and trigger in {"HU-1", "HU-2"} else units.tiers
        area = raised(common, named) or raised(common, units.tiers)
        if not area or (misfit == "tier" and not outside and not above(area, official.area)):
            return Denied(name, reason)
        return HandUp(name, reason, area, tier(area), tuple(sorted(units.kinds)), trigger)


@dataclass(frozen=True, slots=True)
class _Said:
    """What was decided about one content, and who wrote it."""

    digest: str
    authors: frozenset[int]
    decisions: Sequence[Decision]


def ground(delegations: Iterable[int], rule: str) -> str:
    """The name of a rule with the papers that lent power under it, such as ``delegation:3+general``."""
    return "+".join([*(f"delegation:{number}" for number in sorted(delegations)), rule])


def delegations_in(named: str) -> frozenset[int]:
    """The papers that such a name begins with."""
    parts = (part.partition(":") for part in named.split("+"))
    return frozenset(int(number) for word, _, number in parts if word == "delegation" and number.isdecimal())


def joined(rules: Sequence[Rule]) -> str:
    """The name of one or several rules that hold together."""
    return "+".join(rule.id for rule in rules)


def _reported(official: Official, rule: Rule) -> HandUp | Denied:
    """突发事件应对法 (2024) art. 69: what is no warning for the public is reported up, never released."""
    reason = "not for release to the public: report it up"
    superior = next((area for area in upward(official.area) if area != official.area), "")
    if rule.hand_up:
        superior = raised(superior, {rule.hand_up}) if superior else ""
    if not superior:
        return Denied(rule.id, "not for release to the public")
    return HandUp(rule.id, reason, superior, tier(superior), (), "HU-5")


def _law(event: Event | None) -> str:
    """Where a law names who may warn; what was only inferred is never shown as law."""
    return f" ({event.law})" if event is not None and event.certainty.get("issuers") == READ else ""


def _most(steps: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """For each step the greatest number any of the rules demands."""
    most: dict[str, int] = {}
    for each in steps:
        for step, number in each.items():
            most[step] = max(number, most.get(step, 0))
    return most


def _few(keys: Sequence[str], most: int = 3) -> str:
    more = f" and {len(keys) - most} more" if len(keys) > most else ""
    return ", ".join(keys[:most]) + more
