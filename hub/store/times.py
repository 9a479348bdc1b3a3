"""Which values can be moments in ms: SQLite keeps a word in a column of numbers, where somebody writes one there."""

from __future__ import annotations

LATEST = 253_402_300_800_000  #: the year 10000 in ms: no time of ours


def is_time(value: object) -> bool:
    """Whether it can be one of ours."""
    return isinstance(value, int) and 0 <= value < LATEST
