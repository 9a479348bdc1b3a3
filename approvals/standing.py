"""Standing authorisations (授权书): what a paper signed beforehand lets a machine release, and no more (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.decision import Decision
from approvals.document import PARTS, ApprovedText, Document, wording_of
from approvals.pattern import matches
from approvals.stakes import Stakes
from approvals.wording import wording
from targeting.region import NATION, covers

FRESH = timedelta(minutes=10)  #: how old a message may be: one that waited in a queue needs a person to look at it
EARLY = timedelta(minutes=5)  #: how far ahead the sender's clock may be (X21)


@dataclass(frozen=True, slots=True)
class Standing:
    """A paper with what was decided on it. `authors` are who wrote it, `used` counts its uses in the last hour."""

    id: int
    document: Document
    digest: str
    authors: frozenset[int]
    decisions: tuple[Decision, ...]
    revoked_at: datetime | None = None
    used: int = 0

    @property
    def maximum(self) -> tuple[Stakes, ...]:
        """What its signers must have been entitled to."""
        return self.document.maximum

    def refuses(self, stakes: Stakes, at: datetime) -> str:
        """Why the paper does not cover a release of these stakes at this moment; empty where it does (AUTH-1, AUTH-3).

        The texts are not at stake but in the message: see `gaps`.
        """
        broken = in_force(self, at)
        found = [broken] if broken is not None else list(_stakes_gaps(self.document, stakes))
        return found[0].text if found else ""


@dataclass(frozen=True, slots=True)
class Said:
    """One language block of a message, as it would be sent; `other` names further elements that carry words."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str
    sender_name: str
    areas: tuple[str, ...]
    urgency: str
    certainty: str
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that asks to be released without anybody's further word.

    `signed` says that a trusted signature was verified; `own` that a Cancel lifts what this very document released.
    """

    service: str
    sender: str  #: CAP 1.2 §3.2.1 sender
    stakes: Stakes
    sent: datetime
    expires: datetime
    blocks: tuple[Said, ...]
    signed: bool = False
    note: str = ""
    own: bool = False
    shapes: bool = False  #: polygons or circles stand beside the region keys
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing the document does not cover; `rule` is stable."""

    rule: str
    text: str


def in_force(standing: Standing, now: datetime) -> Gap | None:
    """AUTH-1: valid from its first moment until before its last, and not revoked. None where it is in force."""
    document = standing.document
    if standing.revoked_at is not None and standing.revoked_at <= now:
        return Gap("standing-revoked", "the authorisation was revoked")
    if not document.valid_from <= now < document.valid_until:
        return Gap("standing-period", "the authorisation is not in its period")
    if document.digest() != standing.digest:
        return Gap("standing-digest", "the document is not the one that was signed")
    return None


def gaps(standing: Standing, asked: Asked, now: datetime) -> tuple[Gap, ...]:
    """Everything about the message that the document does not cover; empty where it covers it whole."""
    broken = in_force(standing, now)
    found = [broken] if broken is not None else []
    document = standing.document
    found += _scope_gaps(document, asked)
    found += _moment_gaps(document, asked, now)
    if standing.used >= document.most_per_hour:
        found.append(Gap("standing-rate", f"released {standing.used} in an hour already"))
    found += _text_gaps(document, asked)
    return tuple(found)


def _scope_gaps(document: Document, asked: Asked) -> Iterator[Gap]:
    if asked.service != document.grantee:
        yield Gap("standing-grantee", "the authorisation is for another system")
    if asked.sender != document.sender:
        yield Gap("standing-sender", "the sender is not the one named")
    if document.signed and not asked.signed:
        yield Gap("standing-signature", "the message carries no signature that is trusted for this area and event")
    if asked.shapes and NATION not in document.areas:
        yield Gap("standing-area", "polygons and circles may reach anywhere: name the places by their codes")
    else:
        yield from _stakes_gaps(document, asked.stakes)
    match asked.stakes.msg_type:
        case "Alert":
            pass
        case "Cancel" if document.may_cancel and asked.own:
            pass
        case kind:
            yield Gap("standing-type", f"{kind} needs the decision of officials")


def _stakes_gaps(document: Document, stakes: Stakes) -> Iterator[Gap]:
    if not any(matches(pattern, stakes.event) for pattern in document.events):
        yield Gap("standing-event", "the event is not one of those named")
    if stakes.level.word not in document.levels:
        yield Gap("standing-level", f"level {stakes.level.word} is not one of those named")
    outside = sorted(key for key in stakes.areas if not any(_holds(area, key) for area in document.areas))
    if outside or not stakes.areas:
        first = f"{len(outside)} target areas lie outside, the first {outside[0]}" if outside else "no place is named"
        yield Gap("standing-area", first)
    if strange := sorted(stakes.channels - set(document.channels)):
        yield Gap("standing-channel", f"channel {strange[0]} is not one of those named")
    if document.max_persons is not None and stakes.persons > document.max_persons:
        yield Gap("standing-persons", f"{stakes.persons} persons, at most {document.max_persons}")


def _holds(area: str, key: str) -> bool:
    return area == NATION or covers(area, key)


def _moment_gaps(document: Document, asked: Asked, now: datetime) -> Iterator[Gap]:
    if not now - FRESH <= asked.sent <= now + EARLY:
        yield Gap("standing-fresh", "the message is not of this moment")
    if asked.expires - now > timedelta(hours=document.longest_hours):
        yield Gap("standing-hours", f"in force for longer than {document.longest_hours:g} hours")
    if document.emergency_only and asked.stakes.msg_type == "Alert" and not all(map(_immediate, asked.blocks)):
        yield Gap("standing-emergency", "only for immediate danger, observed or likely")


def _immediate(block: Said) -> bool:
    return block.urgency == "Immediate" and block.certainty in {"Observed", "Likely"}


def _text_gaps(document: Document, asked: Asked) -> Iterator[Gap]:
    kind = "Cancel" if asked.stakes.msg_type == "Cancel" else "Alert"
    approved = {text.language.casefold(): text for text in document.texts if text.msg_type == kind}
    if asked.other:
        yield Gap("standing-text", f"{asked.other[0]}: nobody approved what it says")
    if kind == "Cancel":
        if wording(document.cancel_note).read(asked.note) is None:
            yield Gap("standing-text", "note is not the approved wording")
    elif not asked.blocks or asked.note:
        yield Gap("standing-text", "a warning has language blocks, and no note")
    numbers: dict[str, str] = {}
    for number, block in enumerate(asked.blocks, start=1):
        text = approved.get(block.language.casefold())
        if text is None:
            yield Gap("standing-text", f"info {number}: no approved text in {block.language[:35]!r}")
            continue
        if block.other:
            yield Gap("standing-text", f"info {number} {block.other[0]}: nobody approved what it says")
        yield from _block_gaps(text, block, f"info {number}", numbers)


def _block_gaps(text: ApprovedText, block: Said, place: str, numbers: dict[str, str]) -> Iterator[Gap]:
    values: dict[str, str] = {}
    for part in PARTS[:-1]:
        template = wording_of(text, part)
        found = template.read(getattr(block, part))
        if found is None:
            yield Gap("standing-text", f"{place} {part} is not the approved wording")
            continue
        for name, value in found.items():
            # One fact is one fact: 3 in the headline is not 8 in the text, in no language.
            shared = numbers if template.slots[name].kind == "number" else values
            if shared.setdefault(name, value) != value:
                yield Gap("standing-text", f"{place} {part}: {name} differs from what was said before")
    area = wording_of(text, "area")
    if any(area.read(description) is None for description in block.areas):
        yield Gap("standing-text", f"{place} area is not the approved wording")
