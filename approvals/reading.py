"""Which warnings an official reads: those of their own area and of what stands above it, or all (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from approvals.official import Official, Right
from approvals.territory import under

Scope: TypeAlias = Literal["own-and-above", "all"]
OWN_AND_ABOVE: Scope = "own-and-above"
ALL: Scope = "all"
SCOPES: tuple[Scope, ...] = (OWN_AND_ABOVE, ALL)


@dataclass(frozen=True, slots=True)
class ReadableAlert:
    """What of a warning says who reads it: the units that have a part in it, their areas, and its own places."""

    units: frozenset[str]
    areas: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReadingPolicy:
    """The policy: how far officials read, and those who watch the platform (`Right.MONITOR`)."""

    officials: Scope = OWN_AND_ABOVE
    monitors: Scope = ALL

    def reads_all(self, official: Official) -> bool:
        """Whether the official reads every warning, whoever issues it and wherever it is for."""
        return self.officials == ALL or (official.may(Right.MONITOR) and self.monitors == ALL)

    def may_read(self, official: Official, warning: ReadableAlert) -> bool:
        """Whether it is of the official's own unit, or of a place that lies in theirs or holds it."""
        if self.reads_all(official) or official.unit in warning.units:
            return True
        return any(under(official.area, area) or under(area, official.area) for area in warning.areas)
