"""Everyone within a distance of a line on the sphere: corridors along tracks and rivers, and the buffers of outlines.

A path is a chain of great-circle arcs. The distance to it is the great-circle distance to its nearest point, measured
exactly by vectors; two flat outlines, one surely inside and one surely outside, spare most points the measuring.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from targeting.earth import EARTH_KM, MILLIMETRE_KM, WORLD, Floats, Mask, degrees, distance_km, vectors, within_world

_POLAR = 85.0  # beyond it, on the flat map, no outline is worth drawing
_RUN_KM = 400.0  # a longer piece would be stretched too much on its flat map
_AT_ONCE = 1_000_000  # point-arc pairs measured together: bounds memory at about 150 MB


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of arcs no longer than it is useful to look at together: their ends, and a circle that holds them all."""

    starts: Floats
    ends: Floats
    lat: float
    lon: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """`inner` holds only points within the distance, `outer` all of them (lon lat, within ±180)."""

    pieces: tuple[_Piece, ...]
    reach_km: float
    inner: Any
    outer: Any

    def holds(self, lons: Floats, lats: Floats) -> Mask:
        """Who is at most `reach_km` from the path; degrees."""
        near: Mask = shapely.intersects_xy(self.inner, lons, lats)
        doubtful = np.flatnonzero(~near & shapely.intersects_xy(self.outer, lons, lats))
        points = vectors(lons[doubtful], lats[doubtful])
        held = np.zeros(len(doubtful), dtype=np.bool_)
        for piece in self.pieces:
            away = distance_km(piece.lat, piece.lon, lats[doubtful], lons[doubtful])
            asked = np.flatnonzero(~held & (away <= piece.radius_km + self.reach_km + MILLIMETRE_KM))
            held[asked] = _within(points[asked], piece, self.reach_km + MILLIMETRE_KM)
        near[doubtful] = held
        return near


def ribbon(paths: Sequence[Floats], reach_km: float) -> Ribbon:
    """The ribbon of paths, each rows of (lon, lat) with two rows at least, no arc half way round the earth."""
    run_km = max(_RUN_KM, reach_km / 2)
    pieces = tuple(piece for path in paths for piece in _pieces(path, run_km))
    inner, outer = list[Any](), list[Any]()
    for piece in pieces:
        drawn = _draw_ribbon(piece, reach_km)
        if drawn is None:
            inner, outer = [], [WORLD]
            break
        inner.append(drawn[0])
        outer.append(drawn[1])
    shapes = shapely.union_all(inner), shapely.union_all(outer)
    shapely.prepare(shapes)
    return Ribbon(pieces, reach_km, *shapes)


def great_circle(line: Floats, step_km: float) -> Floats:
    """The (lon, lat) rows with further points between them, on the great circle, at most `step_km` apart."""
    points = vectors(line[:, 0], line[:, 1])
    starts, ends = points[:-1], points[1:]
    angles = np.arctan2(np.linalg.norm(np.cross(starts, ends), axis=1), (starts * ends).sum(axis=1))
    starts, ends, angles = starts[angles > 0], ends[angles > 0], angles[angles > 0]
    counts = np.maximum(1, np.ceil(angles * EARTH_KM / step_km)).astype(np.int64)
    arc = np.repeat(np.arange(len(counts)), counts)  # of every further point: which arc it is on, and how far along
    along = (np.arange(len(arc)) - np.repeat(np.cumsum(counts) - counts, counts) + 1) / counts[arc]
    angle = angles[arc]
    rows = np.sin((1 - along) * angle)[:, np.newaxis] * starts[arc] + np.sin(along * angle)[:, np.newaxis] * ends[arc]
    return np.column_stack(degrees(np.vstack((points[:1], rows / np.sin(angle)[:, np.newaxis]))))


