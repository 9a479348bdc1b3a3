"""Messages of one chunk through the windows of their destinations to the driver, and their outcomes into the log.

A fixed number of pumps take from one deque; there is no task per recipient, which is what keeps this path lean.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from channels.driver import Driver
from channels.message import Ambiguous, Deferred, FailureReason, Message, Outcome
from hub.clock import Clock, to_ms
from hub.dispatch.destinations import Destination, Destinations
from hub.dispatch.outcomes import OutcomeLog
from hub.dispatch.retry import DeliveryAttempt, settlement, unsent
from hub.settings.settings import DispatchSettings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message and the attempt it is."""

    attempt: DeliveryAttempt
    message: Message


@dataclass(slots=True)
class ShardSender:
    """One chunk on its way. `stop` ends it: what has not left yet is settled as revoked, unsent."""

    channel: str
    driver: Driver
    destinations: Destinations
    outcomes: OutcomeLog
    clock: Clock
    settings: DispatchSettings
    urgency: int
    expires_ms: int
    stopped: bool = False
    waits_until: int | None = None  #: the earliest moment (ms) a deferred row is due again
    _waiting: set[asyncio.Future[bool]] = field(default_factory=set)

    def stop(self) -> None:
        """Nothing more leaves, and nobody goes on waiting to send: what comes after a Cancel must not wait for it."""
        self.stopped = True
        for turn in list(self._waiting):
            if not turn.done():
                turn.set_result(False)

    async def run(self, parcels: Iterable[OutboundMessage]) -> None:
        """Returns when every parcel has its outcome, durable."""
        # Every destination has pumps of its own, so that one that hangs holds up only itself.
        queues: dict[str, deque[OutboundMessage]] = {}
        for parcel in parcels:
            queues.setdefault(self.driver.destination(parcel.message), deque()).append(parcel)
        async with asyncio.TaskGroup() as pumps:
            for key, queue in queues.items():
                destination = self.destinations.of(self.channel, self.driver, key)
                for _ in range(min(len(queue), self.driver.limits.concurrency)):
                    pumps.create_task(self._pump(destination, queue))
        await self.outcomes.close()

    async def _pump(self, destination: Destination, queue: deque[OutboundMessage]) -> None:
        window = destination.window
        while queue:
            if window.try_enter(self.urgency) or await window.enter(self.urgency, self._waiting):
                await self._hold(destination, queue)
            else:
                self._put_off(queue)

    async def _hold(self, destination: Destination, queue: deque[OutboundMessage]) -> None:
        """Sends one message after the other in one slot, until the window wants the slot back or nothing is left."""
        window = destination.window
        held = True
        try:
            while held and queue:
                parcel = queue.popleft()
                if destination.bucket is not None and not self._is_over():
                    await destination.bucket.take(max(1, parcel.message.form.segments), self.urgency, self._waiting)
                if self._may_leave(parcel):
                    outcome = await self._send(parcel.message)
                    held = window.keep(outcome, self.urgency)
                    self._settle(parcel, outcome)
        finally:
            if held:
                window.leave()

    async def _send(self, message: Message) -> Outcome:
        try:
            return await self.driver.send(message)
        except Exception:  # a driver never raises; if one does, the message may have left
            log.exception("driver_raised", channel=self.channel, delivery=message.delivery)
            return Ambiguous("driver raised")

    def _put_off(self, queue: deque[OutboundMessage]) -> None:
        """Their destination is dead, or they were called off: in flight they would be waited for as if they had left,
        and the escalation would not see them.
        """
        while queue:
            if self._may_leave(parcel := queue.popleft()):
                self._settle(parcel, Deferred(FailureReason.UNREACHABLE))

    def _is_over(self) -> bool:
        return self.stopped or to_ms(self.clock.now()) >= self.expires_ms

    def _may_leave(self, parcel: OutboundMessage) -> bool:
        """Checked when taken, not only when queued: waiting counts against the alert's own end."""
        expired = to_ms(self.clock.now()) >= self.expires_ms
        if not (expired or self.stopped):
            return True
        self.outcomes.add(unsent(parcel.attempt, expired=expired))
        return False

    def _settle(self, parcel: OutboundMessage, outcome: Outcome) -> None:
        now = to_ms(self.clock.now())
        settled = settlement(parcel.attempt, outcome, now=now, expires=self.expires_ms, settings=self.settings)
        if settled.not_before is not None:
            self.waits_until = min(self.waits_until or settled.not_before, settled.not_before)
        self.outcomes.add(settled)
