"""Shapes on the ground: from the polygons and circles of an audience to geometry that decides who stands inside.

Ours are (lat, lon); shapely's are (lon, lat). Polygon edges are straight in longitude and latitude, as CAP readers and
GIS tools draw them; circles are distances on the sphere. A point on an edge is inside: in doubt, warn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity

from targeting.audience import Circle, Polygon
from targeting.winding import encircled

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

EARTH_KM = 6371.0088  #: mean radius (IUGG R1)
_HALF_WAY_KM = EARTH_KM * math.pi
_MILLIMETRE_KM = 1e-6
#: above this a circle is decided by distance alone: on a flat map its outline has no simple form
_WIDE_KM = 2000.0
_CORNERS = 128
_WORLD = shapely.box(-180, -90, 180, 90)


class ShapeRefused(ValueError):
    """The shape encloses nothing, or is not on the earth; the text says why."""


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
        drawn = shapely.box(boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3])
        touched = shapely.intersects(self.outer, drawn)
        inside = np.zeros(len(boxes), dtype=np.bool_)
        inside[touched] = shapely.contains_properly(self.inner, drawn[touched])
        return inside, touched


def polygon(area: Polygon) -> Shape:
    """The shape of a ring. Raises ShapeRefused.

    Repaired, and said in the notes: an open ring is closed; a ring that crosses itself stands for every part it goes
    round; latitudes and longitudes that can only have been exchanged are exchanged back; a side of more than 180° is
    taken the short way, across the antimeridian.
    """
    notes: list[str] = []
    ring = _on_earth(area, notes)
    ring = _unwound(ring, notes)
    geometry = shapely.Polygon(ring)
    if not geometry.is_valid:
        geometry = encircled(ring)
        parts = shapely.get_num_geometries(geometry)
        notes.append(f"the ring touches or crosses itself; read as everything it goes round ({parts} parts)")
    if geometry.is_empty or geometry.area == 0:
        raise ShapeRefused("the ring encloses nothing: it needs three corners that are not on one line")
    return outlined(within_world(geometry), tuple(notes))


def circle(area: Circle) -> Shape:
    """The shape of a circle. Raises ShapeRefused. A radius of 0 is a point and holds who stands on it."""
    if not (math.isfinite(area.lat) and math.isfinite(area.lon) and math.isfinite(area.radius_km)):
        raise ShapeRefused("the centre and radius must be finite numbers")
    if abs(area.lat) > 90 or abs(area.lon) > 360:
        raise ShapeRefused("the centre is not on the earth: latitude is -90 to 90, longitude -180 to 180")
    if not 0 <= area.radius_km <= _HALF_WAY_KM:
        raise ShapeRefused("the radius must be 0 to 20,015 km, half way round the earth")
    lat, lon = area.lat, _wrapped(area.lon)

    def holds(lons: Floats, lats: Floats) -> Mask:
        near: Mask = distance_km(lat, lon, lats, lons) <= area.radius_km + _MILLIMETRE_KM
        return near

    notes = ("the radius is 0: a point, which holds only who stands on it",) if area.radius_km == 0 else ()
    reach = math.degrees(area.radius_km / EARTH_KM)
    if area.radius_km > _WIDE_KM or abs(lat) + reach * 1.1 > 85:
        return _prepared(Shape(shapely.Polygon(), _WORLD, holds, (lon, lat), notes))
    # The chords of the outline run inside the true circle, and straight lines on the flat map bend away from it:
    # 3 % either way is wider than both up to the widest circle drawn.
    inner = within_world(_ring_around(lat, lon, area.radius_km * 0.97))
    outer = within_world(_ring_around(lat, lon, area.radius_km * 1.03 + 0.001))
    return _prepared(Shape(inner, outer, holds, (lon, lat), notes))


def outlined(geometry: Any, notes: tuple[str, ...] = ()) -> Shape:
    """The shape of a shapely polygon or multipolygon (lon lat, within ±180), holes respected."""

    def holds(lons: Floats, lats: Floats) -> Mask:
        inside: Mask = shapely.intersects_xy(geometry, lons, lats)
        seam = np.abs(lons) == 180.0  # the same meridian has two names
        if seam.any():
            inside |= seam & shapely.intersects_xy(geometry, -lons, lats)
        return inside

    anchor = shapely.point_on_surface(geometry)
    return _prepared(Shape(geometry, geometry, holds, (anchor.x, anchor.y), notes))


def distance_km(lat: float, lon: float, lats: Floats, lons: Floats) -> Floats:
    """Great-circle distance from one point to many, by the haversine formula (exact 0 for the same point)."""
    phi, phis = math.radians(lat), np.radians(lats)
    half = np.sin((phis - phi) / 2) ** 2 + math.cos(phi) * np.cos(phis) * np.sin(np.radians(lons - lon) / 2) ** 2
    distances: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return distances


def _prepared(shape: Shape) -> Shape:
    shapely.prepare((shape.inner, shape.outer))
    return shape


def _on_earth(area: Polygon, notes: list[str]) -> Floats:
    """The ring as rows of (lon, lat), closed, on the earth."""
    ring = np.asarray(area.ring, dtype=np.float64).reshape(-1, 2)
    if len(ring) < 3:
        raise ShapeRefused(f"a ring needs three corners, this one has {len(ring)}")
    if not np.isfinite(ring).all():
        raise ShapeRefused("coordinates must be finite numbers")
    lats, lons = np.abs(ring[:, 0]), np.abs(ring[:, 1])
    if lats.max() > 90:
        # Only an exchange explains a latitude beyond the pole where every longitude would do as a latitude.
        if lats.max() > 180 or lons.max() > 90:
            raise ShapeRefused("not on the earth: latitude is -90 to 90, longitude -180 to 180")
        notes.append("latitude beyond 90: latitude and longitude were exchanged")
        ring = ring[:, ::-1]
    if np.abs(ring[:, 1]).max() > 360:
        raise ShapeRefused("not on the earth: longitude is -180 to 180")
    if (ring[0] != ring[-1]).any():
        notes.append("the ring was open; it is closed with a straight line")  # CAP 1.2 §3.2.4 polygon
        ring = np.vstack((ring, ring[:1]))
    return ring[:, ::-1]


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
    notes.append("a side longer than 180° of longitude is read as crossing the antimeridian")
    unwound = ring.copy()
    unwound[:, 0] += shifts
    return unwound


def within_world(geometry: Any) -> Any:
    """Cuts what runs past the antimeridian and lays it down on the other side."""
    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180:
        return geometry
    parts = [
        shapely.intersection(affinity.translate(geometry, 360.0 * turn), _WORLD)
        for turn in range(-2, 3)
        if west + 360 * turn < 180 and east + 360 * turn > -180
    ]
    return shapely.union_all(parts)


def _ring_around(lat: float, lon: float, radius_km: float) -> Any:
    """Points at a distance from a centre, by bearing (spherical direct problem); longitudes may run past ±180."""
    bearings = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    phi, angle = math.radians(lat), radius_km / EARTH_KM
    lats = np.arcsin(math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * np.cos(bearings))
    turn = np.arctan2(
        np.sin(bearings) * math.sin(angle) * math.cos(phi), math.cos(angle) - math.sin(phi) * np.sin(lats)
    )
    return shapely.Polygon(np.column_stack((lon + np.degrees(turn), np.degrees(lats))))


def _wrapped(lon: float) -> float:
    return (lon + 180) % 360 - 180 if abs(lon) > 180 else lon
