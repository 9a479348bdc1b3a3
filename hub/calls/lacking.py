"""Which steps those on duty cannot complete between them: one person takes one step, whatever their rights (SEP-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lack:
    """A step that lacks somebody: `wanted` persons, of whom at most `on_duty` can be had."""

    step: str
    wanted: int
    on_duty: int


def lacking(wanted: Mapping[str, int], able: Mapping[str, AbstractSet[int]]) -> tuple[Lack, ...]:
    """The steps that cannot be filled with distinct persons, earlier steps filled first.

    `able` are the persons who can take each step. A largest matching, by augmenting paths (Kuhn 1955).
    """
    seats = [(step, number) for step, count in wanted.items() for number in range(count)]
    taken: dict[int, tuple[str, int]] = {}
    for seat in seats:
        _seat(seat, able, taken, set())
    filled = [step for step, _ in taken.values()]
    found = ((step, count, filled.count(step)) for step, count in wanted.items())
    return tuple(Lack(step, count, have) for step, count, have in found if have < count)


def _seat(
    seat: tuple[str, int],
    able: Mapping[str, AbstractSet[int]],
    taken: dict[int, tuple[str, int]],
    tried: set[int],
) -> bool:
    """Finds a person for a seat, and another seat for whoever sat there; whether it did."""
    for person in sorted(able.get(seat[0], frozenset()) - tried):
        tried.add(person)
        if person not in taken or _seat(taken[person], able, taken, tried):
            taken[person] = seat
            return True
    return False


def names(people: Sequence[str], most: int = 5) -> str:
    """A few names, and how many more there are."""
    more = f" and {len(people) - most} more" if len(people) > most else ""
    return ", ".join(people[:most]) + more
