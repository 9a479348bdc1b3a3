"""Every text of an alert with its path, so that a rule about texts is written once."""

from __future__ import annotations

from collections.abc import Iterator

from hub.alert.alert import Alert, Area, Info, NamedValue, Resource
from hub.formats.cap.elements import place

Placed = tuple[str, str]


def texts_of(alert: Alert) -> Iterator[Placed]:
    """(path, text) of every free text, in document order; addresses, times and closed lists are not among them."""
    yield "alert/source", alert.source
    yield "alert/restriction", alert.restriction
    yield from _many("alert", "addresses", alert.addresses)
    yield from _many("alert", "code", alert.codes)
    yield "alert/note", alert.note
    yield from _many("alert", "incidents", alert.incidents)
    for number, info in enumerate(alert.infos, start=1):
        yield from _info(f"alert/info[{number}]", info)


def _info(path: str, info: Info) -> Iterator[Placed]:
    yield f"{path}/event", info.event
    yield f"{path}/audience", info.audience
    yield from _pairs(path, "eventCode", info.event_codes)
    yield f"{path}/senderName", info.sender_name
    yield f"{path}/headline", info.headline
    yield f"{path}/description", info.description
    yield f"{path}/instruction", info.instruction
    yield f"{path}/contact", info.contact
    yield from _pairs(path, "parameter", info.parameters)
    for number, resource in enumerate(info.resources, start=1):
        yield from _resource(f"{path}/resource[{number}]", resource)
    for number, area in enumerate(info.areas, start=1):
        yield from _area(f"{path}/area[{number}]", area)


def _resource(path: str, resource: Resource) -> Iterator[Placed]:
    yield f"{path}/resourceDesc", resource.description
    yield f"{path}/mimeType", resource.mime_type


def _area(path: str, area: Area) -> Iterator[Placed]:
    yield f"{path}/areaDesc", area.description
    yield from _pairs(path, "geocode", area.geocodes)


def _pairs(parent: str, name: str, pairs: tuple[NamedValue, ...]) -> Iterator[Placed]:
    for number, pair in enumerate(pairs, start=1):
        path = place(parent, name, number, len(pairs))
        yield f"{path}/valueName", pair.name
        yield f"{path}/value", pair.value


def _many(parent: str, name: str, texts: tuple[str, ...]) -> Iterator[Placed]:
    for number, text in enumerate(texts, start=1):
        yield place(parent, name, number, len(texts)), text
