"""Time as a value that is handed in, so that tests can turn the hands."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is: tests and replays have their own."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch, as the store keeps them."""
    return int(moment.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """The UTC moment of a stored time."""
    return datetime.fromtimestamp(value / 1000, UTC)
