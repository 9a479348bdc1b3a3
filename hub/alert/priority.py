"""Lanes: which warnings go first. Red never waits behind blue, and a Cancel goes ahead of its own level."""

from __future__ import annotations

from approvals.level import Level

EXERCISE = "exercise"
#: every lane, the most urgent first; a queue each
LANES: tuple[str, ...] = ("red", "orange", "yellow", "blue", EXERCISE)


def lanes_of(world: str) -> tuple[str, ...]:
    """The lanes of a world: an exercise has one of its own, and no other."""
    return tuple(lane for lane in LANES if (lane == EXERCISE) == (world != "live"))


def lane_of(level: Level, msg_type: str, world: str) -> str:
    """The lane of an alert.

    突发事件应对法 art. 70: a lifting goes out immediately. A Cancel therefore goes ahead of every send of its own or a
    lower level: one lane up, and never below orange, so that only releases of level I and II may precede it.
    """
    if world != "live":
        return EXERCISE
    if msg_type == "Cancel":
        level = Level(min(Level.RED, max(Level.ORANGE, level + 1)))
    return level.word


def urgency(lane: str) -> int:
    """Smaller goes first."""
    return LANES.index(lane)
