"""The prepared words of an urgent evacuation notice (紧急转移通知), one language at a time.

They name no level and no colour: an order to leave is no warning, and whoever gives it may hold no right to warn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from templates.moment import moment_text

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """What is filled in: of which hazard, who gives it, who leaves which place, whereto and by when."""

    hazard: str
    sender: str
    place: str
    refuge: str
    by: datetime


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The notice as a language says it."""

    event: str
    headline: str
    description: str
    instruction: str


def evacuation_words(words: Words, order: Order) -> NoticeText | None:
    """The notice in a language; None where nobody has prepared one in it."""
    if not words["evacuation_event"]:
        return None
    event = words["evacuation_event"].format(hazard=order.hazard)
    values = {
        "event": event,
        "hazard": order.hazard,
        "sender": order.sender,
        "place": order.place,
        "refuge": order.refuge,
        "by": moment_text(words, words["moment"], order.by),
    }
    said = {part: words[f"evacuation_{part}"].format(**values) for part in ("headline", "description", "instruction")}
    return NoticeText(event, **said)
