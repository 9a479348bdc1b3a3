"""The rule table: what each rule means and how heavy it weighs on the way in and on the way out.

Ingest is tolerant, emission strict: real alerts break rules that we never break. Ids L and X are those of the rule
list this hub implements for CAP 1.2 (lexical and cross-field); S are rules of the schema; P protect the parser; R are
remarks. A case such as ``X5.later`` weighs one part of a rule on its own; findings name the rule before the dot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hub.formats.cap.finding import Breach, Finding, Level

Gate = Literal["ingest", "emission"]

MAX_FINDINGS = 1000


@dataclass(frozen=True, slots=True)
class CapRule:
    """One rule: the level of breaking it on `ingest` and on `emission`, and its meaning in one sentence."""

    ingest: Level
    emission: Level
    meaning: str


RULES: dict[str, CapRule] = {
    "P0": CapRule("error", "error", "The file is there and can be read."),
    "P1": CapRule("error", "error", "A message has at most 8 MiB."),
    "P2": CapRule("error", "error", "No document type declaration, no entities."),
    "P3": CapRule("error", "error", "The message is well-formed XML."),
    "P4": CapRule("error", "error", "The bytes fit the encoding."),
    "P5": CapRule("error", "error", "Elements are nested at most 24 deep."),
    "P6": CapRule("error", "error", "At most 50,000 elements and attributes."),
    "P7": CapRule("error", "error", "No text is longer than its bound."),
    "P8": CapRule("error", "error", "At most 250,000 coordinate pairs."),
    "S1": CapRule("error", "error", "The root is `alert` in a namespace of CAP 1.0, 1.1 or 1.2."),
    "S2": CapRule("error", "error", "A required element is present and not empty."),
    "S3": CapRule("error", "error", "Elements stand in the order of the schema."),
    "S4": CapRule("error", "error", "An element that may occur once occurs once."),
    "S5": CapRule("error", "error", "No element but CAP's own, and XML-DSig signatures after the last info."),
    "S6": CapRule("error", "error", "No text between elements, no elements inside a text, no attributes."),
    "S8": CapRule("error", "error", "A value is one of the closed list."),
    "S9": CapRule("error", "error", "Every character is one XML 1.0 can carry."),
    "S10": CapRule("advice", "error", "An optional element is left out rather than empty."),
    "S11": CapRule("advice", "advice", "The message is CAP 1.2 in UTF-8."),
    "L1": CapRule("error", "error", "A time is YYYY-MM-DDThh:mm:ss±hh:mm; no fraction, no Z."),
    "L2": CapRule("error", "error", "No hour 24, no offset beyond 14 hours, a year within reason."),
    "L3": CapRule("error", "error", "identifier and sender hold no blanks, commas, < or &."),
    "L5": CapRule("error", "error", "references are blank-separated triples sender,identifier,sent."),
    "L6": CapRule(
        "error", "error", "addresses and incidents are blank-separated, with quotes around values with blanks."
    ),
    "L7": CapRule("error", "error", "language has the shape of RFC 3066."),
    "L8": CapRule("error", "error", "A polygon is at least four lat,lon pairs, the last equal to the first."),
    "L9": CapRule("error", "error", "Latitude -90..90, longitude -180..180, plain decimals."),
    # One national service writes its polygons so; 99.9 can be no latitude, so the meaning is certain.
    "L9.swapped": CapRule("advice", "error", "Latitude comes first in a pair."),
    "L10": CapRule("error", "error", "A circle is lat,lon and a radius in kilometres of at least 0."),
    "L11": CapRule("error", "error", "altitude and ceiling are decimal feet."),
    "L12": CapRule("error", "error", "size is a whole number of bytes, at least 0."),
    "L13": CapRule("advice", "error", "mimeType is type/subtype with a registered type."),
    "L14": CapRule("advice", "error", "uri is well formed, derefUri base64, digest SHA-1 in hex."),
    "L15": CapRule("error", "error", "web is an absolute address."),
    "L16": CapRule("advice", "error", "No HTML tags or entities in any text."),
    "L17": CapRule("error", "error", "A value of a closed list has no blanks around it."),
    "L17.text": CapRule("advice", "error", "A text has no blanks around it."),
    "L18": CapRule("advice", "advice", "A headline has about 160 characters at most."),
    "X1": CapRule("advice", "error", "restriction is present exactly when scope is Restricted."),
    "X2": CapRule("advice", "error", "scope Private names addresses."),
    "X3": CapRule("advice", "advice", "An exercise or an Error has a note."),
    "X4": CapRule("advice", "error", "Update, Cancel, Ack and Error have references."),
    "X5": CapRule("error", "error", "A message does not refer to itself."),
    "X5.again": CapRule("advice", "error", "No reference is given twice."),
    "X5.later": CapRule("advice", "error", "A message does not refer to a later one."),
    "X7": CapRule("advice", "advice", "References name messages of the same sender."),
    "X8": CapRule("error", "error", "ceiling stands only with altitude, and above it."),
    "X8.equal": CapRule("advice", "error", "ceiling is strictly above altitude."),
    "X9": CapRule("error", "error", "A polygon does not cross itself."),
    "X9.touch": CapRule("advice", "advice", "A polygon does not touch itself."),
    "X9.untested": CapRule("advice", "advice", "A polygon is simple enough to be tested for crossing itself."),
    # CAP 1.2 §3.2.4 reads several shapes as a union, so an overlap is untidy but never wrong.
    "X9.overlap": CapRule("advice", "advice", "Areas of one info do not overlap by more than 1,000 m²."),
    "X11": CapRule("advice", "error", "expires is after effective (else sent) and after onset."),
    "X11.effective": CapRule("advice", "error", "effective is not before sent."),
    "X12": CapRule("advice", "error", "A public message expires."),
    "X13": CapRule("advice", "error", "All infos have the same categories and event codes."),
    "X14": CapRule("advice", "advice", "Infos in one language name one event."),
    "X15": CapRule("advice", "advice", "Later infos in the same language add, and do not contradict."),
    "X16": CapRule("advice", "advice", "Two languages do not carry the same text."),
    "X17": CapRule("advice", "advice", "headline, description and instruction differ."),
    "X18": CapRule("advice", "advice", "An actual warning knows its urgency, severity and certainty."),
    # areaDesc alone is legal CAP; that such a place selects nobody is said where the audience is formed.
    "X19": CapRule("advice", "advice", "Each area has a polygon, circle or geocode."),
    "X20": CapRule("advice", "error", "A draft never leaves."),
    "X21": CapRule("advice", "advice", "sent is not more than 5 minutes ahead."),
    "X21.expired": CapRule("error", "error", "A message that has expired is not sent."),
    "R1": CapRule("advice", "advice", "More findings than are listed."),
}


def judge(breaches: Iterable[Breach], gate: Gate) -> tuple[Finding, ...]:
    """The breaches as findings with the level they have at this gate; bounded, errors kept before advice."""
    findings = [
        Finding(breach.case.partition(".")[0], breach.element, getattr(RULES[breach.case], gate), breach.text)
        for breach in breaches
    ]
    if len(findings) <= MAX_FINDINGS:
        return tuple(findings)
    kept = sorted(findings, key=lambda finding: finding.level != "error")[: MAX_FINDINGS - 1]
    return (*kept, Finding("R1", "", "advice", f"{len(findings) - len(kept)} further findings are not listed"))


def has_error(findings: Iterable[Finding]) -> bool:
    return any(finding.level == "error" for finding in findings)
