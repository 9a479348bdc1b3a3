"""Reading one `area`: shapes are kept only when they can be used, and said why when not (CAP 1.2 §3.2.4)."""

from __future__ import annotations

from hub.alert.alert import Area
from hub.formats.cap.elements import Element, ElementText, Notes
from hub.formats.cap.finding import quote
from hub.formats.cap.lexical import in_range, is_feet, is_radius, read_circle, read_number, read_pairs
from hub.formats.cap.read_values import read_named
from targeting.audience import Circle, Polygon


def read_area(element: Element) -> Area:
    notes = element.notes
    polygons = (_polygon(found, notes) for found in element.texts("polygon"))
    circles = (_circle(found, notes) for found in element.texts("circle"))
    return Area(
        description=element.required_text("areaDesc"),
        polygons=tuple(polygon for polygon in polygons if polygon),
        circles=tuple(circle for circle in circles if circle),
        geocodes=tuple(read_named(element, "geocode")),
        altitude=_feet(element, "altitude"),
        ceiling=_feet(element, "ceiling"),
    )


def _polygon(found: ElementText, notes: Notes) -> Polygon | None:
    pairs, bad = read_pairs(found.value)
    if bad:
        notes.add("L8", found.path, f"{quote(bad)} is no lat,lon pair; the polygon is dropped")
        return None
    if "e" in found.value or "E" in found.value:
        notes.add("L9", found.path, "a coordinate is written with an exponent; understood")
    outside = next((pair for pair in pairs if not in_range(*pair)), None)
    if outside is not None and not _is_longitude_first(pairs):
        notes.add("L9", found.path, f"the pair {outside[0]},{outside[1]} is out of range; the polygon is dropped")
        return None
    if outside is not None:
        # Never mirrored in silence, and only where no pair of degrees could mean anything else.
        notes.add("L9.swapped", found.path, f"longitude stands first ({outside[0]},{outside[1]}); read the other way")
        pairs = [(second, first) for first, second in pairs]
    is_open = bool(pairs) and pairs[0] != pairs[-1]
    if len(pairs) + is_open < 4:
        notes.add("L8", found.path, f"{len(pairs)} pairs are too few for a polygon; dropped")
        return None
    if is_open:
        notes.add("L8", found.path, "the ring is open (last pair is not the first); closed")
        pairs.append(pairs[0])
    notes.rings.append((found.path, pairs))
    return Polygon(tuple(pairs))


def _is_longitude_first(pairs: list[tuple[float, float]]) -> bool:
    """True where every pair is in range once turned round; asked only when some pair is out of range as it stands."""
    return all(in_range(lat=second, lon=first) for first, second in pairs)


def _circle(found: ElementText, notes: Notes) -> Circle | None:
    numbers = read_circle(found.value)
    if numbers is None:
        notes.add("L10", found.path, f"{quote(found.value)} is not lat,lon radius; dropped")
        return None
    lat, lon, radius = numbers
    if not in_range(lat, lon):
        notes.add("L9", found.path, f"{quote(found.value)} is out of range; the circle is dropped")
        return None
    if not is_radius(radius):
        notes.add("L10", found.path, "the radius is not a number of at least 0; the circle is dropped")
        return None
    return Circle(lat, lon, radius)


def _feet(element: Element, name: str) -> float | None:
    text = element.value(name)
    number = read_number(text)
    if not text:
        return None
    if number is None or not is_feet(number):
        element.notes.add("L11", f"{element.path}/{name}", f"{quote(text)} is no decimal number of feet; dropped")
        return None
    return number
