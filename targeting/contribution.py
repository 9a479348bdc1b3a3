"""What every clause of an audience brings: alone, and what is there or missing because of it and of no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from targeting.audience import Audience, Groups
from targeting.select import Clause, Directory, narrow, select, shapes_of, unlocated_persons


@dataclass(frozen=True, slots=True)
class Contribution:
    """One clause (`kind`, `key`, `notes` as in `Clause`), in persons.

    `alone` are all it holds; `selected` those of them who are selected in the end; `only` those of these whom no other
    clause of its sort holds: no other place, no other of the groups or languages of which one is enough. `left_out`
    are the people a narrowing sort would have kept but for this clause alone.
    """

    kind: str
    key: str
    alone: int
    selected: int
    only: int
    left_out: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contributions:
    """`persons` are selected, each once; `placed` stood in any of the places; `several` of the selected in more than
    one; `entries` is what a list without de-duplication would hold: each once for every place that holds them.
    """

    persons: int
    placed: int
    several: int
    entries: int
    clauses: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    clause: Clause
    bits: BitMap


def contributions(
    directory: Directory, audience: Audience, sent: Callable[[BitMap], BitMap] = lambda bits: bits
) -> Contributions:
    """Selects as `select` does, clause by clause. `sent` limits the selected, to those with a channel for instance.

    Raises ShapeRefused naming the shape.
    """
    places = list(_places(directory, audience))
    placed = BitMap.union(BitMap(), *(held.bits for held in places))
    meant = sent(narrow(directory, audience, placed))
    several = _several(held.bits & meant for held in places)
    return Contributions(
        persons=len(meant),
        placed=len(placed),
        several=len(several),
        entries=sum(held.bits.intersection_cardinality(meant) for held in places),
        clauses=(*_of_sort(places, meant), *_narrowing(directory, audience, placed, meant)),
    )


def _places(directory: Directory, audience: Audience) -> Iterator[_Held]:
    for key in sorted(audience.regions):
        found = select(directory, Audience(regions=frozenset({key})))
        yield _Held(found.why[0], found.bits)
    drawn = (
        *(Audience(polygons=(part,)) for part in audience.polygons),
        *(Audience(circles=(part,)) for part in audience.circles),
        *(Audience(corridors=(part,)) for part in audience.corridors),
    )
    for (kind, number, _), alone in zip(list(shapes_of(audience)), drawn, strict=True):
        found = select(directory, alone)
        yield _Held(Clause(kind, str(number), len(found.bits), found.why[0].notes), found.bits)
    for key, bits in unlocated_persons(directory, audience.unlocated).items():
        yield _Held(Clause("unlocated", key, len(bits)), bits)


def _narrowing(directory: Directory, audience: Audience, placed: BitMap, meant: BitMap) -> Iterator[Contribution]:
    groups = audience.groups
    yield from _of_sort(_find_held("group", directory.group, groups.any), meant)
    every, none = (
        _find_held("group-all", directory.group, groups.all),
        _find_held("group-none", directory.group, groups.none),
    )
    keeping = [each.bits for each in every] + [placed - each.bits for each in none]
    one_enough = Audience(groups=Groups(groups.any), languages=audience.languages)
    rest = narrow(directory, one_enough, placed)
    for at, each in enumerate((*every, *none)):
        others = BitMap.intersection(rest, *keeping[:at], *keeping[at + 1 :])
        clause, selected = each.clause, each.bits.intersection_cardinality(meant)
        yield Contribution(clause.kind, clause.key, clause.count, selected, 0, len(others - keeping[at]))
    yield from _of_sort(_find_held("language", directory.language, audience.languages), meant)


def _find_held(kind: str, find: Callable[[str], BitMap], keys: Iterable[str]) -> list[_Held]:
    found = [(key, find(key)) for key in sorted(keys)]
    return [_Held(Clause(kind, key, len(bits)), bits) for key, bits in found]


def _of_sort(sort: Sequence[_Held], meant: BitMap) -> Iterator[Contribution]:
    """Clauses of which one is enough."""
    shared = _several(held.bits for held in sort)
    for held in sort:
        selected, clause = held.bits & meant, held.clause
        only = len(selected - shared)
        yield Contribution(clause.kind, clause.key, clause.count, len(selected), only, notes=clause.notes)


def _several(parts: Iterable[BitMap]) -> BitMap:
    """Who is in more than one of them."""
    seen, again = BitMap(), BitMap()
    for bits in parts:
        again |= seen & bits
        seen |= bits
    return again
