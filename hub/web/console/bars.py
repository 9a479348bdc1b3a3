"""Progress as a bar of parts: pure numbers, so that the page and the script draw the same thing."""

from __future__ import annotations

from dataclasses import dataclass

from hub.alert.views import ChannelProgress, PersonProgress

WIDTH = 1000.0  #: units of the drawing, whatever its size on the screen


@dataclass(frozen=True, slots=True)
class BarPart:
    """One part of a bar, in units of WIDTH. `kind` is a class of the style sheet and a key of the words."""

    kind: str
    start: float
    width: float


def of_persons(progress: PersonProgress) -> tuple[BarPart, ...]:
    """confirmed, else reached, failed; the rest of the bar is the unknown."""
    reached = progress.reached - progress.confirmed
    parts = (("confirmed", progress.confirmed), ("reached", reached), ("failed", progress.failed))
    return _parts(parts, progress.targeted)


def of_channel(progress: ChannelProgress) -> tuple[BarPart, ...]:
    """confirmed, else delivered, failed; the rest of the bar is the unknown."""
    delivered = progress.delivered - progress.confirmed
    parts = (("confirmed", progress.confirmed), ("reached", delivered), ("failed", progress.failed))
    return _parts(parts, progress.targeted)


def _parts(counts: tuple[tuple[str, int], ...], whole: int) -> tuple[BarPart, ...]:
    found: list[BarPart] = []
    start = 0.0
    for kind, count in counts:
        width = WIDTH * max(count, 0) / whole if whole > 0 else 0.0
        found.append(BarPart(kind, round(start, 2), round(width, 2)))
        start += width
    return tuple(found)
