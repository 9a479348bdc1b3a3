"""What a clause brings is what would change if it were left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from targeting.audience import Audience, Circle, Groups, Polygon
from targeting.contribution import Contribution, contributions
from targeting.geometry import ShapeRefused
from targeting.select import select
from tests.targeting.drawn import GROUPS, LANGUAGES, REGIONS, audiences, places
from tests.targeting.test_select import Memory, Someone


def crowd(audience: Audience) -> Memory:
    rng = np.random.default_rng(1)
    people = [
        Someone(
            number,
            str(rng.choice(REGIONS)),
            *place,
            frozenset(key for key in GROUPS if rng.random() < 0.5),
            str(rng.choice(LANGUAGES)),
        )
        for number, place in enumerate(places(audience, rng, 12), 1)
    ]
    return Memory(people)


def without(audience: Audience, kind: str, key: str) -> Audience:
    """The audience less one clause."""
    groups = audience.groups
    match kind:
        case "region" | "unlocated":
            name = "regions" if kind == "region" else kind
            return replace(audience, **{name: getattr(audience, name) - {key}})
        case "group":
            return replace(audience, groups=replace(groups, any=groups.any - {key}))
        case "group-all":
            return replace(audience, groups=replace(groups, all=groups.all - {key}))
        case "group-none":
            return replace(audience, groups=replace(groups, none=groups.none - {key}))
        case "language":
            return replace(audience, languages=audience.languages - {key})
    shapes = getattr(audience, f"{kind}s")
    return replace(audience, **{f"{kind}s": shapes[: int(key) - 1] + shapes[int(key) :]})


def told(audience: Audience, clauses: tuple[Contribution, ...]) -> Iterator[tuple[Contribution, Audience]]:
    """Every clause with the audience without it, where that asks for less: the last of several of which one is enough,
    left out, asks for everybody.
    """
    last = {"group": audience.groups.any, "language": audience.languages}
    for clause in clauses:
        if len(last.get(clause.kind, "several")) > 1:
            yield clause, without(audience, clause.kind, clause.key)


@settings(max_examples=60)
@given(audience=audiences)
def test_what_only_a_clause_holds_or_leaves_out_is_what_changes_without_it(audience: Audience) -> None:
    directory = crowd(audience)
    found, whole = contributions(directory, audience), select(directory, audience).bits
    assert found.persons == len(whole)
    assert [(each.kind, each.key, each.alone) for each in found.clauses] == [
        (each.kind, each.key, each.count) for each in select(directory, audience).why
    ]
    for clause, less in told(audience, found.clauses):
        rest = select(directory, less).bits
        assert (clause.only, clause.left_out) == (len(whole - rest), len(rest - whole)), clause


def test_one_person_in_three_groups_and_two_areas_is_one_person_found_by_two_places() -> None:
    person = Someone(1, "110101001000", 39.9, 116.4, frozenset(GROUPS))
    other = Someone(2, "110101001000", None, None, frozenset({"elderly"}))
    audience = Audience(
        frozenset({"110101000000"}), circles=(Circle(39.9, 116.4, 5.0),), groups=Groups(frozenset(GROUPS))
    )
    found = contributions(Memory([person, other]), audience)
    assert (found.persons, found.several, found.entries) == (2, 1, 3)
    assert [(each.kind, each.selected, each.only) for each in found.clauses] == [
        ("region", 2, 1),
        ("circle", 1, 0),
        ("group", 1, 0),
        ("group", 2, 1),
        ("group", 1, 0),
    ]


def test_a_refused_shape_is_named_by_its_own_number() -> None:
    good, bad = Polygon(((0, 0), (0, 1), (1, 1), (0, 0))), Polygon(((0.0, 0.0),) * 4)
    with pytest.raises(ShapeRefused, match="polygon 2"):
        contributions(Memory([]), Audience(polygons=(good, bad)))
