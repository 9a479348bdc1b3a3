"""What must hold among the rules of a policy: no gap, no overlap, no rule that never holds, no referral to nowhere.

Everything here is decided for all warnings there can be, not for samples. That is possible because event codes and
channel names are an open vocabulary: a word no pattern spells out stands for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import combinations, pairwise
from typing import NamedTuple

from approvals.authority import PolicyRefused
from approvals.level import Level
from approvals.official import Right
from approvals.pattern import meet, within
from approvals.rule import AuthorityRule, Period
from approvals.territory import under
from targeting.region import NATION

Rules = tuple[AuthorityRule, ...]
OTHER = ""  #: any channel that no rule names


class Cell(NamedTuple):
    """The smallest part of a rule: within it every other rule applies to all warnings or can be told apart."""

    level: Level
    pattern: str
    channel: str
    span: Period


def refuse(rules: Rules) -> None:
    """Raises PolicyRefused naming the rules that break a rule for rules."""
    _refuse_doubles(rules)
    for rule in rules:
        _refuse_emergency(rule)
        _refuse_referral(rule)
    _refuse_gaps(rules)
    _refuse_overlaps(rules)
    _refuse_unreachable(rules)


def _refuse_doubles(rules: Rules) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PolicyRefused(f"rule {rule.id}: two rules have this id")
        seen.add(rule.id)


def _refuse_gaps(rules: Rules) -> None:
    """A catch-all per level: every event, everywhere, on every channel, at any time."""
    for level in sorted(Level, reverse=True):
        wide = [rule for rule in rules if level in rule.levels and "*" in rule.events and rule.area == NATION]
        if not wide:
            raise PolicyRefused(f"gap: level {level.word} has no rule for every event everywhere (events = ['*'])")
        everywhere = [rule for rule in wide if not rule.channels]
        if not everywhere:
            named = ", ".join(sorted(set().union(*(rule.channels for rule in wide))))
            raise PolicyRefused(f"gap: level {level.word} has no rule for channels other than {named}")
        if all(rule.period.is_dated for rule in everywhere):
            names = ", ".join(rule.id for rule in everywhere)
            raise PolicyRefused(f"period hole: level {level.word}: beneath {names} there is no rule without a period")


def _refuse_overlaps(rules: Rules) -> None:
    for one, other in combinations(rules, 2):
        # Of two areas over one target one covers the other, and the deeper wins: only equal areas can tie.
        apart = one.channels and other.channels and not one.channels & other.channels
        if one.area != other.area or not one.levels & other.levels or apart or not _at_once(one.period, other.period):
            continue
        for mine in one.events:
            for theirs in other.events:
                if one.rank(mine) == other.rank(theirs) and meet(mine, theirs):
                    raise PolicyRefused(
                        f"overlap: rules {one.id} and {other.id} hold equally for events {mine!r} and {theirs!r}"
                    )


def _refuse_unreachable(rules: Rules) -> None:
    for rule in rules:
        hiders = [_hider(rule, cell, rules) for cell in _cells(rule, rules)]
        if all(hiders):
            names = " and ".join(dict.fromkeys(hiders))
            verb = "rules" if " and " in names else "rule"
            come = "come" if verb == "rules" else "comes"
            raise PolicyRefused(f"rule {rule.id}: can never hold: {verb} {names} always {come} first")


def _cells(rule: AuthorityRule, rules: Rules) -> Iterator[Cell]:
    channels = rule.channels or {OTHER}
    spans = list(_spans(rule.period, rules))
    for level in sorted(rule.levels):
        for pattern in rule.events:
            for channel in sorted(channels):
                for span in spans:
                    yield Cell(level, pattern, channel, span)


def _spans(period: Period, rules: Iterable[AuthorityRule]) -> Iterator[Period]:
    """The period cut wherever another rule begins or ends; so much of each rule is in force in a part, or nothing."""
    ends = {end for rule in rules for end in (rule.period.start, rule.period.until) if end is not None}
    inside = [end for end in sorted(ends) if _after(end, period.start) and (not period.until or end < period.until)]
    for start, until in pairwise([period.start, *inside, period.until]):
        yield Period(start, until)


def _hider(rule: AuthorityRule, cell: Cell, rules: Rules) -> str:
    """The id of a rule that takes everything of this cell; empty where none does."""
    for other in rules:
        if other is rule or cell.level not in other.levels or not under(other.area, rule.area):
            continue
        if (other.channels and cell.channel not in other.channels) or not _spans_over(other.period, cell.span):
            continue
        if any(within(cell.pattern, wide) and other.rank(wide) > rule.rank(cell.pattern) for wide in other.events):
            return other.id
    return ""


def _after(moment: datetime, start: datetime | None) -> bool:
    return start is None or moment > start


def _at_once(one: Period, other: Period) -> bool:
    """Whether some moment lies in both."""
    return (one.until is None or other.start is None or other.start < one.until) and (
        other.until is None or one.start is None or one.start < other.until
    )


def _spans_over(wide: Period, narrow: Period) -> bool:
    starts = wide.start is None or (narrow.start is not None and wide.start <= narrow.start)
    return starts and (wide.until is None or (narrow.until is not None and narrow.until <= wide.until))


def _refuse_emergency(rule: AuthorityRule) -> None:
    """The shortened flow is for named events of the rule, and never asks for more persons than the whole one."""
    flow = rule.emergency
    if flow is None:
        return
    place = f"rule {rule.id}: emergency"
    if not rule.public:
        raise PolicyRefused(f"{place}: nothing of this rule is released to the public, in no way")
    for pattern in flow.events:
        if not pattern.strip("*"):
            raise PolicyRefused(f"{place}: events: {pattern!r}: an immediate danger is named, never every event")
        if not any(within(pattern, mine) for mine in rule.events):
            raise PolicyRefused(f"{place}: events: {pattern!r} is not within the events of the rule")
    for step, number in flow.steps.items():
        if number > rule.steps.get(step, 0):
            raise PolicyRefused(f"{place}: steps: {step}: {number} persons are more than the whole flow wants")
    if all(number == flow.steps.get(step, 0) for step, number in rule.steps.items()):
        raise PolicyRefused(f"{place}: steps: shortens nothing")


def _refuse_referral(rule: AuthorityRule) -> None:
    """Whoever a warning is referred to must be able to sign it."""
    tiers = rule.acts.get(Right.SIGN, rule.who).tiers
    if rule.public and rule.refer_to and tiers and rule.refer_to not in tiers:
        raise PolicyRefused(f"rule {rule.id}: refer_to: leads nowhere: a {rule.refer_to} may not sign")
