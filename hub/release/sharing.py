"""Which of several channels of one medium tells whom: by their configured weights, and only such as fare well."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store.delivery.health import count_outcomes
from hub.store.register import shared

LATELY_MS = 600_000  #: what a channel began before this says nothing of how it fares
STUCK_MS = 30_000  #: longer than any driver waits for an answer, save where it was told to
FEWEST = 3  #: of fewer messages nothing is concluded
SICK = 0.5  #: share of troubled ones from which a channel is given nobody new
_SPREAD = np.uint64(2654435761)  # Knuth's multiplicative hash: neighbours in the register come to different channels


def share(connection: Connection, people: BitMap, weights: Mapping[str, float], now: int) -> dict[str, BitMap]:
    """These people by channel, each in one. `weights` are those of the channels of the pool; `now` is in ms.

    Who may share a number goes with all such people over one channel: a number is told once. Where no channel fares
    well all of them are used.
    """
    well = [name for name in weights if not is_sick(connection, name, now)] or list(weights)
    heavy = [name for name in well if weights[name] > 0] or well
    parts = np.array([weights[name] or 1.0 for name in heavy])
    together = people & shared.sharing(connection)
    ids = np.array(people - together, dtype=np.uint64)
    at = ((ids * _SPREAD) % np.uint64(2**32)) / 2.0**32
    chosen = np.searchsorted(np.cumsum(parts)[:-1] / parts.sum(), at, side="right")
    found = {name: BitMap(ids[chosen == number].astype(np.uint32)) for number, name in enumerate(heavy)}
    found[heavy[int(parts.argmax())]] |= together
    return found | {name: BitMap() for name in weights if name not in found}


def is_sick(connection: Connection, channel: str, now: int) -> bool:
    """Whether a channel's provider has lately taken less than half of what it was given."""
    lately = count_outcomes(connection, channel, now - LATELY_MS, now - STUCK_MS)
    return lately.begun >= FEWEST and lately.troubled >= SICK * lately.begun
