"""Shapes drawn as GeoJSON: read where they are shapes, and refused with their place where they are none."""

from __future__ import annotations

from typing import Any

import pytest

from targeting import geojson
from targeting.audience import Circle, Polygon
from targeting.earth import ShapeRefused

RING = [[120, 30], [121, 30], [121, 31], [120, 30]]
POLYGON = {"type": "Polygon", "coordinates": [RING]}


def feature(properties: Any, geometry: Any = POLYGON) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_positions_are_longitude_first_and_ours_are_latitude_first() -> None:
    [drawn] = geojson.read(POLYGON).polygons
    assert drawn == Polygon(((30.0, 120.0), (30.0, 121.0), (31.0, 121.0), (30.0, 120.0)))


@pytest.mark.parametrize("properties", [None, {}])
def test_a_feature_without_properties_is_drawn_with_the_usual_buffer(properties: Any) -> None:
    [drawn] = geojson.read(feature(properties), buffer_km=2.0).polygons
    assert drawn.buffer_km == 2.0


def test_a_point_is_a_circle_of_the_radius_its_properties_say() -> None:
    drawn = geojson.read(feature({"radius_km": 5}, {"type": "Point", "coordinates": [120, 30]}))
    assert drawn.circles == (Circle(30.0, 120.0, 5.0),)


@pytest.mark.parametrize("properties", ["radius", 7, [1], True])
def test_properties_that_are_no_object_are_refused_at_their_place(properties: Any) -> None:
    """RFC 7946 §3.2: any JSON object, or null."""
    with pytest.raises(ShapeRefused, match=r"^features\[1\]\.properties: is no object$"):
        geojson.read({"type": "FeatureCollection", "features": [feature({}), feature(properties)]})
