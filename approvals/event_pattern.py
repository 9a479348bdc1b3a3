"""Events as a policy names them, spelt out: by key, code, word or pattern, or by what the table says of them."""

from __future__ import annotations

from collections.abc import Iterator

from approvals.authority import PolicyRefused
from approvals.event import UNLISTED, Event, Events

SHORTENED = "@shortened"  #: every event that has a shortened flow
ALONE = "@"  #: before a kind of unit: every event that only this kind may warn of


def spelt_out(events: Events, patterns: tuple[str, ...], place: str) -> tuple[str, ...]:
    """The keys that these patterns mean, each once; the patterns themselves where there is no table.

    What is for every event stays so. Raises PolicyRefused for one that no event of the table fits: it would never hold.
    """
    if not events.by_key:
        return patterns
    found: dict[str, None] = {}
    for pattern in patterns:
        if not pattern.strip("*") or pattern.startswith(UNLISTED):
            found[pattern] = None
            continue
        meant = tuple(event.key for event in _matching_events(events, pattern))
        if not meant:
            raise PolicyRefused(f"{place}: {pattern!r} is no event of the table: name one by its key")
        found |= dict.fromkeys(meant)
    return tuple(found)


def _matching_events(events: Events, pattern: str) -> Iterator[Event]:
    if pattern == SHORTENED:
        yield from (event for event in events if event.path)
    elif pattern.startswith(ALONE):
        kind = pattern.removeprefix(ALONE)
        yield from (event for event in events if {issuer.kind for issuer in event.competent} == {kind})
    else:
        yield from events.fitting(pattern)
