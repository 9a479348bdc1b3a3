"""A power lent to a unit by another (授权书): what the grantor may do, within the bounds of the paper."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.level import Level
from approvals.policy_input import PolicyInput
from approvals.territory import under

#: The ways to a release: every step, or the shortened one with a countersignature afterwards.
FULL, EMERGENCY = "full", "emergency"
#: everything a unit does on the way to a release (`approvals.rule.RELEASE_PATH`, by its words)
EVERY_ACT = frozenset({"draft", "review", "sign", "release"})


@dataclass(frozen=True, slots=True)
class Grant:
    """`unit`, `area` and `kind` are the grantor's; the rest bounds what is lent.

    Channels empty is every channel. `acts` are words of rights. Whoever makes one has looked that the paper is in force
    and not revoked (AUTH-1).
    """

    id: int
    unit: str
    area: str
    kind: str
    levels: frozenset[Level]
    events: tuple[str, ...]
    areas: frozenset[str]
    channels: frozenset[str] = frozenset()
    emergency_only: bool = False
    acts: frozenset[str] = EVERY_ACT
    entrusts: bool = False  #: to publish for the grantor, who stays the issuer and signs (委托发布)
    bound: bool = False  #: to the texts and zones of the paper: what it lends to an operator

    def covers(self, act: str, stakes: PolicyInput, path: str) -> bool:
        """True where the paper speaks of such an act; whether the grantor may do it is the policy's to say."""
        return (
            act in self.acts
            and stakes.level in self.levels
            and any(map(stakes.is_about, self.events))
            and bool(stakes.areas)
            and all(any(under(area, key) for area in self.areas) for key in stakes.areas)
            and (not self.channels or (bool(stakes.channels) and stakes.channels <= self.channels))
            and (path == EMERGENCY or not self.emergency_only)
        )
