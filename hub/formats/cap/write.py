"""Strict writing: CAP 1.2 that validates against the schema and keeps every rule, or a refusal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import cast

from lxml import etree

from hub.alert.alert import Alert, Area, Info, NamedValue, Resource, cap_time
from hub.errors import Invalid
from hub.formats.cap.check import cross_breaches
from hub.formats.cap.emission import emission_breaches, shape_breaches
from hub.formats.cap.fields import field_breaches
from hub.formats.cap.finding import Finding
from hub.formats.cap.lexical import list_text, number_text
from hub.formats.cap.parse import MAX_BYTES, MAX_NODES, MAX_PAIRS
from hub.formats.cap.rules import has_error, judge
from hub.formats.cap.vocabulary import CAP_12
from hub.rules.cited_rule import CitedRule

# The library's types know no default namespace, though the library does.
_NAMESPACES = cast("dict[str, str]", {None: CAP_12})


class CapRefused(Invalid):
    """The alert cannot leave as CAP 1.2; `cap_findings` say why (with advice among them)."""

    def __init__(self, cap_findings: Sequence[Finding]) -> None:
        first = next(finding for finding in cap_findings if finding.level == "error")
        super().__init__(
            f"not written as CAP 1.2: {first.element}: {first.text}",
            rule=CitedRule(first.rule),
            place=first.element,
            findings=[asdict(finding) for finding in cap_findings],
        )
        self.cap_findings = tuple(cap_findings)


def strict_findings(alert: Alert) -> tuple[Finding, ...]:
    """Everything the rules say about an alert that is to leave; `write` refuses when one of them is an error."""
    breaches = (*emission_breaches(alert), *field_breaches(alert), *shape_breaches(alert))
    findings = judge(breaches, "emission")
    if any(finding.rule in ("L1", "L2") for finding in findings):
        return findings  # times that cannot be written cannot be compared
    return judge((*breaches, *cross_breaches(alert)), "emission")


def write(alert: Alert, *, unsettled: Collection[str] = ()) -> bytes:
    """The alert as CAP 1.2: UTF-8, the same alert always the same bytes. Raises CapRefused.

    `unsettled` are rules it may break for now: what is not to leave yet, such as a draft with open questions.
    """
    findings = [each for each in strict_findings(alert) if each.rule not in unsettled]
    if has_error(findings):
        raise CapRefused(findings)
    root = _alert(alert)
    data = bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))
    # What other hubs of our kind would refuse to read is not written either.
    sizes = (
        ("P1", len(data), MAX_BYTES, "bytes"),
        ("P6", sum(1 for _ in root.iter()), MAX_NODES, "elements"),
        ("P8", _pairs(alert), MAX_PAIRS, "coordinate pairs"),
    )
    for rule, size, limit, unit in sizes:
        if size > limit:
            raise CapRefused([Finding(rule, "alert", "error", f"{size} {unit} are more than {limit}")])
    return data


def _pairs(alert: Alert) -> int:
    areas = (area for info in alert.infos for area in info.areas)
    return sum(len(polygon.ring) for area in areas for polygon in area.polygons)


def _alert(alert: Alert) -> etree._Element:
    root = etree.Element(f"{{{CAP_12}}}alert", nsmap=_NAMESPACES)
    _add(root, "identifier", alert.identifier)
    _add(root, "sender", alert.sender)
    _add(root, "sent", cap_time(alert.sent))
    _add(root, "status", alert.status)
    _add(root, "msgType", alert.msg_type)
    _add(root, "source", alert.source)
    _add(root, "scope", alert.scope)
    _add(root, "restriction", alert.restriction)
    _add(root, "addresses", list_text(alert.addresses))
    _add_all(root, "code", alert.codes)
    _add(root, "note", alert.note)
    _add(root, "references", " ".join(str(reference) for reference in alert.references))
    _add(root, "incidents", list_text(alert.incidents))
    for info in alert.infos:
        _info(_child(root, "info"), info)
    return root


def _info(parent: etree._Element, info: Info) -> None:
    _add(parent, "language", info.language)
    _add_all(parent, "category", info.categories)
    _add(parent, "event", info.event)
    _add_all(parent, "responseType", info.response_types)
    _add(parent, "urgency", info.urgency)
    _add(parent, "severity", info.severity)
    _add(parent, "certainty", info.certainty)
    _add(parent, "audience", info.audience)
    _add_named(parent, "eventCode", info.event_codes)
    _add_time(parent, "effective", info.effective)
    _add_time(parent, "onset", info.onset)
    _add_time(parent, "expires", info.expires)
    _add(parent, "senderName", info.sender_name)
    _add(parent, "headline", info.headline)
    _add(parent, "description", info.description)
    _add(parent, "instruction", info.instruction)
    _add(parent, "web", info.web)
    _add(parent, "contact", info.contact)
    _add_named(parent, "parameter", info.parameters)
    for resource in info.resources:
        _resource(_child(parent, "resource"), resource)
    for area in info.areas:
        _area(_child(parent, "area"), area)


def _resource(parent: etree._Element, resource: Resource) -> None:
    _add(parent, "resourceDesc", resource.description)
    _add(parent, "mimeType", resource.mime_type)
    _add(parent, "size", "" if resource.size is None else str(resource.size))
    _add(parent, "uri", resource.uri)
    _add(parent, "derefUri", resource.deref_uri)
    _add(parent, "digest", resource.digest)


def _area(parent: etree._Element, area: Area) -> None:
    _add(parent, "areaDesc", area.description)
    for polygon in area.polygons:
        _add(parent, "polygon", " ".join(f"{number_text(lat)},{number_text(lon)}" for lat, lon in polygon.ring))
    for circle in area.circles:
        centre = f"{number_text(circle.lat)},{number_text(circle.lon)}"
        _add(parent, "circle", f"{centre} {number_text(circle.radius_km)}")
    _add_named(parent, "geocode", area.geocodes)
    _add(parent, "altitude", "" if area.altitude is None else number_text(area.altitude))
    _add(parent, "ceiling", "" if area.ceiling is None else number_text(area.ceiling))


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{CAP_12}}}{name}")


def _add(parent: etree._Element, name: str, text: str) -> None:
    """An element with this text; none for an empty text, since CAP leaves out what is absent."""
    if text:
        _child(parent, name).text = text


def _add_all(parent: etree._Element, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        _add(parent, name, text)


def _add_time(parent: etree._Element, name: str, moment: datetime | None) -> None:
    if moment is not None:
        _add(parent, name, cap_time(moment))


def _add_named(parent: etree._Element, name: str, pairs: Iterable[NamedValue]) -> None:
    for pair in pairs:
        element = _child(parent, name)
        _child(element, "valueName").text = pair.name
        _child(element, "value").text = pair.value
