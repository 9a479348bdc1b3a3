"""Receipts: durable before the 2xx, joined into what is known, parked when they come too early.

Many callbacks share one commit: while one is being written, the next ones gather.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, repeat

from sqlalchemy import Connection

from channels.driver import ParsedCallback
from channels.message import Receipt
from hub.callout.acknowledgement import CallReport, take_reports
from hub.clock import Clock, to_ms
from hub.crypto.delivery_ids import DeliveryIds, DeliveryKey
from hub.store.delivery import provider_references
from hub.store.delivery import receipts as store
from hub.store.delivery.receipts import Report
from hub.store.sql.database import Database, StoreUnavailable
from hub.tracking.forgeries import ForgeryWatch

#: most callbacks in one write: bounds how long the first waits
BATCH = 1000


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """What became of receipts. Callbacks that share a commit are counted together, with the first of them."""

    new: int = 0
    repeated: int = 0
    parked: int = 0


class ForeignDelivery(Exception):
    """A receipt names a delivery that this hub never made on this channel: another channel's, another hub's, forged."""


@dataclass(frozen=True, slots=True)
class LocatedReceipt:
    """A receipt and the delivery it is about; None where only the provider's own id tells, or it is about a call of an
    official.
    """

    receipt: Receipt
    about: DeliveryKey | None = None
    call: int | None = None


@dataclass(slots=True)
class _Waiting:
    receipts: Sequence[LocatedReceipt]
    since: float  # loop time
    done: asyncio.Future[ReceiptResult]


@dataclass(slots=True)
class Receipts:
    """Takes what drivers read out of callbacks."""

    db: Database
    clock: Clock
    ids: DeliveryIds
    forgeries: ForgeryWatch = field(init=False)
    _waiting: list[_Waiting] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.forgeries = ForgeryWatch(self.db, self.clock)

    async def take(self, heard: ParsedCallback) -> ReceiptResult:
        """Returns after the commit that holds every receipt of `heard`. Raises ForeignDelivery, StoreUnavailable.

        A callback with one receipt that is foreign is refused whole, before the database hears of it.
        """
        if not heard.receipts:
            return ReceiptResult()
        addressed = [found for receipt in heard.receipts if (found := self._find_delivery(receipt)) is not None]
        if not addressed:
            return ReceiptResult()
        loop = asyncio.get_running_loop()
        item = _Waiting(addressed, loop.time(), loop.create_future())
        self._waiting.append(item)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write())
        return await item.done

    @property
    def waiting_s(self) -> float:
        """How long the oldest receipt at this door has waited to be written."""
        return asyncio.get_running_loop().time() - self._waiting[0].since if self._waiting else 0.0

    def _find_delivery(self, receipt: Receipt) -> LocatedReceipt | None:
        """None for a message of ours that is no delivery."""
        if not receipt.delivery:
            return LocatedReceipt(receipt)
        # Opened for the channel whose provider signed the callback: what another channel sent is foreign here.
        about = self.ids.open(receipt.channel, receipt.delivery)
        if about is not None:
            return LocatedReceipt(receipt, about)
        if (call := self.ids.open_call(receipt.channel, receipt.delivery)) is not None:
            return LocatedReceipt(receipt, call=call)
        if self.ids.is_service(receipt.channel, receipt.delivery):
            return None
        raise ForeignDelivery

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            answer = await self._keep(batch)
            if len(batch) > 1 and isinstance(answer, Exception) and not isinstance(answer, StoreUnavailable):
                for item in batch:  # one receipt the database cannot take must not take its neighbours with it
                    _answer([item], await self._keep([item]))
            else:
                _answer(batch, answer)

    async def _keep(self, batch: Sequence[_Waiting]) -> ReceiptResult | Exception:
        work = partial(keep, receipts=[r for item in batch for r in item.receipts], now=to_ms(self.clock.now()))
        try:
            return await self.db.write(work)
        except Exception as error:  # noqa: BLE001 - every caller of the batch must hear of it, none may hang
            return error


def _answer(batch: Sequence[_Waiting], answer: ReceiptResult | Exception) -> None:
    """A caller that has gone away meanwhile needs no answer; the others get theirs."""
    # The database counts per batch; the first caller is told the sum, so that sums over callers are right.
    for item, taken in zip(batch, chain((answer,), repeat(ReceiptResult())), strict=False):
        if item.done.done():
            continue
        if isinstance(answer, Exception):
            item.done.set_exception(answer)
        elif isinstance(taken, ReceiptResult):
            item.done.set_result(taken)


def keep(connection: Connection, receipts: Sequence[LocatedReceipt], now: int) -> ReceiptResult:
    """Writes receipts in the caller's transaction: by our own delivery id, else by the provider's, else parked."""
    reported = [CallReport(each.call, each.receipt) for each in receipts if each.call is not None]
    take_reports(connection, reported, now)
    receipts = [each for each in receipts if each.call is None]
    nameless = [each.receipt for each in receipts if each.about is None]
    by_reference = {(r.channel, _cut_reference(r.reference)) for r in nameless if r.reference}
    known = provider_references.find(connection, by_reference) if by_reference else {}
    reports: list[Report] = []
    early: list[tuple[str, str, int, str, int, int]] = []
    for each in receipts:
        receipt = each.receipt
        at, reference = to_ms(receipt.at), _cut_reference(receipt.reference)
        key = each.about or known.get((receipt.channel, reference))
        if key is not None:
            reports.append(Report(*key, int(receipt.state), reference, receipt.detail[:200], at))
        elif reference:
            early.append((receipt.channel, reference, int(receipt.state), receipt.detail[:200], at, now))
    new = store.apply(connection, reports)
    parked = provider_references.park(connection, early)
    return ReceiptResult(new, len(reports) - new, parked)


def _cut_reference(reference: str) -> str:
    return reference[: provider_references.REFERENCE_MOST]
