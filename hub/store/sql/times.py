"""Which values can be moments in ms: SQLite keeps a word in a column of numbers, where somebody writes one there."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, cast

#: ms by which the clocks of two machines may differ: what is further ahead than anybody sets it was not set by the hub
SKEW = 60_000
LATEST = 253_402_300_800_000  #: the year 10000 in ms: no time of ours


def is_time(value: object) -> bool:
    """Whether it can be one of ours."""
    return isinstance(value, int) and 0 <= value < LATEST


def is_no_time(column: ColumnElement[int]) -> ColumnElement[bool]:
    """`is_time` in SQL, turned round. SQLite sorts every word and all bytes behind the numbers."""
    return (column < 0) | (column >= LATEST) | (column != cast(column, BigInteger))
