"""From the corners an official or a feed wrote to a sound outline: repaired where one meaning is left, else refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from targeting.audience import Point, Polygon
from targeting.earth import Floats, Mask, ShapeRefused, within_world
from targeting.effort import ShapeBudget
from targeting.winding import encircled_faces

_TURNS = (-1, 0, 1)  #: of the earth


def outline_of(area: Polygon, notes: list[str], effort: ShapeBudget | None = None) -> Any:
    """The ring without its holes as a valid shapely geometry (lon lat, within ±180). Raises ShapeRefused.

    Repaired, and said in `notes`: an open ring is closed; a ring that crosses itself stands for every part it goes
    round; latitudes and longitudes that can only have been exchanged are exchanged back; a side of more than 180° is
    taken the short way, across the antimeridian.
    """
    effort = effort or ShapeBudget()
    ring, *holes = on_earth((area.ring, *area.holes), notes)
    geometry = _fill_ring(ring, notes, "ring", effort)
    if geometry.is_empty or geometry.area == 0:
        raise ShapeRefused("the ring encloses nothing: it needs three corners that are not on one line")
    if holes:
        taken = [_fill_ring(hole, notes, f"hole {number}", effort) for number, hole in enumerate(holes, 1)]
        geometry = _without(geometry, np.asarray(taken), notes)
    if geometry.is_empty or geometry.area == 0:
        raise ShapeRefused("the holes leave nothing of the ring")
    return within_world(geometry)


def on_earth(
    lines: Sequence[Sequence[Point]], notes: list[str], *, least: int = 3, names: tuple[str, str] = ("ring", "hole")
) -> list[Floats]:
    """The lines as rows of (lon, lat) within ±360 and ±90. Raises ShapeRefused naming the corner.

    All are judged together: where one of them was written with latitude and longitude exchanged, all were. `names`
    are what the first line is, and what the others are.
    """
    arrays = [np.asarray(line, dtype=np.float64).reshape(-1, 2) for line in lines]
    for number, array in enumerate(arrays):
        if len(array) < least:
            what = "three corners" if least == 3 else "two points"
            raise ShapeRefused(f"a {names[0]} needs {what}, {_which(number, names)} has {len(array)}")
    every = np.abs(np.vstack(arrays))
    if not np.isfinite(every).all():
        raise ShapeRefused(f"coordinates must be finite numbers: {_first(arrays, ~np.isfinite(every), names)}")
    lats, lons = every.max(axis=0)
    if lats > 90:
        # Only an exchange explains a latitude beyond the pole where every longitude would do as a latitude.
        if lats > 180 or lons > 90:
            where = _first(arrays, every > (90, 360), names)
            raise ShapeRefused(f"not on the earth: latitude is -90 to 90, longitude -180 to 180: {where}")
        notes.append("latitude beyond 90: latitude and longitude were exchanged")
        return arrays
    if lons > 360:
        where = _first(arrays, every > (90, 360), names)
        raise ShapeRefused(f"not on the earth: longitude is -180 to 180: {where}")
    return [array[:, ::-1] for array in arrays]


def _first(arrays: Sequence[Floats], wrong: Mask, names: tuple[str, str]) -> str:
    """Where the first corner stands that is marked, and what it is."""
    row = int(np.flatnonzero(wrong.any(axis=1))[0])
    for number, array in enumerate(arrays):
        if row < len(array):
            lat, lon = array[row]
            return f"corner {row + 1} of {_which(number, names)} is {lat:g},{lon:g}"
        row -= len(array)
    raise IndexError(row)


def _which(number: int, names: tuple[str, str]) -> str:
    return f"{names[1]} {number}" if number else f"the {names[0]}"


def _fill_ring(ring: Floats, notes: list[str], name: str, effort: ShapeBudget) -> Any:
    if (ring[0] != ring[-1]).any():
        notes.append(f"the {name} was open; it is closed with a straight line")  # CAP 1.2 §3.2.4 polygon
        ring = np.vstack((ring, ring[:1]))
    ring = _unwound(ring, notes)
    effort.follow(ring, name)
    geometry = shapely.Polygon(ring)
    if not geometry.is_valid:
        effort.repair(ring, name)
        geometry = encircled_faces(ring)
        parts = shapely.get_num_geometries(geometry)
        notes.append(f"the {name} touches or crosses itself; read as everything it goes round ({parts} parts)")
    return geometry


def _unwound(ring: Floats, notes: list[str]) -> Floats:
    """The ring with longitudes that run on past ±180 instead of jumping, so that it is one piece on a flat map."""
    steps = np.diff(ring[:, 0])
    # A step of exactly 360 joins two names of one meridian: the edge of a map of the whole world, no crossing.
    turns = np.where((np.abs(steps) > 180) & (np.abs(steps) < 360), -np.sign(steps), 0.0)
    if not turns.any():
        return ring
    shifts = np.concatenate(([0.0], np.cumsum(turns))) * 360
    if shifts[-1] != 0:
        raise ShapeRefused("the ring goes round a pole; draw it as a circle, or close it along the pole")
    note = "a side longer than 180° of longitude is read as crossing the antimeridian"
    if note not in notes:
        notes.append(note)
    unwound = ring.copy()
    unwound[:, 0] += shifts
    return unwound


def _without(geometry: Any, holes: Any, notes: list[str]) -> Any:
    """The geometry without the holes; ring and holes may have been unwound to different turns of the earth."""
    corners = shapely.get_coordinates(holes)
    turned = np.stack([shapely.set_coordinates(holes.copy(), corners + np.array((360 * turn, 0))) for turn in _TURNS])
    shapely.prepare(geometry)
    hits = shapely.intersects(geometry, turned)
    outside = np.flatnonzero(~hits.any(axis=0))
    notes.extend(f"hole {number + 1} lies outside the ring and takes nothing" for number in outside)
    return shapely.difference(geometry, shapely.union_all(turned[hits]))
