"""Shapes: what is repaired, what is refused, and who stands inside."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from targeting import geometry
from targeting.audience import Circle, Polygon
from targeting.geometry import Shape, ShapeRefused

SQUARE = ((10.0, 20.0), (10.0, 21.0), (11.0, 21.0), (11.0, 20.0), (10.0, 20.0))


def inside(shape: Shape, lat: float, lon: float) -> bool:
    return bool(shape.holds(np.array([lon]), np.array([lat]))[0])


def test_a_square_holds_its_middle_its_edges_and_its_corners_and_nothing_else() -> None:
    shape = geometry.polygon(Polygon(SQUARE))
    assert shape.notes == ()
    for lat, lon in [(10.5, 20.5), (10.0, 20.5), (11.0, 21.0)]:
        assert inside(shape, lat, lon)
    for lat, lon in [(20.5, 10.5), (9.999999, 20.5), (11.0, 21.000001), (10.5, -20.5)]:
        assert not inside(shape, lat, lon)


def test_an_open_ring_is_closed_and_said_so() -> None:
    shape = geometry.polygon(Polygon(SQUARE[:-1]))
    assert inside(shape, 10.5, 20.5)
    assert "open" in shape.notes[0]


def test_a_ring_that_crosses_itself_stands_for_every_part_it_goes_round() -> None:
    bow = geometry.polygon(Polygon(((0, 0), (2, 2), (2, 0), (0, 2), (0, 0))))
    assert inside(bow, 0.5, 1.0)
    assert inside(bow, 1.5, 1.0)
    assert not inside(bow, 1.0, 0.2)
    assert not inside(bow, 1.0, 1.8)
    assert "crosses itself" in bow.notes[0]


def test_the_middle_of_a_pentagram_is_inside_although_the_ring_goes_round_it_twice() -> None:
    corners = [(math.sin(k * 4 * math.pi / 5), math.cos(k * 4 * math.pi / 5)) for k in range(6)]
    star = geometry.polygon(Polygon(tuple(corners)))
    assert inside(star, 0.0, 0.0)


def test_a_hole_drawn_with_a_cut_line_is_a_hole() -> None:
    outer = [(0, 0), (0, 4), (4, 4), (4, 0), (0, 0)]
    hole = [(1, 1), (3, 1), (3, 3), (1, 3), (1, 1)]
    shape = geometry.polygon(Polygon((*outer, *hole, (0, 0))))
    assert not inside(shape, 2, 2)
    assert inside(shape, 0.5, 2)
    assert inside(shape, 3.5, 3.5)


def test_exchanged_latitude_and_longitude_are_exchanged_back_where_nothing_else_explains_them() -> None:
    ring = tuple((lon, lat) for lat, lon in ((9.0, 99.0), (9.0, 100.0), (10.0, 100.0), (9.0, 99.0)))
    shape = geometry.polygon(Polygon(ring))
    assert inside(shape, 9.2, 99.8)
    assert "exchanged" in shape.notes[0]


def test_a_ring_across_the_antimeridian_holds_both_sides_and_not_the_rest_of_the_earth() -> None:
    ring = ((-10.0, 179.0), (-10.0, -179.0), (-12.0, -179.0), (-12.0, 179.0), (-10.0, 179.0))
    shape = geometry.polygon(Polygon(ring))
    for lon in (179.5, -179.5, 180.0, -180.0, 179.0):
        assert inside(shape, -11.0, lon)
    for lon in (178.9, -178.9, 0.0):
        assert not inside(shape, -11.0, lon)
    assert "antimeridian" in shape.notes[0]


def test_longitudes_that_run_on_past_180_are_the_same_ring() -> None:
    ring = ((-10.0, 179.0), (-10.0, 181.0), (-12.0, 181.0), (-12.0, 179.0), (-10.0, 179.0))
    shape = geometry.polygon(Polygon(ring))
    assert inside(shape, -11.0, -179.5)
    assert not inside(shape, -11.0, -178.9)


def test_the_edge_of_a_map_of_the_world_holds_the_world() -> None:
    ring = ((-90.0, -180.0), (-90.0, 180.0), (90.0, 180.0), (90.0, -180.0), (-90.0, -180.0))
    shape = geometry.polygon(Polygon(ring))
    assert inside(shape, 0.0, 0.0)
    assert inside(shape, -89.0, 180.0)


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        ((), "three corners"),
        (((1.0, 1.0), (2.0, 2.0)), "three corners"),
        (((1.0, 1.0),) * 4, "encloses nothing"),
        (((0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 0.0)), "encloses nothing"),
        (((0.0, 0.0), (float("nan"), 1.0), (2.0, 2.0), (0.0, 0.0)), "finite"),
        (((0.0, 0.0), (95.0, 100.0), (2.0, 2.0), (0.0, 0.0)), "not on the earth"),
        (((0.0, 0.0), (5.0, 400.0), (2.0, 2.0), (0.0, 0.0)), "not on the earth"),
        (((80.0, 0.0), (80.0, 120.0), (80.0, -120.0), (80.0, 0.0)), "pole"),
    ],
)
def test_a_ring_that_cannot_be_meant_is_refused_with_the_reason(
    ring: tuple[tuple[float, float], ...], words: str
) -> None:
    with pytest.raises(ShapeRefused, match=words):
        geometry.polygon(Polygon(ring))


@pytest.mark.parametrize(
    ("circle", "words"),
    [
        (Circle(91.0, 0.0, 1.0), "not on the earth"),
        (Circle(0.0, 0.0, -1.0), "radius"),
        (Circle(0.0, 0.0, 30_000.0), "radius"),
        (Circle(float("inf"), 0.0, 1.0), "finite"),
        (Circle(0.0, 0.0, float("nan")), "finite"),
    ],
)
def test_a_circle_that_cannot_be_meant_is_refused_with_the_reason(circle: Circle, words: str) -> None:
    with pytest.raises(ShapeRefused, match=words):
        geometry.circle(circle)


def test_a_circle_of_radius_0_holds_who_stands_on_its_centre_and_says_so() -> None:
    shape = geometry.circle(Circle(32.9525, -115.5527, 0.0))
    assert inside(shape, 32.9525, -115.5527)
    assert not inside(shape, 32.9526, -115.5527)
    assert "radius is 0" in shape.notes[0]


@pytest.mark.parametrize("radius", [0.0, 1e-6, 1e-4])
def test_the_smallest_circle_touches_the_place_of_everyone_it_holds(radius: float) -> None:
    """A millimetre is allowed for: places are kept as rounded numbers."""
    shape = geometry.circle(Circle(32.9525, -115.5527, radius))
    for bearing in range(0, 360, 30):
        lat, lon = travelled(32.9525, -115.5527, bearing, radius + 0.9e-6)
        assert inside(shape, lat, lon)
        assert shape.around(np.array([[lon, lat, lon, lat]]))[1][0]


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 179.9), (-60.0, -179.99), (89.0, 10.0), (-90.0, 0.0), (45.0, 0.0)])
def test_a_circle_reaches_as_far_to_every_side_even_at_a_pole_or_the_antimeridian(lat: float, lon: float) -> None:
    shape = geometry.circle(Circle(lat, lon, 300.0))
    for bearing in range(0, 360, 15):
        for part, expected in ((0.99, True), (1.01, False)):
            assert inside(shape, *travelled(lat, lon, bearing, 300.0 * part)) is expected


def travelled(lat: float, lon: float, bearing: float, km: float) -> tuple[float, float]:
    """Where one arrives, by vectors: another way than the code under test goes."""
    phi, lam, theta, angle = math.radians(lat), math.radians(lon), math.radians(bearing), km / geometry.EARTH_KM
    up = np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])
    north = np.array([-math.sin(phi) * math.cos(lam), -math.sin(phi) * math.sin(lam), math.cos(phi)])
    east = np.array([-math.sin(lam), math.cos(lam), 0.0])
    x, y, z = math.cos(angle) * up + math.sin(angle) * (math.cos(theta) * north + math.sin(theta) * east)
    return math.degrees(math.asin(z)), math.degrees(math.atan2(y, x))


@given(
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    radius=st.floats(0, 20_000),
    bearing=st.floats(0, 360),
    part=st.floats(0, 2),
)
def test_what_is_surely_inside_a_circle_is_inside_and_what_it_does_not_touch_is_not(
    lat: float, lon: float, radius: float, bearing: float, part: float
) -> None:
    assume(radius * part < 20_000)
    shape = geometry.circle(Circle(lat, lon, radius))
    there_lat, there_lon = travelled(lat, lon, bearing, radius * part)
    box = np.array([[there_lon, there_lat, there_lon, there_lat]])
    surely, touched = shape.around(box)
    held = inside(shape, there_lat, there_lon)
    assert not surely[0] or held
    assert touched[0] or not held


def test_a_shape_names_one_point_that_it_holds() -> None:
    for shape in (geometry.polygon(Polygon(SQUARE)), geometry.circle(Circle(1.0, 2.0, 0.0))):
        assert inside(shape, shape.anchor[1], shape.anchor[0])
