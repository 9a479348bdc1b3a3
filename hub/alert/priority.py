"""Lanes: which warnings go first. Red never waits behind blue, and a Cancel goes ahead of its own level."""

from __future__ import annotations

from approvals.level import Level

EXERCISE = "exercise"
#: every priority, the most urgent first; a queue each
PRIORITIES: tuple[str, ...] = ("red", "orange", "yellow", "blue", EXERCISE)


def priorities_of(world: str) -> tuple[str, ...]:
    """The priorities of a world: an exercise has one of its own, and no other."""
    return tuple(priority for priority in PRIORITIES if (priority == EXERCISE) == (world != "live"))


def priority_of(level: Level, msg_type: str, world: str) -> str:
    """The priority of an alert.

    突发事件应对法 art. 70: a lifting goes out immediately. A Cancel therefore goes ahead of every send of its own or a
    lower level: one step up, and never below orange, so that only releases of level I and II may precede it.
    """
    if world != "live":
        return EXERCISE
    if msg_type == "Cancel":
        level = Level(min(Level.RED, max(Level.ORANGE, level + 1)))
    return level.word


def urgency(priority: str) -> int:
    """Smaller goes first."""
    return PRIORITIES.index(priority)
