"""The sphere all distances are measured on, and the flat map of longitude and latitude all outlines are drawn on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

EARTH_KM = 6371.0088  #: mean radius (IUGG R1)
HALF_WAY_KM = EARTH_KM * math.pi
MILLIMETRE_KM = 1e-6  #: what rounding may add to a distance without taking anyone out
WORLD = shapely.box(-180, -90, 180, 90)


class ShapeRefused(ValueError):
    """The shape encloses nothing, or is not on the earth; the text says why."""


def distance_km(lat: float, lon: float, lats: Floats, lons: Floats) -> Floats:
    """Great-circle distance from one point to many, by the haversine formula (exact 0 for the same point)."""
    phi, phis = math.radians(lat), np.radians(lats)
    half = np.sin((phis - phi) / 2) ** 2 + math.cos(phi) * np.cos(phis) * np.sin(np.radians(lons - lon) / 2) ** 2
    distances: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return distances


def vectors(lons: Floats, lats: Floats) -> Floats:
    """Points of the unit sphere, one row of x, y, z each."""
    phi, lam = np.radians(lats), np.radians(lons)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


def degrees(points: Floats) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of vectors of any length."""
    lats: Floats = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    lons: Floats = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    return lons, lats


def wrap_longitude(lon: float) -> float:
    """The longitude within ±180."""
    return (lon + 180) % 360 - 180 if abs(lon) > 180 else lon


def within_world(geometry: Any) -> Any:
    """Cuts what runs past the antimeridian and lays it down on the other side."""
    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180:
        return geometry
    parts = [
        shapely.intersection(affinity.translate(geometry, 360.0 * turn), WORLD)
        for turn in range(-2, 3)
        if west + 360 * turn < 180 and east + 360 * turn > -180
    ]
    return shapely.union_all(parts)


def checked_km(name: str, value: float, most: float) -> float:
    """The distance itself. Raises ShapeRefused naming it where it is not 0 to `most` kilometres."""
    if not (math.isfinite(value) and 0 <= value <= most):
        raise ShapeRefused(f"the {name} must be 0 to {most:,.0f} km")
    return value
