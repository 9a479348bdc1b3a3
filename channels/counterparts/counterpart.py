"""What every counterpart has in common: knobs to make it misbehave, and its own honest count."""

from __future__ import annotations

import asyncio
import random
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Knobs:
    """How the provider behaves. Probabilities are 0..1, times in seconds. All zero is a perfect provider."""

    latency_s: float = 0.0  #: before each answer
    jitter_s: float = 0.0  #: uniform, added to the latency
    receipt_s: float = 0.2  #: from acceptance to the receipt
    loss: float = 0.0  #: accepted and never heard of again: no receipt
    undelivered: float = 0.0  #: accepted, later reported as not delivered
    bad_address: float = 0.0  #: refused as a wrong number, mailbox or robot, decided by the address alone
    error: float = 0.0  #: 5xx before anything was taken
    hang: float = 0.0  #: taken, and never answered
    throttle_per_s: float = 0.0  #: more than this is answered "slow down"; 0 is no limit
    answer: float = 0.0  #: people who answer: press the key, reply, click
    duplicate_receipts: float = 0.0
    seed: int = 1

    def turn(self, **changes: float) -> Knobs:
        """These knobs with some changed. Raises TypeError for a knob that does not exist."""
        return replace(self, **changes)  # type: ignore[arg-type]  # seed is the one integer


TEXTS_KEPT = 200  #: of a counterpart; a load of a million is counted, and not remembered


@dataclass(slots=True)
class Counts:
    """What arrived, counted by the side that received it. `ids` are delivery ids where the protocol carries one, and
    `texts` what the newest of them said.
    """

    received: int = 0  #: requests that were taken, repeats included
    refused: int = 0
    throttled: int = 0
    officials: int = 0  #: taken for numbers of the demonstration's officials, and counted in nothing else
    ids: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def take(self, delivery: str, text: str = "") -> None:
        self.received += 1
        self.ids[delivery] = self.ids.get(delivery, 0) + 1
        self.texts.pop(delivery, None)  # the newest stands last
        self.texts[delivery] = text
        if len(self.texts) > TEXTS_KEPT:
            del self.texts[next(iter(self.texts))]

    @property
    def unique(self) -> int:
        return len(self.ids)

    def summary(self) -> dict[str, int]:
        return {
            "received": self.received,
            "unique": self.unique,
            "duplicates": self.received - self.unique,
            "refused": self.refused,
            "throttled": self.throttled,
            "officials": self.officials,
        }


class Counterpart(Protocol):
    """One provider's server. Listens on loopback, on a free port, and ends when closed."""

    name: str  #: the channel it stands behind
    knobs: Knobs
    counts: Counts

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes a free one. `url` is known from then on."""
        ...

    @property
    def url(self) -> str:
        """Where the driver finds it."""
        ...

    async def aclose(self) -> None:
        """Closes the server; may be called while it never started."""
        ...


class FaultInjector:
    """Draws the misfortunes that the knobs describe, reproducibly from their seed."""

    def __init__(self, knobs: Knobs) -> None:
        self._random = random.Random(knobs.seed)  # noqa: S311 - a simulation, not a secret

    def strikes(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability

    async def linger(self, knobs: Knobs) -> None:
        """Waits as long as this provider takes to answer."""
        wait = knobs.latency_s + (self._random.uniform(0, knobs.jitter_s) if knobs.jitter_s else 0.0)
        if wait > 0:
            await asyncio.sleep(wait)


class ProviderLimit:
    """A fixed-window limit, as providers use it."""

    def __init__(self) -> None:
        self._window = 0
        self._used = 0

    def exceeds(self, now: float, per_second: float) -> bool:
        """Counts one request at loop time `now`; True when it is over the limit."""
        if per_second <= 0:
            return False
        if int(now) != self._window:
            self._window, self._used = int(now), 0
        self._used += 1
        return self._used > per_second


def describe_counterpart(counterpart: Counterpart) -> dict[str, Any]:
    """The counterpart as the control endpoint shows it."""
    return {
        "name": counterpart.name,
        "url": counterpart.url,
        "knobs": asdict(counterpart.knobs),
        "counts": counterpart.counts.summary(),
    }
