"""How many unanswered requests one destination gets: grows while it copes, shrinks at the first sign of overload.

The feedback is Postfix's 1/N rule (SCHEDULER_README): one clean window adds one; the step down is taken at the start of
a run of failures, not for each of them, and not for what was sent before the last step. A destination that fails whole
windows is dead and is probed with one request.
"""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field

from channels.message import Accepted, Ambiguous, Deferred, FailureReason, Outcome

START = 8.0
DEAD_AFTER_WINDOWS = 2
PROBE_FIRST_S = 1.0
PROBE_MOST_S = 60.0


@dataclass(slots=True, order=True)
class _Waiter:
    urgency: int
    number: int
    turn: asyncio.Future[bool] = field(compare=False)


class ConcurrencyLimit:
    """The slots of one destination, given to the most urgent priority first."""

    def __init__(self, most: int, *, start: float = START) -> None:
        """`most`: the destination's contract; never more unanswered requests than that."""
        self._most = float(most)
        self.limit = min(start, self._most)
        self.used = 0
        self._waiters: list[_Waiter] = []
        self._count = 0
        self._failing = False
        self._sent_before = 0  # answers still to come to what was sent before the last step down
        self._failed_windows = 0.0
        self._probe_s = PROBE_FIRST_S
        self._rest_s = 0.0
        self._may_probe = False

    def try_enter(self, urgency: int) -> bool:
        """Takes a slot if one is free and nobody as urgent waits. The fast path: no await."""
        if self._waiters and self._waiters[0].urgency <= urgency:
            return False
        if self.used >= self._limit_now():
            return False
        self.used += 1
        return True

    async def enter(self, urgency: int, waiting: set[asyncio.Future[bool]] | None = None) -> bool:
        """Takes a slot, waiting for a turn: slots that come free are handed to the most urgent, then the longest.

        Whoever waits is in `waiting`; setting False there calls the wait off, and the answer is then False: no slot.
        Nor is there one at a destination that is dead, until it may be probed.
        """
        if self.try_enter(urgency):
            return True
        if self._is_resting:
            return False
        waiting = set() if waiting is None else waiting
        waiter = _Waiter(urgency, self._count, asyncio.get_running_loop().create_future())
        self._count += 1
        heapq.heappush(self._waiters, waiter)
        waiting.add(waiter.turn)
        try:
            return await waiter.turn
        except asyncio.CancelledError:
            if waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.result():
                self.leave()
            raise
        finally:
            waiting.discard(waiter.turn)

    def keep(self, outcome: Outcome, urgency: int) -> bool:
        """Learns from the answer of a message sent in a held slot; True when the slot may be used for another one.

        False gives the slot back: the window has shrunk, or somebody more urgent waits.
        """
        self._learn(outcome)
        urgent = bool(self._waiters) and self._waiters[0].urgency < urgency
        if self.used <= self._limit_now() and not urgent:
            self._hand_out()
            return True
        self.leave()
        return False

    def leave(self) -> None:
        """Gives a slot back."""
        self.used -= 1
        self._hand_out()

    def _learn(self, outcome: Outcome) -> None:
        self._sent_before = max(0, self._sent_before - 1)
        match outcome:
            case Deferred(FailureReason.THROTTLED, _):
                self._failed_windows = 0.0  # who asks for less is alive
                self._shrink()
            case Deferred(FailureReason.UNREACHABLE, _):
                self._shrink()
                self._fail()
            case Ambiguous():
                self._fail()
            case _:
                self._thrive(isinstance(outcome, Accepted))

    @property
    def is_dead(self) -> bool:
        """Whether the destination has failed whole windows and is only probed."""
        return self._failed_windows >= DEAD_AFTER_WINDOWS

    @property
    def rest_s(self) -> float:
        """How long a dead destination is left alone between two probes; 0 where something may leave for it now."""
        return self._rest_s if self._is_resting else 0.0

    @property
    def _is_resting(self) -> bool:
        return self.is_dead and not self._may_probe

    def _limit_now(self) -> int:
        if self.is_dead:
            return 1 if self._may_probe else 0
        return max(1, int(self.limit))

    def _shrink(self) -> None:
        if not self._failing and not self._sent_before:
            self.limit = max(1.0, self.limit / 2)
            self._sent_before = self.used - 1
        self._failing = True

    def _fail(self) -> None:
        was_dead = self.is_dead
        self._failed_windows += 1.0 / max(1.0, self.limit)
        # The answers of what was under way when it died are no probes: they do not prolong the wait.
        if self.is_dead and (not was_dead or self._may_probe):
            self._may_probe = False
            asyncio.get_running_loop().call_later(self._probe_s, self._probe)
            self._rest_s, self._probe_s = self._probe_s, min(PROBE_MOST_S, self._probe_s * 2)
            self._turn_away()

    def _turn_away(self) -> None:
        """Nobody waits for what is dead: they are on no wire, and whoever is to tell them otherwise must see it."""
        while self._waiters:
            waiter = heapq.heappop(self._waiters)
            if not waiter.turn.done():
                waiter.turn.set_result(False)

    def _probe(self) -> None:
        self._may_probe = True
        self._hand_out()

    def _thrive(self, accepted: bool) -> None:
        self._failing = False
        self._failed_windows = 0.0
        self._probe_s = PROBE_FIRST_S
        # No growth unless the concurrency in use is near the limit: otherwise the limit drifts from reality.
        if accepted and self.limit < self._most and self.used >= self.limit - START:
            self.limit = min(self._most, self.limit + 1.0 / self.limit)

    def _hand_out(self) -> None:
        while self._waiters and self.used < self._limit_now():
            waiter = heapq.heappop(self._waiters)
            if not waiter.turn.done():
                self.used += 1
                waiter.turn.set_result(True)
