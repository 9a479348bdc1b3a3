"""Shapes on the ground: from the drawn places of an audience to geometry that decides who stands inside.

Ours are (lat, lon); shapely's are (lon, lat). Polygon edges are straight in longitude and latitude, as CAP readers and
GIS tools draw them; circles, corridors and buffers are great-circle distances on the sphere. A point on an edge is
inside, of a hole too: in doubt, warn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from targeting.audience import Circle, Corridor, Polygon
from targeting.earth import (
    EARTH_KM,
    HALF_WAY_KM,
    MILLIMETRE_KM,
    WORLD,
    Floats,
    Mask,
    ShapeRefused,
    checked_km,
    distance_km,
    within_world,
    wrap_longitude,
)
from targeting.effort import ShapeBudget
from targeting.ribbon import Ribbon, great_circle, ribbon
from targeting.ring import on_earth, outline_of

__all__ = ["EARTH_KM", "Shape", "ShapeRefused", "circle", "corridor", "polygon", "shape_of", "within_world"]

WIDEST_KM = 2000.0  #: most half width of a corridor, most buffer
#: above this a circle is decided by distance alone: on a flat map its outline has no simple form
_WIDE_KM = 2000.0
_CORNERS = 128
# A side followed on the flat map in such steps is never 6 cm off the great circle through its ends (R·Δ²/16).
_STEP_DEGREES = 0.02
_SAME_WAY = -1 + 1e-6  # ends whose angle has a smaller cosine are half way round the earth from each other


@dataclass(frozen=True, slots=True)
class Shape:
    """One area that decides membership.

    `inner` holds only points that are inside, `outer` all of them (lon lat, within ±180); between the two `holds`
    decides. `anchor` is one point (lon, lat) that is inside. `notes` say what was repaired or assumed.
    """

    inner: Any
    outer: Any
    holds: Callable[[Floats, Floats], Mask]  #: longitudes, latitudes in degrees -> who is inside
    anchor: tuple[float, float]
    notes: tuple[str, ...] = ()

    def around(self, boxes: Floats) -> tuple[Mask, Mask]:
        """Which boxes (rows of west, south, east, north) are surely inside, and which are touched at all."""
        west, south, east, north = shapely.bounds(self.outer)  # of nothing: NaN, which no box touches
        near = (boxes[:, 0] <= east) & (boxes[:, 1] <= north) & (boxes[:, 2] >= west) & (boxes[:, 3] >= south)
        # Comparing four numbers costs a hundredth of drawing a box: most lie beyond the shape altogether.
        places = np.flatnonzero(near)
        drawn = shapely.box(*boxes[places].T)
        meets = shapely.intersects(self.outer, drawn)
        inside, touched = np.zeros(len(boxes), dtype=np.bool_), np.zeros(len(boxes), dtype=np.bool_)
        touched[places] = meets
        inside[places[meets]] = shapely.contains_properly(self.inner, drawn[meets])
        return inside, touched


def polygon(area: Polygon, effort: ShapeBudget | None = None) -> Shape:
    """The shape of a ring with its holes and buffer. Raises ShapeRefused; `ring.outline_of` says what is repaired.

    The buffer reaches from every edge, those of holes too, to `buffer_km` on the sphere. `effort` is what may be spent
    on it, and less of it is left afterwards; without one it may cost what a whole audience may.
    """
    effort = effort or ShapeBudget()
    notes: list[str] = []
    buffer_km = checked_km("buffer", area.buffer_km, WIDEST_KM)
    geometry = outline_of(area, notes, effort)
    shape = shape_of(geometry, tuple(notes))
    return shape if buffer_km == 0 else _widen(geometry, shape, buffer_km, effort)


def circle(area: Circle) -> Shape:
    """The shape of a circle. Raises ShapeRefused. A radius of 0 is a point and holds who stands on it."""
    if not (math.isfinite(area.lat) and math.isfinite(area.lon) and math.isfinite(area.radius_km)):
        raise ShapeRefused("the centre and radius must be finite numbers")
    if abs(area.lat) > 90 or abs(area.lon) > 360:
        raise ShapeRefused("the centre is not on the earth: latitude is -90 to 90, longitude -180 to 180")
    if not 0 <= area.radius_km <= HALF_WAY_KM:
        raise ShapeRefused("the radius must be 0 to 20,015 km, half way round the earth")
    radius = min(area.radius_km + checked_km("buffer", area.buffer_km, WIDEST_KM), HALF_WAY_KM)
    lat, lon = area.lat, wrap_longitude(area.lon)

    def holds(lons: Floats, lats: Floats) -> Mask:
        near: Mask = distance_km(lat, lon, lats, lons) <= radius + MILLIMETRE_KM
        return near

    notes = ("the radius is 0: a point, which holds only who stands on it",) if radius == 0 else ()
    reach = math.degrees(radius / EARTH_KM)
    if radius > _WIDE_KM or abs(lat) + reach * 1.1 > 85:
        return _prepare(Shape(shapely.Polygon(), WORLD, holds, (lon, lat), notes))
    # The chords of the outline run inside the true circle, and straight lines on the flat map bend away from it:
    # 3 % either way is wider than both up to the widest circle drawn.
    inner = within_world(_ring_around(lat, lon, radius * 0.97))
    outer = within_world(_ring_around(lat, lon, radius * 1.03 + 0.001))
    return _prepare(Shape(inner, outer, holds, (lon, lat), notes))


def corridor(area: Corridor, effort: ShapeBudget | None = None) -> Shape:
    """The shape of a line with a width. Raises ShapeRefused. `effort` as for a polygon.

    A point is inside where its great-circle distance to the nearest point of the line is at most half width and
    buffer together; so the ends are round.
    """
    notes: list[str] = []
    half = checked_km("half width", area.half_width_km, WIDEST_KM) + checked_km("buffer", area.buffer_km, WIDEST_KM)
    if half == 0:
        raise ShapeRefused("a corridor without a width holds nobody")
    [line] = on_earth((area.line,), notes, least=2, names=("line", ""))
    line = line[np.concatenate(([True], (np.diff(line, axis=0) != 0).any(axis=1)))]
    if len(line) < 2:
        raise ShapeRefused("a line needs two points that differ; draw one point as a circle")
    band = ribbon([_track(line, half, effort or ShapeBudget())], half)
    return Shape(
        band.inner, band.outer, band.holds, (wrap_longitude(float(line[0, 0])), float(line[0, 1])), tuple(notes)
    )


def shape_of(geometry: Any, notes: tuple[str, ...] = ()) -> Shape:
    """The shape of a shapely polygon or multipolygon (lon lat, within ±180), holes respected."""

    def holds(lons: Floats, lats: Floats) -> Mask:
        inside: Mask = shapely.intersects_xy(geometry, lons, lats)
        seam = np.abs(lons) == 180.0  # the same meridian has two names
        if seam.any():
            inside |= seam & shapely.intersects_xy(geometry, -lons, lats)
        return inside

    anchor = shapely.point_on_surface(geometry)
    return _prepare(Shape(geometry, geometry, holds, (anchor.x, anchor.y), notes))


def _widen(geometry: Any, shape: Shape, buffer_km: float, effort: ShapeBudget) -> Shape:
    """The shape with everyone who is at most so far from one of its edges."""
    sides = shapely.get_parts(shapely.boundary(geometry))
    degrees_long = float(shapely.length(geometry))
    rows = shapely.get_num_coordinates(geometry) + degrees_long / _STEP_DEGREES
    effort.walk(rows, math.radians(degrees_long) * EARTH_KM, "outline that is to be widened")
    band: Ribbon = ribbon(
        [shapely.get_coordinates(shapely.segmentize(side, _STEP_DEGREES)) for side in sides], buffer_km
    )

    def holds(lons: Floats, lats: Floats) -> Mask:
        inside = shape.holds(lons, lats)
        beyond = np.flatnonzero(~inside)
        inside[beyond] = band.holds(lons[beyond], lats[beyond])
        return inside

    inner, outer = shapely.union(geometry, band.inner), shapely.union(geometry, band.outer)
    return _prepare(Shape(inner, outer, holds, shape.anchor, shape.notes))


def _track(line: Floats, half_km: float, effort: ShapeBudget) -> Floats:
    """The line as arcs short enough for one flat map each. Raises ShapeRefused where an arc could go either way."""
    lons, lats = np.radians(line.T)
    cosines = np.sin(lats[:-1]) * np.sin(lats[1:]) + np.cos(lats[:-1]) * np.cos(lats[1:]) * np.cos(np.diff(lons))
    if (cosines < _SAME_WAY).any():
        raise ShapeRefused("two points of the line are half way round the earth from each other: add one between them")
    step_km = max(25.0, half_km / 4)
    length_km = float(EARTH_KM * np.arccos(np.clip(cosines, -1, 1)).sum())
    effort.walk(len(line) + length_km / step_km, length_km, "line")
    return great_circle(line, step_km)


def _prepare(shape: Shape) -> Shape:
    shapely.prepare((shape.inner, shape.outer))
    return shape


def _ring_around(lat: float, lon: float, radius_km: float) -> Any:
    """Points at a distance from a centre, by bearing (spherical direct problem); longitudes may run past ±180."""
    bearings = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    phi, angle = math.radians(lat), radius_km / EARTH_KM
    lats = np.arcsin(math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * np.cos(bearings))
    turn = np.arctan2(
        np.sin(bearings) * math.sin(angle) * math.cos(phi), math.cos(angle) - math.sin(phi) * np.sin(lats)
    )
    return shapely.Polygon(np.column_stack((lon + np.degrees(turn), np.degrees(lats))))
