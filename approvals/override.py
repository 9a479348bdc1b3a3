"""The law above a person's own choices: for which warnings opt-outs and wishes do not count (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.level import Level
from approvals.pattern import matches


@dataclass(frozen=True, slots=True)
class Override:
    """Warnings of these levels and events go to everybody in danger; `source` names the law that says so.

    Without levels it overrides nothing.
    """

    levels: frozenset[Level] = frozenset()
    events: tuple[str, ...] = ("*",)
    source: str = ""

    def holds(self, level: Level, event: str) -> bool:
        """Whether a warning of this level and event, a 12379 code or words, goes to those who opted out, too."""
        return level in self.levels and any(matches(pattern, event) for pattern in self.events)


NEVER = Override()
