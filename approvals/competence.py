"""Whether one official's unit is the one for a warning: its chain, its area, its tier, its kind, the office (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from approvals.answer import Allowed, Answer, Denied, Referral
from approvals.approval_rule import ApprovalRule
from approvals.event import OPERATORS, READ, Event, Events
from approvals.grant import Grant
from approvals.issuers import IssuingUnit
from approvals.official import Official, Right
from approvals.party import PartyRole, acting_kinds, is_superior, part_lent, part_of
from approvals.policy_input import PolicyInput
from approvals.rule import AuthorityRule, Units, join_names
from approvals.territory import WARNING_TIERS, above, ancestor_at, common_superior, tier, under, upward
from targeting.region import NATION


@dataclass(frozen=True, slots=True)
class Bench:
    """What one official is judged by: the rules that hold, the table of events, and whether superiors may override."""

    rules: tuple[AuthorityRule, ...]
    events: Events
    superiors: bool

    def own(self, official: Official, right: Right, stakes: PolicyInput, *, overriding: bool) -> Answer:
        """By the powers of the official's own unit; an operator has none, whatever the table says of its kind."""
        if official.kind in OPERATORS:
            reason = "an operator alarms in the texts and for the zones of a paper (授权书) only"
            return Denied(
                ApprovalRule.MANDATE, reason, remedy="let the government sign a delegation with texts and zones"
            )
        steps, event = [rule.units(right, stakes) for rule in self.rules], self.events.of(stakes.event)
        part = part_of(official, stakes, steps, event, superiors=self.superiors, overriding=overriding)
        return part if isinstance(part, Denied) else self._judge_part(official, right, stakes, part)

    def judge_lent(
        self, official: Official, grant: Grant, right: Right, stakes: PolicyInput, path: str
    ) -> Allowed | None:
        """By a power that a paper lends; None where it lends none for this. What the law binds to its holder is not
        lent, only entrusted to somebody else to publish.
        """
        part = part_lent(official, grant, stakes)
        if part is None or not grant.covers(right, stakes, path):
            return None
        if official.kind in OPERATORS and not grant.bound:
            return None
        if not grant.entrusts and not all(rule.delegable for rule in self.rules):
            return None
        lender = replace(official, unit=grant.unit, area=grant.area, kind=grant.kind, commands_for="")
        answer = self._judge_part(lender, right, stakes, part)
        return replace(answer, grant=grant.id) if isinstance(answer, Allowed) else None

    def _judge_part(self, official: Official, right: Right, stakes: PolicyInput, part: PartyRole) -> Answer:
        answer = self._competent(official, right, stakes, part)
        return replace(answer, issuers=part.issuers, title=part.title) if isinstance(answer, Allowed) else answer

    def _competent(self, official: Official, right: Right, stakes: PolicyInput, part: PartyRole) -> Answer:
        """The first thing that stands against it; Allowed where nothing does."""
        for rule in self.rules:
            if not rule.public:
                return _report_up(official, rule)
            if rule.longest is not None and (stakes.lasts is None or stakes.lasts > rule.longest):
                hours = rule.longest.total_seconds() / 3600
                return Denied(rule.id, f"a warning under this rule lasts at most {hours:g} hours")
        if not self._is_of_chain(official, stakes, part):
            reason = f"only {stakes.issuer_unit}, which issued the warning, or its superior may change or end it"
            return Denied(
                ApprovalRule.UC_1, reason, remedy=f"let {stakes.issuer_unit} do it, or its superior with a reason"
            )
        for rule in self.rules:
            answer = self._fit(official, right, stakes, rule)
            if answer is not None:
                return answer
        return Allowed(join_names(self.rules))

    def _is_of_chain(self, official: Official, stakes: PolicyInput, part: PartyRole) -> bool:
        """突发事件应对法 (2024) art. 70: whoever issued a warning adjusts and ends it."""
        if not stakes.issuer_unit or stakes.issuer_for == official.unit:
            return True
        if {stakes.issuer_unit, *stakes.issuer_joint} & {official.unit, *part.issuers}:
            return True
        issuer = IssuingUnit(stakes.issuer_unit, stakes.issuer_area, stakes.issuer_kind)
        return self.superiors and is_superior(official, issuer, self.events.of(stakes.event))

    def _fit(
        self, official: Official, right: Right, stakes: PolicyInput, rule: AuthorityRule
    ) -> Referral | Denied | None:
        """Why the unit is not the one for this area and this act; None where it is."""
        outside = sorted(key for key in stakes.areas or {NATION} if not under(official.area, key))
        event = self.events.of(stakes.event)
        units = self._units(official, right, stakes, rule)
        misfit = self._misfit(official, right, stakes, rule)
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
        named = {rule.refer_to} if rule.refer_to and trigger in {"HU-1", "HU-2"} else units.tiers
        # art. 64: below the county nobody warns, and no unit of these kinds stands there, where the rule names no tier.
        floor = WARNING_TIERS if units.kinds and not units.tiers else units.tiers
        area = ancestor_at(common, named or floor) or ancestor_at(common, floor) or ancestor_at(common, units.tiers)
        if not area or (misfit == "tier" and not outside and not above(area, official.area)):
            return Denied(name, reason)
        return Referral(name, reason, area, tier(area), tuple(sorted(units.kinds)), trigger)

    def _misfit(self, official: Official, right: Right, stakes: PolicyInput, rule: AuthorityRule) -> str:
        """What keeps the official out, of whichever kind their unit may act as; empty where nothing does."""
        kinds = sorted(acting_kinds(official, self.events.of(stakes.event)))
        able = [replace(official, kind=kind) for kind in kinds]
        return min((self._units(each, right, stakes, rule).misfit(each) for each in able), key=len)

    def _units(self, official: Official, right: Right, stakes: PolicyInput, rule: AuthorityRule) -> Units:
        """Whose officials may take the act, for one of this kind."""
        units = rule.units(right, stakes).of_event(self.events.of(stakes.event), official.kind)
        # Who joins in answers for its own part: the law asks of the lead whether it may warn of this at all.
        joins = official.unit in {unit.name for unit in stakes.issuers[1:]}
        return replace(units, kinds=frozenset()) if joins else units


def _report_up(official: Official, rule: AuthorityRule) -> Referral | Denied:
    """突发事件应对法 (2024) art. 69: what is no warning for the public is reported up, never released."""
    reason = "not for release to the public: report it up"
    superior = next((area for area in upward(official.area) if area != official.area), "")
    if rule.refer_to:
        superior = ancestor_at(superior, {rule.refer_to}) if superior else ""
    if not superior:
        return Denied(rule.id, "not for release to the public")
    return Referral(rule.id, reason, superior, tier(superior), (), "HU-5")


def _law(event: Event | None) -> str:
    """Where a law names who may warn; what was only inferred is never shown as law."""
    return f" ({event.law})" if event is not None and event.certainty.get("issuers") == READ else ""


def _few(keys: Sequence[str], most: int = 3) -> str:
    more = f" and {len(keys) - most} more" if len(keys) > most else ""
    return ", ".join(keys[:most]) + more
