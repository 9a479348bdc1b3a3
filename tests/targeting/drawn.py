"""Audiences of every kind, and people at all distances from their edges, for property tests."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from targeting.audience import Audience, Circle, Corridor, Groups, Point, Polygon
from tests.targeting.oracle import shapes

REGIONS = ("110000000000", "110101000000", "110101001000", "440106001000", "UGC:X", "UGC:X/01")
GROUPS = ("elderly", "children", "fishermen")
LANGUAGES = ("zh", "zh-TW", "en", "bo")


def turned(lon: float) -> float:
    return (lon + 180) % 360 - 180


longitudes = st.sampled_from([179.99, -179.5, 0.0, 116.4, -73.2])
buffers = st.sampled_from([0.0, 0.0, 0.5, 30.0])


@st.composite
def stars(draw: st.DrawFn) -> Polygon:
    """A ring without crossings, as CAP would write it, sometimes with a hole."""
    lat, lon = draw(st.floats(-70, 70)), draw(longitudes)
    count, size = draw(st.integers(3, 9)), draw(st.sampled_from([0.005, 0.1, 2.0, 15.0]))
    radii = draw(st.lists(st.floats(0.3, 1), min_size=count, max_size=count))

    def ring(scale: float) -> tuple[Point, ...]:
        corners = [
            (
                lat + scale * size * radius * math.sin(2 * math.pi * at / count),
                turned(lon + scale * size * radius * math.cos(2 * math.pi * at / count)),
            )
            for at, radius in enumerate(radii)
        ]
        return (*corners, corners[0])

    holes = (ring(0.4),) if draw(st.booleans()) else ()
    return Polygon(ring(1.0), holes, draw(buffers))


circles = st.builds(
    Circle,
    st.one_of(st.floats(-90, 90), st.floats(86, 90), st.floats(-90, -86)),
    st.sampled_from([179.9, -180.0, 10.0]),
    st.sampled_from([0.5, 40.0, 900.0, 2500.0]),
    buffers,
)


@st.composite
def corridors(draw: st.DrawFn) -> Corridor:
    """A walk from anywhere, over poles and the antimeridian as it comes."""
    lat, lon = draw(st.floats(-85, 85)), draw(longitudes)
    size = draw(st.sampled_from([0.02, 1.0, 8.0]))
    line = [(lat, lon)]
    for _ in range(draw(st.integers(1, 4))):
        lat = max(-90.0, min(90.0, lat + size * draw(st.floats(-1, 1))))
        lon = turned(lon + size * draw(st.floats(0.1, 1)))
        line.append((lat, lon))
    return Corridor(tuple(line), draw(st.sampled_from([0.2, 5.0, 60.0, 400.0])), draw(buffers))


some_groups = st.frozensets(st.sampled_from(GROUPS), max_size=2)
audiences = st.builds(
    Audience,
    regions=st.frozensets(st.sampled_from(REGIONS), max_size=2),
    polygons=st.lists(stars(), max_size=2).map(tuple),
    circles=st.lists(circles, max_size=1).map(tuple),
    groups=st.builds(Groups, some_groups, some_groups, some_groups),
    corridors=st.lists(corridors(), max_size=1).map(tuple),
    languages=st.frozensets(st.sampled_from(("zh", "en", "bo")), max_size=2),
    unlocated=st.frozensets(st.sampled_from(REGIONS), max_size=2),
)


def corners_of(shape: Polygon | Circle | Corridor) -> list[tuple[Point, float]]:
    """Points to look around at, and how far (degrees)."""
    match shape:
        case Polygon(ring):
            size = max(abs(lat - ring[0][0]) for lat, _ in ring) + shape.buffer_km / 111
            return [(ring[0], size), (ring[len(ring) // 2], size / 8), (ring[1], shape.buffer_km / 70)]
        case Circle(lat, lon, radius):
            return [((lat, lon), (radius + shape.buffer_km) / 100)]
        case Corridor(line):
            width = (shape.half_width_km + shape.buffer_km) / 100
            return [(line[0], width), (line[-1], width), (line[len(line) // 2], width * 1.5)]


def places(audience: Audience, rng: np.random.Generator, each: int) -> Sequence[Point]:
    """Points around every corner, at the scale of the shape, and some anywhere on the earth."""
    around = [corner for shape in shapes(audience) for corner in corners_of(shape)]
    found = []
    for (lat, lon), size in (*around, ((0.0, 0.0), 90.0)):
        stretch = 1 / max(math.cos(math.radians(min(abs(lat), 89.5))), 0.01)
        for _ in range(each):
            y, x = rng.uniform(-1.3, 1.3, 2) * size
            found.append((max(-90.0, min(90.0, lat + y)), turned(lon + x * stretch)))
    return found
