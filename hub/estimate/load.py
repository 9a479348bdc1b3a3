"""How often people were warned lately: set algebra over what was sent, and nobody's row is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pyroaring import BitMap

from hub.store.register.fatigue import ReleasedOrder

MOST = 10  #: counted one by one up to here; the last count is "so many or more"
HOUR_MS = 3_600_000


@dataclass(slots=True)
class Load:
    """`at_least[n]` are the people of a selection to whom n + 1 or more messages were sent."""

    selection: BitMap
    alerts: int = 0
    at_least: list[BitMap] = field(default_factory=list)

    def add(self, audience: BitMap) -> None:
        """One more message, to these."""
        self.alerts += 1
        again = self.selection & audience
        if not again:
            return
        for position, before in enumerate(self.at_least):
            self.at_least[position], again = before | again, before & again
            if not again:
                return
        if len(self.at_least) < MOST:
            self.at_least.append(again)

    def having(self, count: int) -> BitMap:
        """Who was sent `count` (1 to MOST) messages or more."""
        return self.at_least[count - 1] if count <= len(self.at_least) else BitMap()

    @property
    def histogram(self) -> dict[str, int]:
        """Persons by the number of messages: 0, 1, … and ``10+``. Everyone of the selection is in one of them."""
        sizes = [len(self.selection), *map(len, self.at_least)]
        exact = {str(count): sizes[count] - sizes[count + 1] for count in range(len(sizes) - 1)}
        last = len(sizes) - 1
        return exact | {f"{last}+" if last == MOST else str(last): sizes[last]}

    def copy(self) -> Load:
        return Load(self.selection, self.alerts, list(self.at_least))


def loads(selection: BitMap, sent: Iterable[ReleasedOrder], now: int, hours: Iterable[int]) -> dict[int, Load]:
    """By length of the window in hours, shortest first, what the people were sent in it. `sent` is newest first."""
    found: dict[int, Load] = {}
    running, waiting = Load(selection), sorted(hours)
    for each in sent:
        while waiting and each.released_at < now - waiting[0] * HOUR_MS:
            found[waiting.pop(0)] = running.copy()
        running.add(each.audience)
    return found | {length: running.copy() for length in waiting}
