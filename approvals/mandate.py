"""What an operator whom the law obliges to alarm may say under its paper (授权书): fixed texts, for fixed zones (pure).

水库大坝安全管理条例 art. 25 has the operator of a dam alarm the area below it, 生产安全事故应急条例 art. 17 the plant
tell those it endangers. Neither gives them words of their own: whoever signs the paper signs every text and every zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from approvals.approval_rule import ApprovalRule
from approvals.delegation import Delegation
from approvals.paper import Gap
from approvals.standing import MessageWords, block_gaps
from targeting.audience import Polygon


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """An area of a message: how it is called, its region keys and its outlines."""

    name: str
    regions: frozenset[str]
    outlines: tuple[Polygon, ...]


def mandate_gaps(
    document: Delegation, blocks: Sequence[MessageWords], places: Sequence[Sequence[NamedPlace]]
) -> list[Gap]:
    """Everything in a message that its paper does not say; `places` are those of each block, in their order."""
    return [*_text_gaps(document, blocks), *_zone_gaps(document, places)]


def _text_gaps(document: Delegation, blocks: Sequence[MessageWords]) -> Iterator[Gap]:
    approved = {text.language.casefold(): text for text in document.texts}
    numbers: dict[str, str] = {}
    spoken = [block.language.casefold() for block in blocks]
    if not blocks or len(set(spoken)) != len(spoken):
        yield Gap(ApprovalRule.MANDATE_TEXT, "one block for each language")
    for number, block in enumerate(blocks, start=1):
        text = approved.get(block.language.casefold())
        if text is None:
            yield Gap(ApprovalRule.MANDATE_TEXT, f"info {number}: the paper has no text in {block.language[:35]!r}")
            continue
        if block.other:
            yield Gap(ApprovalRule.MANDATE_TEXT, f"info {number} {block.other[0]}: nobody approved what it says")
        worded = replace(block, areas=())  # what its areas are called is the zones' to say
        for gap in block_gaps(text, worded, f"info {number}", numbers):
            yield Gap(ApprovalRule.MANDATE_TEXT, gap.text)


def _zone_gaps(document: Delegation, places: Sequence[Sequence[NamedPlace]]) -> Iterator[Gap]:
    zones = {zone.name: NamedPlace(zone.name, zone.keys, zone.outlines) for zone in document.zones}
    for number, areas in enumerate(places, start=1):
        if not areas:
            yield Gap(ApprovalRule.MANDATE_ZONE, f"info {number}: no zone is named")
        for place in areas:
            if zones.get(place.name) != place:
                yield Gap(
                    ApprovalRule.MANDATE_ZONE,
                    f"info {number}: {place.name[:60]!r} is no zone of the paper, as it is drawn there",
                )
