"""One info made fit to leave: its words, times, resources and areas."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.alert.alert import Area, Info, Resource
from hub.formats.cap.elements import Notes
from hub.formats.cap.fields import is_media_type
from hub.formats.cap.lexical import (
    XML_BLANKS,
    in_range,
    is_absolute_uri,
    is_base64,
    is_feet,
    is_language,
    is_radius,
    is_sha1_hex,
    is_uri,
)
from hub.formats.cap.repair_text import plain_text
from hub.formats.cap.repair_values import known_word, known_words, named_pairs, repaired_time
from hub.formats.cap.shapes import crossings, repaired_rings, ring_breach
from hub.formats.cap.vocabulary import CATEGORIES, CERTAINTIES, RESPONSE_TYPES, SEVERITIES, URGENCIES
from targeting.audience import Circle, Polygon

#: what stands where CAP demands a text and there is none: it says nothing of the event or the place
STAND_IN_EVENT, STAND_IN_AREA = "Alert", "Area"


def repaired_info(info: Info, path: str, sent: datetime, notes: Notes) -> Info:
    """The info as the strict rules want it."""
    headline = plain_text(info.headline, f"{path}/headline", notes)
    web = info.web
    if web and not is_absolute_uri(web):
        notes.add("L15", f"{path}/web", "no absolute address; dropped")
        web = ""
    language = info.language
    if not is_language(language):
        notes.add("L7", f"{path}/language", "no language tag; made und (undetermined)")
        language = "und"  # RFC 5646 §4.1: undetermined
    info = _repair_times(info, path, sent, notes)
    return replace(
        info,
        language=language,
        categories=known_words(info.categories, CATEGORIES, f"{path}/category", notes) or ("Other",),
        event=_event(info, headline, path, notes),
        response_types=known_words(info.response_types, RESPONSE_TYPES, f"{path}/responseType", notes),
        urgency=known_word(info.urgency, URGENCIES, f"{path}/urgency", notes),
        severity=known_word(info.severity, SEVERITIES, f"{path}/severity", notes),
        certainty=known_word(info.certainty, CERTAINTIES, f"{path}/certainty", notes),
        audience=plain_text(info.audience, f"{path}/audience", notes),
        event_codes=named_pairs(info.event_codes, f"{path}/eventCode", notes),
        sender_name=plain_text(info.sender_name, f"{path}/senderName", notes),
        headline=headline,
        description=plain_text(info.description, f"{path}/description", notes),
        instruction=plain_text(info.instruction, f"{path}/instruction", notes),
        web=web,
        contact=plain_text(info.contact, f"{path}/contact", notes),
        parameters=named_pairs(info.parameters, f"{path}/parameter", notes),
        resources=_resources(info, path, notes),
        areas=tuple(_area(area, f"{path}/area[{number}]", notes) for number, area in enumerate(info.areas, start=1)),
    )


def _event(info: Info, headline: str, path: str, notes: Notes) -> str:
    event = plain_text(info.event, f"{path}/event", notes)
    if not event:
        notes.add("S2", f"{path}/event", "empty; the headline, or a plain word, stands in")
    return event or headline or STAND_IN_EVENT


def _repair_times(info: Info, path: str, sent: datetime, notes: Notes) -> Info:
    """Times as CAP spells them. What was in force before it was sent is so from the moment it was sent."""
    effective = repaired_time(info.effective, f"{path}/effective", notes)
    onset = repaired_time(info.onset, f"{path}/onset", notes)
    expires = repaired_time(info.expires, f"{path}/expires", notes)
    if effective is not None and effective < sent:
        notes.add("X11.effective", f"{path}/effective", "is before sent; dropped, so sent counts")
        effective = None
    return replace(info, effective=effective, onset=onset, expires=expires)


def _resources(info: Info, path: str, notes: Notes) -> tuple[Resource, ...]:
    kept = []
    for number, resource in enumerate(info.resources, start=1):
        whole = _resource(resource, f"{path}/resource[{number}]", notes)
        if whole.uri or whole.deref_uri:
            kept.append(whole)
        else:
            notes.add("L14", f"{path}/resource[{number}]", "leads nowhere; dropped")
    return tuple(kept)


def _resource(resource: Resource, path: str, notes: Notes) -> Resource:
    mime_type = resource.mime_type
    if not is_media_type(mime_type):
        notes.add("L13", f"{path}/mimeType", "no media type; made application/octet-stream")
        mime_type = "application/octet-stream"
    description = plain_text(resource.description, f"{path}/resourceDesc", notes)
    if not description:
        notes.add("S2", f"{path}/resourceDesc", "empty; the media type stands in")
    deref_uri = resource.deref_uri.strip(XML_BLANKS) if is_base64(resource.deref_uri) else ""
    uri = resource.uri if is_uri(resource.uri) and (deref_uri or is_absolute_uri(resource.uri)) else ""
    digest = resource.digest if is_sha1_hex(resource.digest) else ""
    size = resource.size if resource.size is None or resource.size >= 0 else None
    if (deref_uri, uri, digest, size) != (resource.deref_uri, resource.uri, resource.digest, resource.size):
        notes.add("L14", path, "an unfit uri, derefUri, size or digest is dropped")
    return Resource(description or mime_type, mime_type, size, uri, deref_uri, digest)


def _area(area: Area, path: str, notes: Notes) -> Area:
    description = plain_text(area.description, f"{path}/areaDesc", notes)
    if not description:
        notes.add("S2", f"{path}/areaDesc", "empty; a plain word stands in")
    circles = tuple(circle for circle in area.circles if _is_usable(circle))
    if circles != area.circles:
        notes.add("L10", f"{path}/circle", "a circle without a place or radius; dropped")
    altitude, ceiling = area.altitude, area.ceiling
    lost = ceiling is not None and (altitude is None or not altitude < ceiling or not is_feet(ceiling))
    if lost:
        notes.add("X8", f"{path}/ceiling", "stands without an altitude below it; dropped")
        ceiling = None
    if altitude is not None and not is_feet(altitude):
        notes.add("L11", f"{path}/altitude", "is no number; dropped")
        altitude = ceiling = None
    return Area(
        description=description or STAND_IN_AREA,
        polygons=tuple(whole for polygon in area.polygons for whole in _polygons(polygon, f"{path}/polygon", notes)),
        circles=circles,
        geocodes=named_pairs(area.geocodes, f"{path}/geocode", notes),
        altitude=altitude,
        ceiling=ceiling,
    )


def _is_usable(circle: Circle) -> bool:
    return in_range(circle.lat, circle.lon) and is_radius(circle.radius_km)


def _polygons(polygon: Polygon, path: str, notes: Notes) -> list[Polygon]:
    """The polygon, or simple ones that cover the same ground."""
    ring = polygon.ring
    breach = ring_breach(ring)
    if breach and len(ring) >= 3 and all(in_range(*pair) for pair in ring) and ring[0] != ring[-1]:
        notes.add("L8", path, "an open ring; closed")
        ring = (*ring, ring[0])
        breach = ring_breach(ring)
    if breach:
        notes.add(breach[0], path, f"{breach[1]}; dropped")
        return []
    if not any(found.case == "X9" for found in crossings([(path, ring)])):
        return [Polygon(ring)]
    rings = repaired_rings(ring)
    notes.add("X9", path, f"crosses itself; written as {len(rings)} simple polygons over the same ground")
    return [Polygon(tuple(one)) for one in rings]
