"""Messages of one chunk through the windows of their destinations to the driver, and their outcomes into the log.

A fixed number of pumps take from one deque; there is no task per recipient, which is what keeps this path lean.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from channels.driver import Driver
from channels.message import Ambiguous, DeliveryState, Message, Outcome, Reason
from hub.clock import Clock, to_ms
from hub.dispatch.destinations import Destination, Destinations
from hub.dispatch.outcomes import OutcomeLog
from hub.dispatch.retry import Attempt, settlement
from hub.settings import DispatchSettings
from hub.store.deliveries import Settlement

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message and the attempt it is."""

    attempt: Attempt
    message: Message


@dataclass(slots=True)
class Pump:
    """One chunk on its way. `stopped` ends it: what has not left yet is settled as revoked, unsent."""

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

    async def run(self, parcels: Iterable[Parcel]) -> None:
        """Returns when every parcel has its outcome, durable."""
        # Every destination has pumps of its own, so that one that hangs holds up only itself.
        queues: dict[str, deque[Parcel]] = {}
        for parcel in parcels:
            queues.setdefault(self.driver.destination(parcel.message), deque()).append(parcel)
        async with asyncio.TaskGroup() as pumps:
            for key, queue in queues.items():
                destination = self.destinations.of(self.channel, self.driver, key)
                for _ in range(min(len(queue), self.driver.limits.concurrency)):
                    pumps.create_task(self._pump(destination, queue))
        await self.outcomes.close()

    async def _pump(self, destination: Destination, queue: deque[Parcel]) -> None:
        window = destination.window
        while queue:
            if not window.try_enter(self.urgency):
                await window.enter(self.urgency)
            await self._hold(destination, queue)

    async def _hold(self, destination: Destination, queue: deque[Parcel]) -> None:
        """Sends one message after the other in one slot, until the window wants the slot back or nothing is left."""
        window = destination.window
        held = True
        try:
            while held and queue:
                parcel = queue.popleft()
                if destination.bucket is not None:
                    await destination.bucket.take(max(1, parcel.message.form.segments))
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

    def _may_leave(self, parcel: Parcel) -> bool:
        """Checked when taken, not only when queued: waiting counts against the alert's own end."""
        expired = to_ms(self.clock.now()) >= self.expires_ms
        if not (expired or self.stopped):
            return True
        state = DeliveryState.EXPIRED if expired else DeliveryState.REVOKED
        reason = Reason.EXPIRED if expired else Reason.REVOKED
        attempt = parcel.attempt
        self.outcomes.add(Settlement(attempt.campaign, attempt.recipient, attempt.number, state, reason))
        return False

    def _settle(self, parcel: Parcel, outcome: Outcome) -> None:
        now = to_ms(self.clock.now())
        settled = settlement(parcel.attempt, outcome, now=now, expires=self.expires_ms, settings=self.settings)
        if settled.not_before is not None:
            self.waits_until = min(self.waits_until or settled.not_before, settled.not_before)
        self.outcomes.add(settled)
