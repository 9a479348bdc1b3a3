"""Selection equals a scan over everyone, whatever the shapes, regions and groups; and it says why."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from targeting import cell
from targeting.audience import Audience, Circle, Groups, Polygon
from targeting.explain import Person, explain
from targeting.geometry import ShapeRefused
from targeting.region import covers
from targeting.select import Clause, Located, select

REGIONS = ("110000000000", "110101000000", "110101001000", "440106001000", "UGC:X", "UGC:X/01")
GROUPS = ("elderly", "children", "fishermen")


@dataclass(frozen=True)
class Someone:
    id: int
    region: str
    lat: float | None
    lon: float | None
    groups: frozenset[str]


class Memory:
    """A directory over a plain list."""

    def __init__(self, people: Sequence[Someone]) -> None:
        self.people = people
        self.asked: set[int] = set()
        self.filed = {
            one.id: cell.ladder_of(cell.cell_of(one.lat, one.lon))
            for one in people
            if one.lat is not None and one.lon is not None
        }

    def outline(self, key: str) -> None:
        return None

    def language(self, wanted: str) -> BitMap:
        return BitMap()

    def region(self, key: str) -> BitMap:
        return BitMap(one.id for one in self.people if covers(key, one.region))

    def group(self, key: str) -> BitMap:
        return BitMap(one.id for one in self.people if key in one.groups)

    def occupied(self, resolution: int, parents: Sequence[int] | None) -> Sequence[int]:
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

    def located(self, cells: Sequence[int]) -> Located:
        found = [one for one in self.people if one.id in self.filed and self.filed[one.id][-1] in set(cells)]
        self.asked |= {one.id for one in found}
        ids = np.array([one.id for one in found], dtype=np.uint32)
        return Located(ids, np.array([one.lat for one in found]), np.array([one.lon for one in found]))


def turned(lon: float) -> float:
    return (lon + 180) % 360 - 180


@st.composite
def stars(draw: st.DrawFn) -> tuple[Polygon, list[tuple[float, float]], float]:
    """A simple polygon as CAP would write it, the same ring unwrapped, and its middle's longitude."""
    lat, lon = draw(st.floats(-70, 70)), draw(st.sampled_from([179.99, -179.5, 0.0, 116.4, -73.2]))
    count, size = draw(st.integers(3, 12)), draw(st.sampled_from([0.005, 0.1, 2.0, 15.0]))
    radii = draw(st.lists(st.floats(0.2, 1), min_size=count, max_size=count))
    ring = [
        (
            lat + size * radius * math.sin(2 * math.pi * at / count),
            lon + size * radius * math.cos(2 * math.pi * at / count),
        )
        for at, radius in enumerate(radii)
    ]
    ring.append(ring[0])
    return Polygon(tuple((y, turned(x)) for y, x in ring)), ring, size


def in_ring(ring: Sequence[tuple[float, float]], lat: float, lon: float) -> bool:
    """The schoolbook ray."""
    held = False
    for (y0, x0), (y1, x1) in itertools.pairwise(ring):
        if (y0 > lat) != (y1 > lat) and lon < (x1 - x0) * (lat - y0) / (y1 - y0) + x0:
            held = not held
    return held


def chord_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Distance on the sphere by the angle between vectors."""

    def vector(y: float, x: float) -> np.ndarray:
        phi, lam = math.radians(y), math.radians(x)
        return np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])

    one, other = vector(lat, lon), vector(other_lat, other_lon)
    return 6371.0088 * math.atan2(float(np.linalg.norm(np.cross(one, other))), float(one @ other))


def population(seed: int, centres: Iterable[tuple[float, float, float]]) -> list[Someone]:
    """People close to the shapes, at all distances from their edges, and some anywhere or nowhere."""
    rng = np.random.default_rng(seed)
    people = []
    for centre_lat, centre_lon, size in (*centres, (0.0, 0.0, 90.0)):
        for _ in range(40):
            located = rng.random() < 0.9
            lat = float(np.clip(centre_lat + size * rng.uniform(-1.3, 1.3), -90, 90)) if located else None
            lon = turned(centre_lon + size * rng.uniform(-1.3, 1.3)) if located else None
            groups = frozenset(key for key in GROUPS if rng.random() < 0.4)
            people.append(Someone(len(people) + 1, str(rng.choice(REGIONS)), lat, lon, groups))
    return people


circles = st.builds(
    Circle, st.floats(-89, 89), st.sampled_from([179.9, -180.0, 10.0]), st.sampled_from([0.5, 40.0, 900.0, 2500.0])
)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    shapes=st.lists(stars(), max_size=3),
    rounds=st.lists(circles, max_size=2),
    regions=st.frozensets(st.sampled_from(REGIONS), max_size=2),
    groups=st.frozensets(st.sampled_from(GROUPS), max_size=2),
)
def test_selection_equals_a_scan_over_everyone(
    seed: int,
    shapes: list[tuple[Polygon, list[tuple[float, float]], float]],
    rounds: list[Circle],
    regions: frozenset[str],
    groups: frozenset[str],
) -> None:
    middles = [(ring[0][0], ring[0][1], size) for _, ring, size in shapes]
    middles += [(circle.lat, circle.lon, circle.radius_km / 111) for circle in rounds]
    people = population(seed, middles)
    audience = Audience(regions, tuple(polygon for polygon, _, _ in shapes), tuple(rounds), Groups(groups))

    def scanned(one: Someone) -> bool:
        if groups and not groups & one.groups:
            return False
        if any(covers(key, one.region) for key in regions):
            return True
        if one.lat is None or one.lon is None:
            return False
        if any(in_ring(ring, one.lat, one.lon + turn) for _, ring, _ in shapes for turn in (-360, 0, 360)):
            return True
        return any(chord_km(circle.lat, circle.lon, one.lat, one.lon) <= circle.radius_km for circle in rounds)

    selection = select(Memory(people), audience)
    assert set(selection.bits) == {one.id for one in people if scanned(one)}
    for one in people:
        above = tuple(sorted((key for key in REGIONS if covers(key, one.region)), key=len, reverse=True))
        why = explain(audience, Person(above, one.lat, one.lon, one.groups))
        assert why.selected == (one.id in selection.bits)


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
