"""The law above a person's own choices: for which warnings opt-outs and wishes do not count (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.level import Level
from approvals.stakes import Stakes


@dataclass(frozen=True, slots=True)
class Override:
    """Warnings of these levels and events go to everybody in danger; `source` names the law that says so.

    Without levels it overrides nothing.
    """

    levels: frozenset[Level] = frozenset()
    events: tuple[str, ...] = ("*",)
    source: str = ""

    def holds(self, stakes: Stakes) -> bool:
        """Whether such a warning goes to those who opted out, too."""
        return stakes.level in self.levels and any(map(stakes.is_about, self.events))


NEVER = Override()
