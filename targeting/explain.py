"""Why one person is in an audience, or out of it: every clause, and whether it holds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from targeting.audience import Audience
from targeting.select import shapes_of


@dataclass(frozen=True, slots=True)
class Person:
    """What membership depends on: the keys of the person's region and of all above it, coordinates, groups."""

    regions: frozenset[str]
    lat: float | None
    lon: float | None
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reason:
    """One clause of an audience (`kind`, `key` as in `Clause`) and whether it holds the person."""

    kind: str
    key: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether the person is selected, and why."""

    selected: bool
    reasons: tuple[Reason, ...]


def explain(audience: Audience, person: Person) -> Explanation:
    """Judges one person by the same rules as `select`, without an index. Raises ShapeRefused."""
    places = [Reason("region", key, key in person.regions) for key in sorted(audience.regions)]
    for kind, number, shape in shapes_of(audience):
        held = False
        if person.lat is not None and person.lon is not None:
            held = bool(shape.holds(np.array([person.lon]), np.array([person.lat]))[0])
        places.append(Reason(kind, str(number), held))
    groups = [Reason("group", key, key in person.groups) for key in sorted(audience.groups)]
    placed = any(reason.holds for reason in places)
    meant = not groups or any(reason.holds for reason in groups)
    return Explanation(placed and meant, (*places, *groups))
