"""Which steps those on duty cannot complete between them: one person takes one step, whatever their rights (SEP-2)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)  #: a step


@dataclass(frozen=True, slots=True)
class Lack(Generic[S]):
    """A step that lacks somebody: `wanted` persons, of whom at most `on_duty` can be had."""

    step: S
    wanted: int
    on_duty: int


def lacking(wanted: Mapping[S, int], able: Mapping[S, AbstractSet[int]]) -> tuple[Lack[S], ...]:
    """The steps that cannot be filled with distinct persons, earlier steps filled first.

    `able` are the persons who can take each step. A largest matching, by augmenting paths (Kuhn 1955).
    """
    seats = [(step, number) for step, count in wanted.items() for number in range(count)]
    taken: dict[int, tuple[S, int]] = {}
    for seat in seats:
        _seat(seat, able, taken, set())
    filled = [step for step, _ in taken.values()]
    found = ((step, count, filled.count(step)) for step, count in wanted.items())
    return tuple(Lack(step, count, have) for step, count, have in found if have < count)


def _seat(
    seat: tuple[S, int],
    able: Mapping[S, AbstractSet[int]],
    taken: dict[int, tuple[S, int]],
    tried: set[int],
) -> bool:
    """Finds a person for a seat, and another seat for whoever sat there; whether it did."""
    for person in sorted(able.get(seat[0], frozenset()) - tried):
        tried.add(person)
        if person not in taken or _seat(taken[person], able, taken, tried):
            taken[person] = seat
            return True
    return False
