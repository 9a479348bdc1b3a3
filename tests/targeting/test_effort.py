"""Drawings that would hold everybody up are refused before the work begins, each naming what is too much of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from targeting import geojson
from targeting.audience import Audience, Circle, Corridor, Point, Polygon
from targeting.earth import ShapeRefused
from targeting.effort import MOST_MEETINGS, MOST_SHAPES, ShapeBudget, meetings
from targeting.geometry import corridor
from targeting.ring import outline_of
from targeting.select import shapes_of

WIDE_SQUARE: tuple[Point, ...] = ((0, 0), (0, 60), (60, 60), (60, 0), (0, 0))


def square(lat: float, lon: float, side: float = 0.01) -> tuple[Point, ...]:
    return ((lat, lon), (lat, lon + side), (lat + side, lon + side), (lat + side, lon), (lat, lon))


def scribble(corners: int, seed: int = 1) -> tuple[Point, ...]:
    """Nearly every side crosses a quarter of the others."""
    points = np.random.default_rng(seed).uniform(20, 40, (corners, 2)).tolist()
    return tuple((lat, lon) for lat, lon in (*points, points[0]))


def teeth(count: int) -> tuple[Point, ...]:
    """Slanting teeth that cross nothing, and whose boxes all meet."""
    return tuple((20 + (at % 2) * 10, 100 + (at % 2) * 10 + at * 1e-4) for at in range(count))


def round_the_earth(times: int) -> tuple[Point, ...]:
    return tuple((0.0, (at * 90.0 + 180) % 360 - 180) for at in range(4 * times + 1))


HEAVY: dict[str, tuple[Audience, str]] = {
    "squares": (
        Audience(polygons=tuple(Polygon(square(20 + at * 1e-3, 100)) for at in range(MOST_SHAPES + 1))),
        "too many shapes",
    ),
    "holes": (Audience(polygons=(Polygon(WIDE_SQUARE, (square(1, 1),) * MOST_SHAPES),)), "too many shapes"),
    "buffers": (Audience(circles=(Circle(1, 1, 1, 1),) * (MOST_SHAPES // 10 + 1)), "too many shapes"),
    "corners": (Audience(polygons=(Polygon(square(1, 1)[:1] * 500_001),)), "500,001 corners"),
    "scribble": (Audience(polygons=(Polygon(scribble(400)),)), "polygon 1: the ring crosses itself at"),
    "hole": (Audience(polygons=(Polygon(WIDE_SQUARE, (scribble(400),)),)), "polygon 1: the hole 1 crosses itself at"),
    "teeth": (Audience(polygons=(Polygon(teeth(8000)),)), "to and fro"),
    "long": (Audience(corridors=(Corridor(round_the_earth(6), 5.0),)), "corridor 1: the line is too long"),
    "fine": (Audience(corridors=(Corridor(square(1, 1) * 25_000, 5.0),)), "too fine"),
    "widened": (
        Audience(polygons=(Polygon(tuple((at / 9, (at % 2) * 170.0) for at in range(99)), (), 3.0),)),
        "widened is too long",
    ),
}


@pytest.mark.parametrize("drawing", HEAVY)
def test_what_would_take_minutes_is_refused_and_says_what_is_too_much(drawing: str) -> None:
    audience, words = HEAVY[drawing]
    with pytest.raises(ShapeRefused, match=words):
        list(shapes_of(audience))


def test_as_much_as_a_great_alert_has_is_followed() -> None:
    around = np.linspace(0, 2 * math.pi, 90_000)
    coast = [
        (30 + math.sin(a) * (9 + math.sin(1500 * a)), 100 + math.cos(a) * (9 + math.sin(1500 * a))) for a in around
    ]
    islands = tuple(Polygon(square(50 + at * 0.02, 100, 0.01)) for at in range(200))
    found = list(shapes_of(Audience(polygons=(Polygon((*coast, coast[0])), *islands))))
    assert len(found) == 201
    assert meetings(np.asarray(coast)) < MOST_MEETINGS / 4


def test_all_shapes_of_an_audience_spend_of_one_effort() -> None:
    effort, ring = ShapeBudget(crossings=60), scribble(20)
    outline_of(Polygon(ring), [], effort)
    with pytest.raises(ShapeRefused, match="crosses itself at"):
        outline_of(Polygon(ring), [], effort)
    effort = ShapeBudget(km=60_000)
    corridor(Corridor(round_the_earth(1), 500.0), effort)
    with pytest.raises(ShapeRefused, match="too long"):
        corridor(Corridor(round_the_earth(1), 500.0), effort)


def test_many_holes_are_taken_out_at_once_and_one_outside_is_named() -> None:
    holes = tuple(square(1 + at % 50, 1 + at // 50, 0.5) for at in range(500))
    [(_, _, shape)] = shapes_of(Audience(polygons=(Polygon(WIDE_SQUARE, (*holes, square(70, 70))),)))
    inside = shape.holds(np.array([1.25, 1.75, 10.25]), np.array([1.25, 1.75, 50.25]))
    assert inside.tolist() == [False, True, False]
    assert shape.notes == ("hole 501 lies outside the ring and takes nothing",)


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        (((1, 1), (1, 2), (math.nan, 2), (1, 1)), "corner 3 of the ring is nan,2"),
        (((1, 1), (1, 400), (2, 2), (1, 1)), "corner 2 of the ring is 1,400"),
        (((1, 1), (95, 100), (2, 2), (1, 1)), "corner 2 of the ring is 95,100"),
    ],
)
def test_a_corner_that_is_not_on_the_earth_is_named(ring: Sequence[Point], words: str) -> None:
    for polygon in (Polygon(tuple(ring)), Polygon(WIDE_SQUARE, (square(1, 1), tuple(ring)))):
        with pytest.raises(
            ShapeRefused, match=words.replace("the ring", "the ring" if not polygon.holes else "hole 2")
        ):
            list(shapes_of(Audience(polygons=(polygon,))))


def test_a_point_of_a_line_that_is_not_on_the_earth_is_named() -> None:
    with pytest.raises(ShapeRefused, match="corner 2 of the line is 91,200"):
        list(shapes_of(Audience(corridors=(Corridor(((1, 1), (91, 200)), 1.0),))))


@pytest.mark.parametrize(
    "coordinates",
    [
        {"0": 1},
        [[{"0": 1, "1": 2}]],
        [[[1]]],
        [[["1", "2"]]],
        [[[None, 1]]],
        7,
        "abc",
        True,
        [[[10**400, 1]]],
        [[[[1, 2]]]],
    ],
)
@pytest.mark.parametrize("kind", ["Polygon", "MultiPolygon", "LineString", "MultiLineString", "Point", "MultiPoint"])
def test_coordinates_of_any_wrong_form_are_refused_naming_their_place(kind: str, coordinates: object) -> None:
    feature = {"type": "Feature", "properties": {"width_km": 1, "radius_km": 1}}
    geometry = {"type": kind, "coordinates": coordinates}
    document = {**feature, "geometry": {"type": "GeometryCollection", "geometries": [geometry]}}
    with pytest.raises(ShapeRefused, match=r"geometries\[0\]|needs"):
        list(shapes_of(geojson.read(document)))


def test_a_document_of_too_many_shapes_is_refused_when_it_is_read() -> None:
    with pytest.raises(ShapeRefused, match="too many shapes"):
        geojson.read({"type": "MultiPolygon", "coordinates": [[[[1, 1]]]] * (MOST_SHAPES + 1)})
