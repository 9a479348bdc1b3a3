"""Times, words and pairs made fit to leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hub.alert.alert import NamedValue
from hub.formats.cap.elements import Notes
from hub.formats.cap.lexical import time_fault
from hub.formats.cap.repair_text import plain_text


def repaired_time(moment: datetime | None, path: str, notes: Notes) -> datetime | None:
    """The moment with a spelling in CAP: fractions cut, an odd offset turned to UTC; None where there is none."""
    if moment is None or not time_fault(moment):
        return moment
    notes.add("L1", path, f"{time_fault(moment)}; rewritten, or dropped where it has no zone")
    if moment.utcoffset() is None:
        return None
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return None if time_fault(whole) else whole


def known_words(values: Sequence[str], words: Sequence[str], path: str, notes: Notes) -> tuple[str, ...]:
    """The values that are of the closed list, each once."""
    kept = tuple(dict.fromkeys(value for value in values if value in words))
    if kept != tuple(values):
        notes.add("S8", path, "unknown or repeated values are dropped")
    return kept


def known_word(value: str, words: Sequence[str], path: str, notes: Notes) -> str:
    """The value if it is of the closed list, else Unknown."""
    if value in words:
        return value
    notes.add("S8", path, "not of the closed list; made Unknown")
    return "Unknown"


def named_pairs(pairs: Sequence[NamedValue], path: str, notes: Notes) -> tuple[NamedValue, ...]:
    """Pairs with a name; one without is dropped, since nothing can be looked up under it."""
    kept = []
    for pair in pairs:
        name, value = plain_text(pair.name, path, notes), plain_text(pair.value, path, notes)
        if name:
            kept.append(NamedValue(name, value))
        else:
            notes.add("S2", path, "a pair without a name; dropped")
    return tuple(kept)
