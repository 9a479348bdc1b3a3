"""Shapes drawn as GeoJSON (RFC 7946) become the shapes of an audience.

A line needs a width and a point a radius, which the format has no place for: they are properties of the Feature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from targeting.audience import Audience, Circle, Corridor, Point, Polygon
from targeting.earth import ShapeRefused
from targeting.effort import must_be_tractable

#: properties of a Feature that are read, all in kilometres; `width_km` is the whole width of a corridor
WIDTH, RADIUS, BUFFER = "width_km", "radius_km", "buffer_km"
_DEEPEST = 8  #: collections within collections

Drawn = Polygon | Circle | Corridor


def read(tree: Any, buffer_km: float = 0.0) -> Audience:
    """The shapes of a geometry, a Feature or a FeatureCollection; `buffer_km` where a Feature has none of its own.

    Positions are longitude, latitude (RFC 7946 §3.1.1), a third number is passed over. Rings may wind either way
    (§3.1.6 asks readers not to mind), and parts cut at the antimeridian (§3.1.9) are one area again. Coordinates are
    judged when the shape is made. Raises ShapeRefused naming the place in the document, or where it is too much.
    """
    found = list(_shapes(tree, {BUFFER: buffer_km}, "", 0))
    if not found:
        raise ShapeRefused("the GeoJSON draws nothing")
    drawn = Audience(
        polygons=tuple(shape for shape in found if isinstance(shape, Polygon)),
        circles=tuple(shape for shape in found if isinstance(shape, Circle)),
        corridors=tuple(shape for shape in found if isinstance(shape, Corridor)),
    )
    must_be_tractable(drawn)
    return drawn


def _shapes(tree: Any, properties: Mapping[str, Any], place: str, depth: int) -> Iterator[Drawn]:
    if not isinstance(tree, dict) or depth > _DEEPEST:
        raise ShapeRefused(f"{place or 'document'}: is no GeoJSON object")
    match tree.get("type"):
        case "FeatureCollection":
            yield from _each(tree, "features", properties, place, depth)
        case "GeometryCollection":
            yield from _each(tree, "geometries", properties, place, depth)
        case "Feature":
            own = tree.get("properties") or {}
            if not isinstance(own, dict):
                raise ShapeRefused(f"{_under(place, 'properties')}: is no object")
            yield from _shapes(tree.get("geometry"), {**properties, **own}, _under(place, "geometry"), depth + 1)
        case kind:
            yield from _geometry(kind, tree.get("coordinates"), properties, place)


def _each(tree: Mapping[str, Any], name: str, properties: Mapping[str, Any], place: str, depth: int) -> Iterator[Drawn]:
    members = tree.get(name)
    if not isinstance(members, list):
        raise ShapeRefused(f"{_under(place, name)}: is no list")
    for number, member in enumerate(members):
        yield from _shapes(member, properties, _under(place, f"{name}[{number}]"), depth + 1)


def _geometry(kind: Any, coordinates: Any, properties: Mapping[str, Any], place: str) -> Iterator[Drawn]:
    at = _under(place, "coordinates")
    try:
        match kind:
            case "Polygon":
                yield _polygon(coordinates, properties, place)
            case "MultiPolygon":
                yield from (_polygon(part, properties, place) for part in coordinates)
            case "LineString":
                yield _corridor(coordinates, properties, place)
            case "MultiLineString":
                yield from (_corridor(part, properties, place) for part in coordinates)
            case "Point":
                yield _circle(coordinates, properties, place)
            case "MultiPoint":
                yield from (_circle(part, properties, place) for part in coordinates)
            case _:
                raise ShapeRefused(f"{place or 'document'}: {str(kind)[:40]!r} is no GeoJSON type that draws a shape")
    except (TypeError, IndexError, KeyError, OverflowError):
        raise ShapeRefused(f"{at}: are not those of a {kind} (RFC 7946 §3.1)") from None


def _polygon(rings: Any, properties: Mapping[str, Any], place: str) -> Polygon:
    ring, *holes = (_line(ring) for ring in rings) if rings else ((),)
    return Polygon(ring, tuple(holes), _km(properties, BUFFER, place, 0.0))


def _corridor(line: Any, properties: Mapping[str, Any], place: str) -> Corridor:
    return Corridor(_line(line), _km(properties, WIDTH, place) / 2, _km(properties, BUFFER, place, 0.0))


def _circle(position: Any, properties: Mapping[str, Any], place: str) -> Circle:
    lat, lon = _point(position)
    return Circle(lat, lon, _km(properties, RADIUS, place), _km(properties, BUFFER, place, 0.0))


def _line(positions: Any) -> tuple[Point, ...]:
    return tuple(map(_point, positions))


def _point(position: Any) -> Point:
    lon, lat = position[0], position[1]
    if isinstance(lon, str | bool) or isinstance(lat, str | bool):
        raise TypeError
    return float(lat), float(lon)


def _km(properties: Mapping[str, Any], name: str, place: str, usual: float | None = None) -> float:
    value = properties.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ShapeRefused(f"{place or 'document'}: needs the property {name}, a number of kilometres")
    return float(value)


def _under(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
