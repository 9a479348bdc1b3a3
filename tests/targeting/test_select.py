"""Selection equals a scan over everyone, whatever the shapes, regions and groups; and it says why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from targeting import cell
from targeting.audience import Audience, Circle, Groups, Polygon, of_tree, tree, unite_audiences
from targeting.explain import Judge, Person
from targeting.geometry import ShapeRefused, circle
from targeting.region import covers
from targeting.ring import outline_of
from targeting.select import Clause, LocatedPeople, select
from tests.targeting import oracle
from tests.targeting.drawn import GROUPS, LANGUAGES, REGIONS, audiences, places, stars


@dataclass(frozen=True)
class Someone:
    id: int
    region: str
    lat: float | None
    lon: float | None
    groups: frozenset[str]
    language: str = "zh"


class Memory:
    """A directory over a plain list."""

    def __init__(self, people: Sequence[Someone], outlines: Mapping[str, Polygon] = MappingProxyType({})) -> None:
        self.people = people
        self.grounds = {key: outline_of(ring, []) for key, ring in outlines.items()}
        self.asked: set[int] = set()
        self.filed = {
            one.id: cell.ladder_of(cell.cell_of(one.lat, one.lon))
            for one in people
            if one.lat is not None and one.lon is not None
        }

    def outlines(self, keys: Collection[str]) -> Mapping[str, Any]:
        return {key: self.grounds[key] for key in keys if key in self.grounds}

    def language(self, wanted: str) -> BitMap:
        return BitMap(one.id for one in self.people if one.language.startswith(wanted))

    def regions(self, keys: Collection[str]) -> Mapping[str, BitMap]:
        return {key: BitMap(one.id for one in self.people if covers(key, one.region)) for key in keys}

    def group(self, key: str) -> BitMap:
        return BitMap(one.id for one in self.people if key in one.groups)

    def occupied_cells(self, resolution: int, parents: Sequence[int] | None) -> Sequence[int]:
        rung = cell.RESOLUTIONS.index(resolution)
        return sorted(
            {
                ladder[rung]
                for ladder in self.filed.values()
                if parents is None or any(parent in ladder for parent in parents)
            }
        )

    def cells(self, cells: Sequence[int]) -> BitMap:
        return BitMap(number for number, ladder in self.filed.items() if set(cells) & set(ladder))

    def located_persons(self, cells: Sequence[int]) -> LocatedPeople:
        found = [one for one in self.people if one.id in self.filed and self.filed[one.id][-1] in set(cells)]
        self.asked |= {one.id for one in found}
        ids = np.array([one.id for one in found], dtype=np.uint32)
        return LocatedPeople(ids, np.array([one.lat for one in found]), np.array([one.lon for one in found]))


def population(seed: int, audience: Audience) -> list[Someone]:
    """People at all distances from the edges of the shapes, and some who are known by their region only."""
    rng = np.random.default_rng(seed)
    people = []
    for lat, lon in places(audience, rng, 12):
        located = rng.random() < 0.9
        groups = frozenset(key for key in GROUPS if rng.random() < 0.4)
        number, region, language = len(people) + 1, str(rng.choice(REGIONS)), str(rng.choice(LANGUAGES))
        people.append(Someone(number, region, lat if located else None, lon if located else None, groups, language))
    return people


def is_meant(audience: Audience, one: Someone, outlines: Mapping[str, Polygon]) -> bool | None:
    """By plain words and arithmetic; None where the person stands on an edge, which rounding alone decides."""
    spoken = one.language.partition("-")[0]
    groups = audience.groups
    if (groups.any and not groups.any & one.groups) or groups.all - one.groups or groups.none & one.groups:
        return False
    if audience.languages and not audience.languages & {one.language, spoken}:
        return False
    if any(covers(key, one.region) for key in audience.regions):
        return True
    if one.lat is None or one.lon is None:
        return oracle.is_unlocated(audience, one.region, None)
    drawn = tuple(outlines[key] for key in audience.regions if key in outlines)
    wider = replace(audience, polygons=(*audience.polygons, *drawn))
    if oracle.is_undecided(wider, (one.lat, one.lon)):
        return None
    return oracle.is_placed(wider, (one.lat, one.lon))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), audience=audiences, ground=st.one_of(st.none(), stars()))
def test_selection_equals_a_scan_over_everyone_and_explains_everyone(
    seed: int, audience: Audience, ground: Polygon | None
) -> None:
    outlines = {} if ground is None else {"UGC:X": replace(ground, buffer_km=0.0)}
    people = population(seed, audience)
    directory = Memory(people, outlines)
    selection, judge = select(directory, audience), Judge(audience, directory.grounds.get)
    for one in people:
        expected = is_meant(audience, one, outlines)
        if expected is not None:
            assert (one.id in selection.bits) == expected, (one, audience)
        above = tuple(sorted((key for key in REGIONS if covers(key, one.region)), key=len, reverse=True))
        person = Person(above, one.lat, one.lon, one.groups, one.language)
        assert judge.explain(person).selected == (one.id in selection.bits)


def somebody(number: int, lat: float | None, lon: float | None, *groups: str) -> Someone:
    return Someone(number, "110101001000", lat, lon, frozenset(groups))


SQUARE = Polygon(((39.0, 116.0), (39.0, 117.0), (40.0, 117.0), (40.0, 116.0), (39.0, 116.0)))


def test_a_placeless_audience_is_nobody_even_with_a_group() -> None:
    directory = Memory([somebody(1, 39.5, 116.5, "elderly")])
    assert select(directory, Audience(groups=Groups(frozenset({"elderly"})))).count == 0


def test_people_without_coordinates_are_found_by_region_and_never_by_shape() -> None:
    directory = Memory([somebody(1, None, None)])
    assert select(directory, Audience(polygons=(SQUARE,))).count == 0
    assert select(directory, Audience(regions=frozenset({"110000000000"}))).count == 1


def test_who_has_no_coordinates_is_found_where_the_audience_says_so_and_who_has_some_is_not() -> None:
    directory = Memory([somebody(1, None, None), somebody(2, 39.5, 116.5), somebody(3, 10.0, 10.0)])
    audience = Audience(circles=(Circle(10.0, 10.0, 1.0),), unlocated=frozenset({"110101000000"}))
    selection = select(directory, audience)
    assert list(selection.bits) == [1, 3]
    assert selection.why == (Clause("circle", "1", 1), Clause("unlocated", "110101000000", 1))
    assert list(select(directory, Audience(unlocated=frozenset({"440000000000"}))).bits) == []


def test_a_choice_of_the_unlocated_is_part_of_the_audience_and_of_its_spelling() -> None:
    audience = Audience(circles=(Circle(10.0, 10.0, 1.0),))
    chosen = replace(audience, unlocated=frozenset({"110101000000", "110102000000"}))
    assert tree(chosen) != tree(audience)
    assert "unlocated" not in tree(audience)  # signed before there was such a choice
    assert of_tree(tree(chosen)) == chosen
    assert of_tree(tree(audience)) == audience
    assert unite_audiences(audience, chosen, Audience(unlocated=frozenset({"120000000000"}))).unlocated == {
        "110101000000", "110102000000", "120000000000",
    }  # fmt: skip


def test_each_clause_says_how_many_it_holds_before_they_are_joined() -> None:
    directory = Memory([somebody(1, 39.5, 116.5, "elderly"), somebody(2, 39.6, 116.6), somebody(3, 10.0, 10.0)])
    audience = Audience(
        regions=frozenset({"440000000000"}),
        polygons=(SQUARE,),
        circles=(Circle(10.0, 10.0, 1.0),),
        groups=Groups(frozenset({"elderly"})),
    )
    selection = select(directory, audience)
    assert list(selection.bits) == [1]
    assert selection.why == (
        Clause("region", "440000000000", 0),
        Clause("polygon", "1", 2),
        Clause("circle", "1", 1),
        Clause("group", "elderly", 1),
    )


def test_a_repair_is_told_with_the_clause() -> None:
    selection = select(Memory([]), Audience(polygons=(Polygon(SQUARE.ring[:-1]),)))
    assert "open" in selection.why[0].notes[0]


def test_a_refused_shape_refuses_the_selection_and_is_named() -> None:
    with pytest.raises(ShapeRefused, match=r"polygon 2: .*three corners"):
        select(Memory([]), Audience(polygons=(SQUARE, Polygon(((1.0, 1.0),)))))
    with pytest.raises(ShapeRefused, match="circle 1: "):
        select(Memory([]), Audience(circles=(Circle(100.0, 0.0, 1.0),)))


def test_coordinates_are_read_only_near_the_edge() -> None:
    deep = [somebody(number, 39.5 + number * 1e-4, 116.5) for number in range(1, 50)]
    far = [somebody(number, 30.0, 100.0) for number in range(50, 60)]
    edge = [somebody(60, 39.0001, 116.5)]
    directory = Memory([*deep, *far, *edge])
    assert select(directory, Audience(polygons=(SQUARE,))).count == 50
    assert directory.asked == {60}


@pytest.mark.parametrize("radius_km", [1.0, 4.0])
def test_a_crowd_on_the_edge_is_decided_as_one_by_one(radius_km: float) -> None:
    rng = np.random.default_rng(5)
    crowd = [somebody(n, lat, lon) for n, (lat, lon) in enumerate(rng.uniform((30, 110), (30.1, 110.1), (600, 2)), 1)]
    audience = Audience(circles=(Circle(30.05, 110.05, radius_km),))
    shape = circle(audience.circles[0])
    near = [one.id for one in crowd if shape.holds(np.array([one.lon]), np.array([one.lat]))[0]]

    assert 0 < len(near) < len(crowd)
    assert select(Memory(crowd), audience).bits == BitMap(near)
