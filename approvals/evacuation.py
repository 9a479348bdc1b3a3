"""Who may order people out of a danger by prepared words, without warning of it (紧急转移通知) (pure).

A warning is the county's and above (突发事件应对法 2024 art. 64). Whoever stands before a slope that moves must be able
to have people leave at once: the township, in its own area, by two persons, countersigned later by whoever is above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.pattern import matches
from approvals.rule import AuthorityRule

NOTICE = "evacuation"  #: `approvals.policy_input.Stakes.notice` of such an order, and the name of its rule


@dataclass(frozen=True, slots=True)
class Evacuation:
    """What a policy says of urgent evacuation notices.

    `rule` holds for every one of them in the place of the rules for warnings: it names the events and the units, and
    has only the shortened flow. `severity` is the CAP word that receivers sort by; nobody is told a level. `lasts` is
    for how long the notice stands where it is not lifted.
    """

    rule: AuthorityRule
    severity: str
    lasts: timedelta

    def covers(self, event: str) -> bool:
        """Whether such a notice is provided for the event of a key, whatever its level and place."""
        return any(matches(pattern, event) for pattern in self.rule.events)
