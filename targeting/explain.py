"""Why one person is in an audience, or out of it: every clause, and whether it holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from targeting import cell, geometry
from targeting.audience import Audience, in_range
from targeting.select import shapes_of

#: clauses that say where people are; all others narrow
PLACES = frozenset({"region", "polygon", "circle", "corridor", "unlocated"})


@dataclass(frozen=True, slots=True)
class Person:
    """What membership depends on. `regions` are the person's own region and those above it, lowest first; `chosen` the
    regions of places they chose beside it, and those above them.
    """

    regions: tuple[str, ...]
    lat: float | None
    lon: float | None
    groups: frozenset[str]
    language: str = ""
    chosen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SelectionReason:
    """One clause of an audience (`kind`, `key` as in `Clause`) and whether it holds the person.

    `how` says what decided: `registered` in the region itself or `below` it, `chosen` by a place of their own choosing
    there, or by its `outline`; a `cell` that lies inside or outside as a whole, or the `coordinates`; `unlocated` where
    the person has none, `located` where the clause is for those who have none; empty for groups and languages. Of kind
    `order`, which is what was signed of a message, it says why that does not name them.
    """

    kind: str
    key: str
    holds: bool
    how: str = ""


@dataclass(frozen=True, slots=True)
class SelectionExplanation:
    """Whether the person is selected, and why: held by a place, and by every clause that narrows.

    Of the clauses `group` and `language` one of a kind is enough; a `group-none` that holds is one without the group.
    """

    selected: bool
    reasons: tuple[SelectionReason, ...]


class Judge:
    """Judges persons one by one, by the same rules as `select` and without an index."""

    def __init__(self, audience: Audience, outline: Callable[[str], Any | None] = lambda _key: None) -> None:
        """`outline` knows the ground of a region, as the directory does. Raises ShapeRefused."""
        self._audience = audience
        grounds = ((key, outline(key)) for key in sorted(audience.regions))
        self._regions = [(key, None if ground is None else geometry.shape_of(ground)) for key, ground in grounds]
        self._shapes = list(shapes_of(audience))

    def explain(self, person: Person) -> SelectionExplanation:
        """Every clause, and whether it holds the person."""
        places = [_region(key, person, ground) for key, ground in self._regions]
        places += [SelectionReason(kind, str(number), *_stands(shape, person)) for kind, number, shape in self._shapes]
        places += [_explain_unlocated(key, person) for key in sorted(self._audience.unlocated)]
        narrowing = tuple(_narrowing(self._audience, person))
        placed = any(reason.holds for reason in places)
        wanted = self._audience.languages
        meant = self._audience.groups.hold(person.groups) and (
            not wanted or any(in_range(person.language, key) for key in wanted)
        )
        return SelectionExplanation(placed and meant, (*places, *narrowing))


def explain(
    audience: Audience, person: Person, outline: Callable[[str], Any | None] = lambda _key: None
) -> SelectionExplanation:
    """Judges one person: `Judge` for whoever asks once. Raises ShapeRefused."""
    return Judge(audience, outline).explain(person)


def _narrowing(audience: Audience, person: Person) -> Iterator[SelectionReason]:
    groups = audience.groups
    for kind, keys in (("group", groups.any), ("group-all", groups.all)):
        yield from (SelectionReason(kind, key, key in person.groups) for key in sorted(keys))
    yield from (SelectionReason("group-none", key, key not in person.groups) for key in sorted(groups.none))
    yield from (SelectionReason("language", key, in_range(person.language, key)) for key in sorted(audience.languages))


def _region(key: str, person: Person, ground: geometry.Shape | None) -> SelectionReason:
    if key in person.regions:
        return SelectionReason("region", key, holds=True, how="registered" if key == person.regions[0] else "below")
    if key in person.chosen:
        return SelectionReason("region", key, holds=True, how="chosen")
    if ground is None or person.lat is None:
        return SelectionReason("region", key, holds=False, how="registered")
    holds, _ = _stands(ground, person)
    return SelectionReason("region", key, holds, "outline")


def _explain_unlocated(key: str, person: Person) -> SelectionReason:
    if person.lat is not None:
        return SelectionReason("unlocated", key, holds=False, how="located")
    found = _region(key, person, None)
    return SelectionReason("unlocated", key, found.holds, found.how)


def _stands(shape: geometry.Shape, person: Person) -> tuple[bool, str]:
    """Whether the shape holds the person, by the coarsest cell that decides it or by the coordinates."""
    if person.lat is None or person.lon is None:
        return False, "unlocated"
    boxes = cell.envelopes(cell.ladder_of(cell.cell_of(person.lat, person.lon)))
    for box in boxes:
        surely, touched = shape.around(box[np.newaxis])
        if surely[0] or not touched[0]:
            return bool(surely[0]), "cell"
    return bool(shape.holds(np.array([person.lon]), np.array([person.lat]))[0]), "coordinates"
