"""Standing authorisations (授权书): what a paper signed beforehand lets a machine release, and no more (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.approval_rule import ApprovalRule
from approvals.paper import Gap, SignedMandate, in_force, stakes_gaps
from approvals.policy_input import PolicyInput
from approvals.standing_terms import PARTS, ApprovedText, StandingTerms, wording_of
from approvals.wording import wording
from targeting.region import NATION

FRESH = timedelta(minutes=10)  #: how old a message may be: one that waited in a queue needs a person to look at it
EARLY = timedelta(minutes=5)  #: how far ahead the sender's clock may be (X21)


@dataclass(frozen=True, slots=True)
class StandingAuthorization(SignedMandate):
    """A standing authorisation with what was decided on it."""

    document: StandingTerms


@dataclass(frozen=True, slots=True)
class MessageWords:
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
class StandingRequest:
    """A message that asks to be released without anybody's further word.

    `signed` says that a trusted signature was verified; `own` that a Cancel lifts what this very document released.
    """

    service: str
    sender: str  #: CAP 1.2 §3.2.1 sender
    stakes: PolicyInput
    sent: datetime
    expires: datetime
    blocks: tuple[MessageWords, ...]
    signed: bool = False
    note: str = ""
    own: bool = False
    shapes: bool = False  #: polygons or circles stand beside the region keys
    other: tuple[str, ...] = ()


def gaps(standing: StandingAuthorization, asked: StandingRequest, now: datetime) -> tuple[Gap, ...]:
    """Everything about the message that the document does not cover; empty where it covers it whole."""
    broken = in_force(standing, now)
    found = [broken] if broken is not None else []
    document = standing.document
    found += _scope_gaps(document, asked)
    found += _moment_gaps(document, asked, now)
    if standing.used >= document.most_per_hour:
        found.append(Gap(ApprovalRule.STANDING_RATE, f"released {standing.used} in an hour already"))
    found += _text_gaps(document, asked)
    return tuple(found)


def _scope_gaps(document: StandingTerms, asked: StandingRequest) -> Iterator[Gap]:
    if asked.service != document.grantee:
        yield Gap(ApprovalRule.STANDING_GRANTEE, "the authorisation is for another system")
    if asked.sender != document.sender:
        yield Gap(ApprovalRule.STANDING_SENDER, "the sender is not the one named")
    if document.signed and not asked.signed:
        yield Gap(
            ApprovalRule.STANDING_SIGNATURE, "the message carries no signature that is trusted for this area and event"
        )
    if asked.shapes and NATION not in document.areas:
        yield Gap(ApprovalRule.STANDING_AREA, "polygons and circles may reach anywhere: name the places by their codes")
    else:
        yield from stakes_gaps(document, asked.stakes)
    match asked.stakes.msg_type:
        case "Alert":
            pass
        case "Cancel" if document.may_cancel and asked.own:
            pass
        case kind:
            yield Gap(ApprovalRule.STANDING_TYPE, f"{kind} needs the decision of officials")


def _moment_gaps(document: StandingTerms, asked: StandingRequest, now: datetime) -> Iterator[Gap]:
    if not now - FRESH <= asked.sent <= now + EARLY:
        yield Gap(ApprovalRule.STANDING_FRESH, "the message is not of this moment")
    if asked.expires - now > timedelta(hours=document.longest_hours):
        yield Gap(ApprovalRule.STANDING_HOURS, f"in force for longer than {document.longest_hours:g} hours")
    if document.emergency_only and asked.stakes.msg_type == "Alert" and not all(map(_immediate, asked.blocks)):
        yield Gap(ApprovalRule.STANDING_EMERGENCY, "only for immediate danger, observed or likely")


def _immediate(block: MessageWords) -> bool:
    return block.urgency == "Immediate" and block.certainty in {"Observed", "Likely"}


def _text_gaps(document: StandingTerms, asked: StandingRequest) -> Iterator[Gap]:
    kind = "Cancel" if asked.stakes.msg_type == "Cancel" else "Alert"
    approved = {text.language.casefold(): text for text in document.texts if text.msg_type == kind}
    if asked.other:
        yield Gap(ApprovalRule.STANDING_TEXT, f"{asked.other[0]}: nobody approved what it says")
    if kind == "Cancel":
        if wording(document.cancel_note).read(asked.note) is None:
            yield Gap(ApprovalRule.STANDING_TEXT, "note is not the approved wording")
    elif not asked.blocks or asked.note:
        yield Gap(ApprovalRule.STANDING_TEXT, "a warning has language blocks, and no note")
    numbers: dict[str, str] = {}
    for number, block in enumerate(asked.blocks, start=1):
        text = approved.get(block.language.casefold())
        if text is None:
            yield Gap(ApprovalRule.STANDING_TEXT, f"info {number}: no approved text in {block.language[:35]!r}")
            continue
        if block.other:
            yield Gap(ApprovalRule.STANDING_TEXT, f"info {number} {block.other[0]}: nobody approved what it says")
        yield from block_gaps(text, block, f"info {number}", numbers)


def block_gaps(text: ApprovedText, block: MessageWords, place: str, numbers: dict[str, str]) -> Iterator[Gap]:
    """Where a block is not the approved text; `numbers` are those said before, which are the same in every language."""
    values: dict[str, str] = {}
    for part in PARTS[:-1]:
        template = wording_of(text, part)
        found = template.read(getattr(block, part))
        if found is None:
            yield Gap(ApprovalRule.STANDING_TEXT, f"{place} {part} is not the approved wording")
            continue
        for name, value in found.items():
            # One fact is one fact: 3 in the headline is not 8 in the text, in no language.
            shared = numbers if template.slots[name].kind == "number" else values
            if shared.setdefault(name, value) != value:
                yield Gap(ApprovalRule.STANDING_TEXT, f"{place} {part}: {name} differs from what was said before")
    area = wording_of(text, "area")
    if any(area.read(description) is None for description in block.areas):
        yield Gap(ApprovalRule.STANDING_TEXT, f"{place} area is not the approved wording")
