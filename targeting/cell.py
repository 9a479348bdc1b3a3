"""H3 cells: the grid that answers "certainly inside" and "certainly outside" without looking at anyone's coordinates.

A person lies in one cell of each resolution. The coarser cells are the H3 parents of the finest one, so a point may lie
a little outside its coarse cell; every envelope here is drawn wide enough to hold all points filed under the cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

#: coarse to fine; average cell area 12,393 km², 252 km² (H3 cell statistics)
RESOLUTIONS = (3, 5)
FINEST = RESOLUTIONS[-1]

# How far an envelope is widened about its centre. The factors are those of the H3 library's own polygon walk: 1.4 holds
# every descendant of a cell, 1.1 the bulge of a leaf's edges.
_WIDEN_COARSE = 1.4
_WIDEN_FINEST = 1.1
_REMEMBERED = 65_536  #: envelopes, some 15 MB: all cells of a large country, which every drawing asks for anew
_POLAR = 85.0  # beyond it longitudes crowd so much that an envelope spans the whole circle


def cell_of(lat: float, lon: float) -> int:
    """The finest cell that holds a point in WGS 84 degrees."""
    return int(h3.latlng_to_cell(lat, lon, FINEST))


def ladder_of(cell: int) -> tuple[int, ...]:
    """A finest cell under every resolution, coarse to fine."""
    return tuple(
        cell if resolution == FINEST else int(h3.cell_to_parent(cell, resolution)) for resolution in RESOLUTIONS
    )


def parents(cells: NDArray[np.int64], resolution: int) -> NDArray[np.int64]:
    """The cell of a coarser resolution that each cell lies under: digits that are not used are all ones (H3 index)."""
    coarser: NDArray[np.int64] = cells & ~(15 << 52) | resolution << 52 | (1 << 3 * (15 - resolution)) - 1
    return coarser


def resolution_of(cell: int) -> int:
    """The resolution of a cell (H3 index bits 52 to 55)."""
    return cell >> 52 & 15


def text_of(cell: int) -> str:
    """A cell as 15 hexadecimal digits: texts of one resolution sort as their numbers do."""
    return f"{cell:015x}"


def range_of(parent: int | None, resolution: int) -> tuple[int, int]:
    """Lowest and highest cell number of a resolution, under a parent or in the whole world.

    H3 writes the path from coarse to fine into consecutive bits, so descendants are consecutive.
    """
    free = 3 * (15 - resolution)  # unused digits are all ones
    if parent is None:
        # mode 1 (cell), the resolution, base cell 0 to 121
        base = 1 << 59 | resolution << 52
        return base, base | (1 << 52) - 1
    above = resolution_of(parent)
    stem = parent & ~(15 << 52) & ~((1 << 3 * (15 - above)) - 1) | resolution << 52
    return stem | (1 << free) - 1, stem | (1 << 3 * (15 - above)) - 1


def envelopes(cells: Sequence[int]) -> NDArray[np.float64]:
    """West, south, east, north of each cell, degrees, one row per cell; everyone filed under the cell is inside.

    A cell at a pole or across the antimeridian gets the full circle of longitudes: it is never taken for inside.
    """
    return np.array([_envelope(cell) for cell in cells], dtype=np.float64).reshape(-1, 4)


@lru_cache(_REMEMBERED)
def _envelope(cell: int) -> tuple[float, float, float, float]:
    corners = h3.cell_to_boundary(cell)
    lats, lons = zip(*corners, strict=True)
    south, north, west, east = min(lats), max(lats), min(lons), max(lons)
    spare = ((_WIDEN_FINEST if resolution_of(cell) == FINEST else _WIDEN_COARSE) - 1) / 2
    high, wide = (north - south) * spare, (east - west) * spare
    south, north, west, east = south - high, north + high, west - wide, east + wide
    if south < -_POLAR or north > _POLAR:
        # The cell may touch a pole, where every longitude meets.
        return -180.0, max(-90.0, south if south > 0 else -90.0), 180.0, min(90.0, north if north < 0 else 90.0)
    if west < -180 or east > 180 or east - west > 180:
        return -180.0, south, 180.0, north
    return west, south, east, north
