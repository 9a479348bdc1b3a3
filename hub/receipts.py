"""Receipts: durable before the 2xx, joined into what is known, parked when they come too early.

Many callbacks share one commit: while one is being written, the next ones gather.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, repeat

from sqlalchemy import Connection

from channels.driver import Heard
from channels.message import Receipt
from hub.clock import Clock, to_ms
from hub.store import provider_references
from hub.store import receipts as store
from hub.store.database import Database, StoreUnavailable
from hub.store.receipts import Report

_DELIVERY = re.compile(r"(\d{1,18})-(\d{1,18})")
#: most callbacks in one write: bounds how long the first waits
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of receipts. Callbacks that share a commit are counted together, with the first of them."""

    new: int = 0
    repeated: int = 0
    parked: int = 0


@dataclass(slots=True)
class _Waiting:
    receipts: Sequence[Receipt]
    done: asyncio.Future[Taken]


@dataclass(slots=True)
class Receipts:
    """Takes what drivers read out of callbacks."""

    db: Database
    clock: Clock
    _waiting: list[_Waiting] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None

    async def take(self, heard: Heard) -> Taken:
        """Returns after the commit that holds every receipt of `heard`. Raises StoreUnavailable."""
        if not heard.receipts:
            return Taken()
        item = _Waiting(heard.receipts, asyncio.get_running_loop().create_future())
        self._waiting.append(item)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write())
        return await item.done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            answer = await self._keep(batch)
            if len(batch) > 1 and isinstance(answer, Exception) and not isinstance(answer, StoreUnavailable):
                for item in batch:  # one receipt the database cannot take must not take its neighbours with it
                    _answer([item], await self._keep([item]))
            else:
                _answer(batch, answer)

    async def _keep(self, batch: Sequence[_Waiting]) -> Taken | Exception:
        work = partial(keep, receipts=[r for item in batch for r in item.receipts], now=to_ms(self.clock.now()))
        try:
            return await self.db.write(work)
        except Exception as error:  # noqa: BLE001 - every caller of the batch must hear of it, none may hang
            return error


def _answer(batch: Sequence[_Waiting], answer: Taken | Exception) -> None:
    """A caller that has gone away meanwhile needs no answer; the others get theirs."""
    # The database counts per batch; the first caller is told the sum, so that sums over callers are right.
    for item, taken in zip(batch, chain((answer,), repeat(Taken())), strict=False):
        if item.done.done():
            continue
        if isinstance(answer, Exception):
            item.done.set_exception(answer)
        elif isinstance(taken, Taken):
            item.done.set_result(taken)


def keep(connection: Connection, receipts: Sequence[Receipt], now: int) -> Taken:
    """Writes receipts in the caller's transaction: by our own delivery id, else by the provider's, else parked."""
    by_reference = {(r.channel, _cut(r.reference)) for r in receipts if not r.delivery and r.reference}
    known = provider_references.find(connection, by_reference) if by_reference else {}
    reports: list[Report] = []
    early: list[tuple[str, str, int, str, int, int]] = []
    for receipt in receipts:
        at, reference = to_ms(receipt.at), _cut(receipt.reference)
        key = _key(receipt.delivery) or known.get((receipt.channel, reference))
        if key is not None:
            reports.append(Report(*key, int(receipt.state), reference, receipt.detail[:200], at))
        elif reference:
            early.append((receipt.channel, reference, int(receipt.state), receipt.detail[:200], at, now))
    new = store.apply(connection, reports)
    parked = provider_references.park(connection, early)
    return Taken(new, len(reports) - new, parked)


def _cut(reference: str) -> str:
    return reference[: provider_references.REFERENCE_MOST]


def _key(delivery: str) -> tuple[int, int] | None:
    """(campaign, recipient) of a delivery id; None for anything that is not one."""
    match = _DELIVERY.fullmatch(delivery)
    return (int(match[1]), int(match[2])) if match else None
