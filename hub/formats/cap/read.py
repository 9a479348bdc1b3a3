"""Tolerant reading: bytes in, an alert and everything that is wrong with it out; never an exception."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from hub.alert.alert import Alert
from hub.formats.cap.check import cross_breaches
from hub.formats.cap.elements import Notes, open_element
from hub.formats.cap.fields import field_breaches
from hub.formats.cap.finding import Finding, quote
from hub.formats.cap.parse import Node, Unreadable, parse
from hub.formats.cap.read_alert import read_alert
from hub.formats.cap.rules import has_error, judge
from hub.formats.cap.shapes import crossings
from hub.formats.cap.vocabulary import ALERT_CHILDREN, VERSIONS, XML_DSIG

_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]{0,80}encoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})""")


@dataclass(frozen=True, slots=True)
class CapReading:
    """What came of reading.

    `version` is "1.0", "1.1", "1.2" or empty; `signed` says only that a signature stands there, never that it holds.
    """

    alert: Alert | None
    findings: tuple[Finding, ...]
    version: str = ""
    signed: bool = False

    @property
    def verdict(self) -> Literal["clean", "findings", "refused"]:
        """Refused: there is no alert. Findings: at least one error. Clean: advice at most."""
        if self.alert is None:
            return "refused"
        return "findings" if has_error(self.findings) else "clean"


def read(data: bytes) -> CapReading:
    """Reads CAP 1.2, 1.1 or 1.0. Refuses only what is unsafe, unreadable or no CAP; the rest becomes findings."""
    try:
        root = parse(data)
    except Unreadable as refusal:
        return _refuse(refusal.rule, refusal.element, refusal.text)
    version = VERSIONS.get(root.namespace)
    if root.name != "alert" or version is None:
        where = f"in namespace {quote(root.namespace)}" if root.namespace else "without a namespace"
        return _refuse("S1", root.name[:60], f"{quote(root.name)} {where} is no CAP alert")
    return _read_root(root, version, data)


def read_unjudged(data: bytes) -> Alert | None:
    """The alert alone, of a document that was judged when it was written; None where it does not read."""
    try:
        root = parse(data)
    except Unreadable:
        return None
    return read_alert(open_element(root, "alert", ALERT_CHILDREN, Notes("1.2")))


def _read_root(root: Node, version: str, data: bytes) -> CapReading:
    notes = Notes(version)
    if version != "1.2":
        notes.add("S11", "alert", f"CAP {version} is read; what the hub writes is CAP 1.2")
    encoding = _ENCODING.match(data[:200])
    if encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii"):
        notes.add("S11", "", f"the encoding is {encoding[1].decode()}, not UTF-8")
    signed = _has_signature(root, notes)
    alert = read_alert(open_element(root, "alert", ALERT_CHILDREN, notes))
    if alert is not None:
        notes.breaches += crossings(notes.rings)
        notes.breaches += field_breaches(alert)
        notes.breaches += cross_breaches(alert)
    return CapReading(alert, judge(notes.breaches, "ingest"), version, signed)


def _has_signature(root: Node, notes: Notes) -> bool:
    """Whether an XML signature stands in the message; it belongs after the last info (CAP 1.2 §3.3.4.1).

    The schemas of CAP 1.0 and 1.1 have no place for one. That is noted, and is no reason to refuse (rule X22).
    """
    places = [place for place, child in enumerate(root.children) if child.namespace == XML_DSIG]
    last_own = max((place for place, child in enumerate(root.children) if child.namespace != XML_DSIG), default=-1)
    if places and places[0] < last_own:
        notes.add("S3", "alert/Signature", "stands before elements that must come first")
    if places and notes.version != "1.2":
        notes.add("S5", "alert/Signature", f"the schema of CAP {notes.version} has no place for a signature")
    return bool(places)


def _refuse(rule: str, element: str, text: str) -> CapReading:
    return CapReading(None, (Finding(rule, element, "error", text),))
