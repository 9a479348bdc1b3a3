"""For which warnings a provision of law holds: levels and events (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.level import Level
from approvals.policy_input import PolicyInput


@dataclass(frozen=True, slots=True)
class WarningScope:
    """Warnings of these levels and events; `source` names the law that says so. Without levels it holds for none."""

    levels: frozenset[Level] = frozenset()
    events: tuple[str, ...] = ("*",)
    source: str = ""

    def holds(self, stakes: PolicyInput) -> bool:
        """Whether it holds for such a warning, whose event the table of events has been asked for."""
        return stakes.level in self.levels and any(map(stakes.is_about, self.events))
