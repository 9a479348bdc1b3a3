"""Reading one `area`: shapes are kept only when they can be used, and said why when not (CAP 1.2 §3.2.4)."""

from __future__ import annotations

from hub.alert import Area
from hub.cap.elements import Element, Notes, Text
from hub.cap.finding import quoted
from hub.cap.lexical import in_range, read_circle, read_number, read_pairs
from hub.cap.read_values import read_named
from hub.cap.shapes import ring_breach
from targeting.audience import Circle, Polygon


def read_area(element: Element) -> Area:
    notes = element.notes
    polygons = (_polygon(found, notes) for found in element.texts("polygon"))
    circles = (_circle(found, notes) for found in element.texts("circle"))
    return Area(
        description=element.needed("areaDesc"),
        polygons=tuple(polygon for polygon in polygons if polygon),
        circles=tuple(circle for circle in circles if circle),
        geocodes=tuple(read_named(element, "geocode")),
        altitude=_feet(element, "altitude"),
        ceiling=_feet(element, "ceiling"),
    )


def _polygon(found: Text, notes: Notes) -> Polygon | None:
    pairs, bad = read_pairs(found.value)
    if bad:
        notes.add("L8", found.path, f"{quoted(bad)} is no lat,lon pair; the polygon is dropped")
        return None
    if "e" in found.value or "E" in found.value:
        notes.add("L9", found.path, "a coordinate is written with an exponent; understood")
    outside = next((pair for pair in pairs if not in_range(*pair)), None)
    if outside is not None:
        notes.add("L9", found.path, _out_of_range(pairs, outside))
        return None
    if pairs and pairs[0] != pairs[-1]:
        notes.add("L8", found.path, "the ring is open (last pair is not the first); closed")
        pairs.append(pairs[0])
    if len(pairs) < 4:
        notes.add("L8", found.path, f"{len(pairs)} pairs are too few for a polygon; dropped")
        return None
    breach = ring_breach(pairs)
    if breach:
        notes.add(breach[0], found.path, breach[1])
    return Polygon(tuple(pairs))


def _out_of_range(pairs: list[tuple[float, float]], outside: tuple[float, float]) -> str:
    text = f"the pair {outside[0]},{outside[1]} is not latitude,longitude within range; the polygon is dropped"
    # Never mirrored in silence: a mirrored shape may lie on the other side of the earth.
    swapped = all(in_range(lat=second, lon=first) for first, second in pairs)
    return f"{text} (longitude first? CAP wants latitude first)" if swapped else text


def _circle(found: Text, notes: Notes) -> Circle | None:
    numbers = read_circle(found.value)
    if numbers is None:
        notes.add("L10", found.path, f"{quoted(found.value)} is not lat,lon radius; dropped")
        return None
    lat, lon, radius = numbers
    if not in_range(lat, lon):
        notes.add("L9", found.path, f"{quoted(found.value)} is out of range; the circle is dropped")
        return None
    if radius < 0:
        notes.add("L10", found.path, "a negative radius; the circle is dropped")
        return None
    return Circle(lat, lon, radius)


def _feet(element: Element, name: str) -> float | None:
    text = element.value(name)
    number = read_number(text)
    if text and number is None:
        element.notes.add("L11", f"{element.path}/{name}", f"{quoted(text)} is no decimal number; dropped")
    return number
