"""What a ring that crosses itself encloses: every part it goes round at least once (the non-zero winding rule).

The even-odd rule, which GIS repairs use, would leave out parts the ring goes round twice: people in the middle of the
danger. A hole drawn with a cut line still is a hole, because the ring goes round it once each way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_AT_ONCE = 2_000_000  # point-edge pairs tested together: bounds memory at about 100 MB


def encircled_faces(ring: Floats) -> Any:
    """The union of all faces with a winding number other than 0; `ring` is rows of (x, y), closed."""
    line = shapely.LineString(ring)
    faces = shapely.get_parts(shapely.polygonize([shapely.node(line)]))
    if len(faces) == 0:
        return shapely.Polygon()
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    kept = faces[winding(ring, inner) != 0]
    return shapely.union_all(kept)


def winding(ring: Floats, points: Floats) -> NDArray[np.int64]:
    """How often the ring goes round each point, counter-clockwise positive (points not on the ring)."""
    x0, y0, x1, y1 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
    turns = np.empty(len(points), dtype=np.int64)
    step = max(1, _AT_ONCE // max(1, len(x0)))
    for start in range(0, len(points), step):
        x, y = points[start : start + step, :1], points[start : start + step, 1:]
        left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        up = (y0 <= y) & (y1 > y) & (left > 0)
        down = (y0 > y) & (y1 <= y) & (left < 0)
        turns[start : start + step] = up.sum(axis=1) - down.sum(axis=1)
    return turns
