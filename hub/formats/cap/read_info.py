"""Reading one `info` and its resources (CAP 1.2 §3.2.2, §3.2.3)."""

from __future__ import annotations

import re

from hub.alert.alert import Info, Resource
from hub.formats.cap.elements import Element
from hub.formats.cap.finding import quote
from hub.formats.cap.read_area import read_area
from hub.formats.cap.read_values import read_moment, read_named, read_word, read_words
from hub.formats.cap.vocabulary import (
    AREA_CHILDREN,
    CATEGORIES,
    CERTAINTIES,
    RESOURCE_CHILDREN,
    RESPONSE_TYPES,
    SEVERITIES,
    URGENCIES,
)

_WHOLE = re.compile(r"[-+]?\d{1,18}", re.ASCII)


def read_info(element: Element) -> Info:
    return Info(
        event=element.required_text("event"),
        urgency=read_word(element, "urgency", URGENCIES, "Unknown"),
        severity=read_word(element, "severity", SEVERITIES, "Unknown"),
        certainty=read_word(element, "certainty", CERTAINTIES, "Unknown"),
        categories=_categories(element),
        language=element.value("language") or "en-US",
        response_types=read_words(element, "responseType", RESPONSE_TYPES),
        audience=element.value("audience"),
        event_codes=tuple(read_named(element, "eventCode")),
        effective=read_moment(element, "effective"),
        onset=read_moment(element, "onset"),
        expires=read_moment(element, "expires"),
        sender_name=element.value("senderName"),
        headline=element.value("headline"),
        description=element.value("description"),
        instruction=element.value("instruction"),
        web=element.value("web"),
        contact=element.value("contact"),
        parameters=tuple(read_named(element, "parameter")),
        resources=tuple(_resource(each) for each in element.elements("resource", RESOURCE_CHILDREN)),
        areas=tuple(read_area(each) for each in element.elements("area", AREA_CHILDREN)),
    )


def _categories(element: Element) -> tuple[str, ...]:
    categories = read_words(element, "category", CATEGORIES)
    if not categories:
        # Optional in CAP 1.0, required since 1.1.
        case = "S11" if element.notes.version == "1.0" else "S2"
        element.notes.add(case, f"{element.path}/category", "no known category; read as Other")
    return categories or ("Other",)


def _resource(element: Element) -> Resource:
    return Resource(
        description=element.required_text("resourceDesc"),
        # Optional before CAP 1.2.
        mime_type=element.required_text("mimeType") if element.notes.version == "1.2" else element.value("mimeType"),
        size=_size(element),
        uri=element.value("uri"),
        deref_uri=element.value("derefUri"),
        digest=element.value("digest"),
    )


def _size(element: Element) -> int | None:
    text = element.value("size")
    if not text:
        return None
    number = int(text) if _WHOLE.fullmatch(text) else -1
    if number < 0:
        element.notes.add("L12", f"{element.path}/size", f"{quote(text)} is no number of bytes; dropped")
        return None
    return number
