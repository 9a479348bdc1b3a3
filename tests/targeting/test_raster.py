"""Squares of a grid over a shape: what a square says of everyone who stands in it is what the shape says of each."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from targeting.audience import Audience, Circle
from targeting.geometry import circle, shape_of
from targeting.raster import DOUBTFUL, INSIDE, OUTSIDE, raster
from targeting.select import shapes_of
from tests.targeting.drawn import audiences, places


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), audience=audiences)
def test_whom_a_square_puts_inside_or_outside_the_shape_puts_there_too(seed: int, audience: Audience) -> None:
    around = np.array(places(audience, np.random.default_rng(seed), 60))
    for _, _, shape in shapes_of(audience):
        # Also where edges are: on their ends, and a hair beside them.
        corners = shapely.get_coordinates(shape.outer)[:200, ::-1]
        points = np.clip(np.vstack((around, corners, corners + 1e-9)), (-90, -180), (90, 180))
        lats, lons = points.T
        states, holds = raster(shape).at(lons, lats), shape.holds(lons, lats)
        assert holds[states == INSIDE].all()
        assert not holds[states == OUTSIDE].any()


def test_most_squares_decide() -> None:
    shape = circle(Circle(30.0, 110.0, 50.0))
    lats, lons = np.random.default_rng(1).uniform((29, 109), (31, 111), (2000, 2)).T
    assert np.mean(raster(shape).at(lons, lats) == DOUBTFUL) < 0.1


@pytest.mark.parametrize("size", [1e-9, 1e-3, 0.5])
def test_a_shape_of_any_size_has_its_middle_inside_or_in_doubt_and_its_surroundings_not_inside(size: float) -> None:
    grid = raster(shape_of(shapely.box(110, 30, 110 + size, 30 + size)))
    lons, lats = np.array([110 + size / 2, 109.0, 110.0, 112.0]), np.array([30 + size / 2, 30.0, 29.0, 30.0])
    assert grid.at(lons, lats)[0] != OUTSIDE
    assert (grid.at(lons, lats)[1:] == OUTSIDE).all()


def test_of_nothing_no_square_holds_anybody_and_the_seam_stays_in_doubt() -> None:
    grid = raster(shape_of(shapely.box(0, 0, 1, 1)))
    assert grid.at(np.array([180.0, -180.0]), np.array([0.5, 0.5])).tolist() == [DOUBTFUL, DOUBTFUL]