def _pieces(path: Floats, run_km: float) -> Iterator[_Piece]:
    points = vectors(path[:, 0], path[:, 1])
    lengths = 2 * EARTH_KM * np.arcsin(np.minimum(np.linalg.norm(np.diff(points, axis=0), axis=1) / 2, 1.0))
    run = (np.cumsum(lengths) // run_km).astype(np.int64)
    for number in np.unique(run):
        mine = np.flatnonzero(run == number)
        starts, ends = points[mine], points[mine + 1]
        lons, lats = degrees((starts[:1] + ends[-1:]) / 2)
        corner_lons, corner_lats = degrees(np.vstack((starts, ends[-1:])))
        reach = distance_km(float(lats[0]), float(lons[0]), corner_lats, corner_lons).max()
        yield _Piece(starts, ends, float(lats[0]), float(lons[0]), float(reach))


def _within(points: Floats, piece: _Piece, reach_km: float) -> Mask:
    """Which points (rows of vectors) are at most so far from any arc of the piece."""
    held = np.zeros(len(points), dtype=np.bool_)
    step = max(1, _AT_ONCE // len(piece.starts))
    for start in range(0, len(points), step):
        some = points[start : start + step]
        held[start : start + step] = (_distances(some, piece) <= reach_km).any(axis=1)
    return held


def _distances(points: Floats, piece: _Piece) -> Floats:
    """Kilometres from each point to each arc: to its great circle where the foot lies on it, else to its nearer end."""
    normals = np.cross(piece.starts, piece.ends)
    size = np.linalg.norm(normals, axis=1)
    normals /= np.where(size == 0, 1.0, size)[:, np.newaxis]
    after = points @ np.cross(normals, piece.starts).T >= 0
    before = points @ np.cross(piece.ends, normals).T >= 0
    beside = np.abs(np.arcsin(np.clip(points @ normals.T, -1.0, 1.0)))
    to_ends = np.minimum(_angles(points, piece.starts), _angles(points, piece.ends))
    distances: Floats = EARTH_KM * np.where(after & before & (size > 0), beside, to_ends)
    return distances


def _angles(points: Floats, others: Floats) -> Floats:
    # By the chord: the angle of nearly equal vectors would drown in the rounding of their product.
    squares = np.zeros((len(points), len(others)))
    for axis in range(3):
        squares += (points[:, axis, np.newaxis] - others[np.newaxis, :, axis]) ** 2
    angles: Floats = 2 * np.arcsin(np.minimum(np.sqrt(squares) / 2, 1.0))
    return angles


def _draw_ribbon(piece: _Piece, reach_km: float) -> tuple[Any, Any] | None:
    """Flat outlines inside and outside the piece's ribbon; None where it comes too near a pole.

    They are drawn on the azimuthal equidistant map about the piece. That map stretches distances at D from its middle
    by at most (D/R)²/6, an arc drawn straight and a rounded corner add less than 0.2 %; twice that is allowed for.
    """
    widest = piece.radius_km + reach_km * 1.1 + 1
    if abs(piece.lat) + math.degrees(widest / EARTH_KM) > _POLAR:
        return None
    spare = reach_km * (0.004 + (widest / EARTH_KM) ** 2 / 3) + 1e-3
    line = shapely.LineString(_flatten(np.vstack((piece.starts, piece.ends[-1:])), piece))
    tolerance = spare / 4
    thin = shapely.simplify(line, tolerance)
    # Sides that are straight on this map are not on that of longitude and latitude: by L² tan φ / 8 R at most.
    slope = math.tan(math.radians(abs(piece.lat) + math.degrees(widest / EARTH_KM)))
    side_km = math.sqrt(8 * EARTH_KM * tolerance / 2 / max(slope, 0.1))
    drawn = [
        shapely.segmentize(shapely.buffer(thin, reach, quad_segs=32), side_km)
        for reach in (max(reach_km - 2 * spare, 0.0), reach_km + 2 * spare)
    ]
    inner, outer = (within_world(shapely.make_valid(_unflatten(geometry, piece))) for geometry in drawn)
    return inner, outer


def _flatten(points: Floats, piece: _Piece) -> Floats:
    """Kilometres east and north of the middle of the piece: true in distance and direction from there."""
    middle, east, north = _frame(piece)
    x, y, z = points @ east, points @ north, points @ middle
    across = np.hypot(x, y)
    scale = np.where(across > 0, EARTH_KM * np.arctan2(across, z) / np.where(across > 0, across, 1.0), EARTH_KM)
    return np.column_stack((x * scale, y * scale))


def _unflatten(geometry: Any, piece: _Piece) -> Any:
    """The geometry in degrees, its longitudes running on past ±180 where it crosses the antimeridian."""
    middle, east, north = _frame(piece)

    def turned(flat: Floats) -> Floats:
        away = np.hypot(flat[:, 0], flat[:, 1])
        unit = flat / np.where(away > 0, away, 1.0)[:, np.newaxis]
        angle = (away / EARTH_KM)[:, np.newaxis]
        direction = unit[:, :1] * east + unit[:, 1:] * north
        lons, lats = degrees(np.cos(angle) * middle + np.sin(angle) * direction)
        return np.column_stack((piece.lon + (lons - piece.lon + 180) % 360 - 180, lats))

    return shapely.transform(geometry, turned)


def _frame(piece: _Piece) -> tuple[Floats, Floats, Floats]:
    phi, lam = math.radians(piece.lat), math.radians(piece.lon)
    middle = np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])
    east = np.array([-math.sin(lam), math.cos(lam), 0.0])
    return middle, east, np.cross(middle, east)
