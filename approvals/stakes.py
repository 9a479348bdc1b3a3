"""What is at stake in one release: everything the authority policy may look at, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.level import Level


@dataclass(frozen=True, slots=True)
class Stakes:
    """`areas` are region keys of every target; empty means the targets are under no known region.

    `event` is a 12379 event code such as ``11B03`` where there is one, else the event's own words.
    `persons` is the size of the audience; `msg_type` the CAP word; `world` is ``live`` or ``exercise``.
    An Update or a Cancel carries the higher of its own level and the level of what it changes (陕西 2013 art. 5).
    """

    level: Level
    event: str
    areas: frozenset[str]
    channels: frozenset[str]
    persons: int
    msg_type: str
    world: str
