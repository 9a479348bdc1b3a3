"""A grid of squares over a shape: most are inside or outside as a whole, which decides for who stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from targeting.earth import Floats, Mask
from targeting.geometry import Shape

OUTSIDE, INSIDE, DOUBTFUL = 0, 1, 2
States = NDArray[np.uint8]

_SQUARES = 1 << 18  #: about so many; few enough to draw in milliseconds
_LEAST_DEG = 0.001  #: smallest side, about 100 m: finer than that, drawing costs more than asking
_STRIDE = 0.9  #: of a side: pieces of an edge this long lie in two squares by two at most, also with the spare
_SPARE = 1e-6  #: of a side: more than the rounding of any place on an edge


@dataclass(frozen=True, slots=True)
class Raster:
    """`states` by row (south to north) and column (west to east) of squares with this side, from this corner.

    The squares along the sides of the grid hold nothing of the shape.
    """

    west: float
    south: float
    side: float
    states: States

    def at(self, lons: Floats, lats: Floats) -> States:
        """Whether each point is OUTSIDE or INSIDE for certain, or DOUBTFUL; degrees."""
        rows = _places(lats, self.south, self.side, self.states.shape[0])
        columns = _places(lons, self.west, self.side, self.states.shape[1])
        found: States = self.states[rows, columns]
        # ±180 are one meridian under two names, of which a shape may know only one.
        found[np.abs(lons) == 180.0] = DOUBTFUL
        return found


def raster(shape: Shape) -> Raster:
    """Draws the edges of the two outlines; between two edges all squares of a row are alike, and one is asked."""
    west, south, east, north = shapely.bounds(shape.outer)
    if np.isnan(west):
        return Raster(0.0, 0.0, 1.0, np.zeros((1, 1), dtype=np.uint8))
    side = max(float(np.sqrt((east - west) * (north - south) / _SQUARES)), _LEAST_DEG)
    west, south = west - 1.5 * side, south - 1.5 * side
    grid = np.zeros((int((north - south) / side) + 3, int((east - west) / side) + 3), dtype=np.bool_)
    for outline in {id(each): each for each in (shape.inner, shape.outer)}.values():
        _draw(grid, outline, np.array([west, south]), side)
    drawn = grid.ravel()
    # A run goes on from the end of one row to the start of the next: both are outside.
    first = ~drawn & np.concatenate(([True], drawn[:-1]))
    rows, columns = np.divmod(np.flatnonzero(first), grid.shape[1])
    lons, lats = west + (columns + 0.5) * side, south + (rows + 0.5) * side
    told = np.where(shapely.intersects_xy(shape.outer, lons, lats), DOUBTFUL, OUTSIDE)
    told[shapely.intersects_xy(shape.inner, lons, lats)] = INSIDE
    states = np.concatenate((told, [DOUBTFUL])).astype(np.uint8)[np.where(drawn, len(told), np.cumsum(first) - 1)]
    return Raster(west, south, side, states.reshape(grid.shape))


def _places(degrees: Floats, start: float, side: float, count: int) -> NDArray[np.intp]:
    """Rows or columns; what lies beyond the grid is put into its outermost squares, which hold nothing."""
    places: NDArray[np.intp] = np.clip((degrees - start) / side, 0, count - 1).astype(np.intp)
    return places


def _draw(grid: Mask, outline: Any, corner: Floats, side: float) -> None:
    """Marks every square that an edge of the outline goes through or touches."""
    points, part = shapely.get_coordinates(shapely.get_parts(shapely.boundary(outline)), return_index=True)
    points = (points - corner) / side
    edges = np.flatnonzero(part[1:] == part[:-1])
    starts, ways = points[edges], points[edges + 1] - points[edges]
    counts = np.maximum(np.ceil(np.abs(ways).max(axis=1) / _STRIDE), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(edges)), counts)
    done = (np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts))[:, np.newaxis]
    stride = ways[edge] / counts[edge][:, np.newaxis]
    ends = starts[edge] + done * stride, starts[edge] + (done + 1) * stride
    low = np.floor(np.minimum(*ends) - _SPARE).astype(np.intp)
    high = np.floor(np.maximum(*ends) + _SPARE).astype(np.intp)
    for rows in (low[:, 1], high[:, 1]):
        for columns in (low[:, 0], high[:, 0]):
            grid[rows, columns] = True
