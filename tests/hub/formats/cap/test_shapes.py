"""Shapes are kept only when they can be used, and never changed in silence."""

from __future__ import annotations

import pytest

from hub.formats.cap.read import read
from hub.formats.cap.shapes import CROSSING_BUDGET, crossings, overlaps, repaired_rings, ring_breach


@pytest.fixture
def shape(message):
    def look(element: str):
        reading = read(message(area=f"<area><areaDesc>a</areaDesc>{element}</area>"))
        place = "alert/info[1]/area[1]"
        found = [(f.rule, f.level) for f in reading.findings if f.element.startswith(place) and f.rule != "X19"]
        return reading.alert.infos[0].areas[0], found

    return look


@pytest.mark.parametrize(
    ("pairs", "rule"),
    [
        ("", "L8"),
        ("1,1 1,2 1,1", "L8"),
        ("1,1 2,2", "L8"),
        ("1 1 2 2", "L8"),
        ("1,1 1,2 2,2 1;1", "L8"),
        ("1,1 1,nan 2,2 1,1", "L8"),
        ("1,1 1,181 95,2 1,1", "L9"),
    ],
)
def test_a_polygon_that_encloses_nothing_readable_is_an_error_and_is_dropped(shape, pairs, rule):
    area, found = shape(f"<polygon>{pairs}</polygon>")
    assert found == [(rule, "error")]
    assert area.polygons == ()


def test_an_open_ring_is_an_error_and_is_closed(shape):
    area, found = shape("<polygon>1,1 1,2 2,2</polygon>")
    assert found == [("L8", "error")]
    assert area.polygons[0].ring == ((1, 1), (1, 2), (2, 2), (1, 1))


def test_a_crossing_ring_is_an_error_and_a_touching_one_advice(shape):
    assert shape("<polygon>0,0 2,2 0,2 2,0 0,0</polygon>")[1] == [("X9", "error")]
    assert shape("<polygon>0,0 2,0 1,1 2,2 0,2 1,1 0,0</polygon>")[1] == [("X9", "advice")]


def test_longitude_first_is_turned_round_only_where_it_can_mean_nothing_else_and_is_said(shape):
    area, found = shape("<polygon>120,30 121,30 121,31 120,30</polygon>")
    assert found == [("L9", "advice")]
    assert area.polygons[0].ring[0] == (30.0, 120.0)


def test_the_second_of_two_polygons_is_named_by_its_place_in_the_file(message):
    area = "<area><areaDesc>a</areaDesc><polygon/><polygon>0,0 2,2 0,2 2,0 0,0</polygon></area>"
    elements = [f.element for f in read(message(area=area)).findings if f.level == "error"]
    assert elements == ["alert/info[1]/area[1]/polygon[1]", "alert/info[1]/area[1]/polygon[2]"]


@pytest.mark.parametrize(
    ("circle", "rule"), [("1,1", "L10"), ("1,1,5", "L10"), ("1,1 -5", "L10"), ("91,1 5", "L9"), ("１,1 5", "L10")]
)
def test_a_circle_out_of_form_or_range_is_an_error_and_is_dropped(shape, circle, rule):
    area, found = shape(f"<circle>{circle}</circle>")
    assert found == [(rule, "error")]
    assert area.circles == ()


def test_a_circle_of_no_radius_is_a_point_and_is_kept(shape):
    area, found = shape("<circle>32.9525,-115.5527 0</circle>")
    assert (found, area.circles[0].radius_km) == ([], 0.0)


def test_a_ceiling_needs_an_altitude_not_above_it(shape):
    assert shape("<ceiling>10</ceiling>")[1] == [("X8", "error")]
    assert shape("<altitude>20</altitude><ceiling>10</ceiling>")[1] == [("X8", "error")]
    assert shape("<altitude>10</altitude><ceiling>10</ceiling>")[1] == [("X8", "advice")]
    assert shape("<altitude>1e3</altitude>")[1] == [("L11", "error")]


def test_a_ring_drawn_to_be_slow_is_left_untested_and_said_so():
    strokes = [((i * 1e-4, 0.0), (30 + i * 1e-4, 30.0)) for i in range(6000)]
    comb = [pair for number, stroke in enumerate(strokes) for pair in (stroke if number % 2 == 0 else stroke[::-1])]
    comb += [(80.0, -1.0), (80.0, -2.0), (-1.0, -2.0), comb[0]]
    assert [breach.case for breach in crossings([("polygon", comb)])] == ["X9.untested"]


def test_the_budget_is_one_for_the_whole_alert():
    square = ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0))
    breaches = list(crossings([("polygon", square)] * (CROSSING_BUDGET // 1000)))
    assert {breach.case for breach in breaches} == {"X9.untested"}
    assert len(breaches) < CROSSING_BUDGET // 1000


def test_a_repaired_ring_is_simple_and_covers_both_loops():
    rings = repaired_rings(((0, 0), (2, 2), (0, 2), (2, 0), (0, 0)))
    assert len(rings) == 2
    assert all(ring_breach(ring) is None for ring in rings)
    assert not list(crossings((str(number), ring) for number, ring in enumerate(rings)))


def test_areas_that_share_ground_are_found_and_neighbours_are_not(flood):
    area = flood.infos[0].areas[0]
    assert overlaps([area, area]) == [(0, 1)]
    assert overlaps([area]) == []
