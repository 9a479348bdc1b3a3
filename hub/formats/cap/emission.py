"""What only a message of our own can get wrong: values of the model that have no CAP spelling.

Reading never yields such values, or has noted them where they stood in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Scope, Status
from hub.formats.cap.elements import place
from hub.formats.cap.finding import Breach, quote
from hub.formats.cap.lexical import (
    XML_BLANKS,
    forbidden_character,
    in_range,
    is_bare,
    is_feet,
    is_list_item,
    is_radius,
    is_time,
    time_fault,
)
from hub.formats.cap.parse import MAX_LONG_TEXT, MAX_TEXT, longest
from hub.formats.cap.shapes import Ring, crossings, ring_breach
from hub.formats.cap.texts import texts_of
from hub.formats.cap.vocabulary import CATEGORIES, CERTAINTIES, RESPONSE_TYPES, SEVERITIES, URGENCIES


def emission_breaches(alert: Alert) -> Iterator[Breach]:
    """S2, S8, S9, S10, L1, L2, L5, L6, L12, L17 over the model."""
    yield from _alert(alert)
    for number, info in enumerate(alert.infos, start=1):
        yield from _info(f"alert/info[{number}]", info)
    for path, text in texts_of(alert):
        # A Cancel may repeat the headline of what it ends, however long that was let in.
        yield from _text(path, text, MAX_TEXT if alert.msg_type is MsgType.CANCEL else longest(path))


def shape_breaches(alert: Alert) -> Iterator[Breach]:
    """L8 to L11 and X9 over every polygon and circle, altitude and ceiling."""
    closed: list[tuple[str, Ring]] = []
    for number, info in enumerate(alert.infos, start=1):
        for position, area in enumerate(info.areas, start=1):
            yield from _shapes(f"alert/info[{number}]/area[{position}]", area, closed)
    yield from crossings(closed)


def _alert(alert: Alert) -> Iterator[Breach]:
    for name, word, words in (
        ("status", alert.status, Status),
        ("msgType", alert.msg_type, MsgType),
        ("scope", alert.scope, Scope),
    ):
        if word not in list(words):
            yield Breach("S8", f"alert/{name}", f"{quote(str(word))} is not one of {', '.join(words)}")
    yield from _time("alert/sent", alert.sent)
    for name, items in (("addresses", alert.addresses), ("incidents", alert.incidents)):
        if not all(is_list_item(item) for item in items):
            yield Breach("L6", f"alert/{name}", "a value is empty or holds a double quote")
    if not all(alert.codes):
        yield Breach("S10", "alert/code", "an empty code")
    for path, text in (("alert/identifier", alert.identifier), ("alert/sender", alert.sender)):
        yield from _text(path, text, MAX_TEXT)
    for reference in alert.references:
        if not (is_bare(reference.sender) and is_bare(reference.identifier) and is_time(reference.sent)):
            yield Breach("L5", "alert/references", "a reference is not sender,identifier,sent")
        yield from _text("alert/references", str(reference), MAX_TEXT)


def _info(path: str, info: Info) -> Iterator[Breach]:
    if not info.event:
        yield Breach("S2", f"{path}/event", "a required element is empty")
    if not info.categories:
        yield Breach("S2", f"{path}/category", "at least one is required")
    yield from _words(path, info)
    for name, moment in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        if moment is not None:
            yield from _time(f"{path}/{name}", moment)
    for name, pairs in (("eventCode", info.event_codes), ("parameter", info.parameters)):
        yield from _check_pairs(path, name, pairs)
    yield from _resources(path, info)
    for number, area in enumerate(info.areas, start=1):
        if not area.description:
            yield Breach("S2", f"{path}/area[{number}]/areaDesc", "a required element is empty")
        yield from _check_pairs(f"{path}/area[{number}]", "geocode", area.geocodes)


def _words(path: str, info: Info) -> Iterator[Breach]:
    for name, values, words in (
        ("category", info.categories, CATEGORIES),
        ("responseType", info.response_types, RESPONSE_TYPES),
        ("urgency", (info.urgency,), URGENCIES),
        ("severity", (info.severity,), SEVERITIES),
        ("certainty", (info.certainty,), CERTAINTIES),
    ):
        for value in values:
            if value not in words:
                yield Breach("S8", f"{path}/{name}", f"{quote(value)} is not one of {', '.join(words)}")
    for name, values in (("category", info.categories), ("responseType", info.response_types)):
        if len(set(values)) < len(values):
            yield Breach("S4", f"{path}/{name}", "a value is given twice")


def _resources(path: str, info: Info) -> Iterator[Breach]:
    for number, resource in enumerate(info.resources, start=1):
        parent = f"{path}/resource[{number}]"
        for name, text in (("resourceDesc", resource.description), ("mimeType", resource.mime_type)):
            if not text:
                yield Breach("S2", f"{parent}/{name}", "a required element is empty")
        if resource.size is not None and resource.size < 0:
            yield Breach("L12", f"{parent}/size", "is negative")
        yield from _text(f"{parent}/derefUri", resource.deref_uri, MAX_LONG_TEXT)


def _check_pairs(path: str, name: str, pairs: tuple[NamedValue, ...]) -> Iterator[Breach]:
    for number, pair in enumerate(pairs, start=1):
        if not pair.name:
            yield Breach("S2", f"{place(path, name, number, len(pairs))}/valueName", "a required element is empty")


def _time(path: str, moment: datetime) -> Iterator[Breach]:
    fault = time_fault(moment)
    if fault:
        yield Breach("L2" if "beyond" in fault else "L1", path, fault)


def _text(path: str, text: str, limit: int) -> Iterator[Breach]:
    character = forbidden_character(text)
    if character:
        yield Breach("S9", path, f"{character} cannot stand in XML")
    if text != text.strip(XML_BLANKS):
        yield Breach("L17.text", path, "blanks around a text")
    if len(text) > limit:
        yield Breach("P7", path, f"{len(text)} characters are more than the {limit} it may have: shorten it")


def _shapes(path: str, area: Area, closed: list[tuple[str, Ring]]) -> Iterator[Breach]:
    """The breaches of single shapes; rings that are whole are put into `closed`."""
    for number, polygon in enumerate(area.polygons, start=1):
        where = place(path, "polygon", number, len(area.polygons))
        breach = ring_breach(polygon.ring)
        if breach:
            yield Breach(breach[0], where, breach[1])
        else:
            closed.append((where, polygon.ring))
    for number, circle in enumerate(area.circles, start=1):
        where = place(path, "circle", number, len(area.circles))
        if not in_range(circle.lat, circle.lon):
            yield Breach("L9", where, "the centre is out of range")
        if not is_radius(circle.radius_km):
            yield Breach("L10", where, "the radius is not a number of at least 0")
    for name, feet in (("altitude", area.altitude), ("ceiling", area.ceiling)):
        if feet is not None and not is_feet(feet):
            yield Breach("L11", f"{path}/{name}", "is no height in feet")
