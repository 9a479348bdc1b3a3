"""Does things a while later, a bounded number at a time: how a provider comes to its callbacks."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

J = TypeVar("J")
_log = logging.getLogger(__name__)


class DelayedJobs(Generic[J]):
    """Hands each job to `do` when it is due, with at most `workers` under way. Jobs left at `aclose` are dropped."""

    def __init__(self, do: Callable[[J], Awaitable[None]], workers: int = 64) -> None:
        self._do = do
        self._workers = workers
        self._waiting: list[tuple[float, int, J]] = []
        self._number = 0
        self._sooner = asyncio.Event()
        self._due: asyncio.Queue[J] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._release())]
        self._tasks += [asyncio.create_task(self._work()) for _ in range(self._workers)]

    def after(self, delay_s: float, job: J) -> None:
        due = asyncio.get_running_loop().time() + delay_s
        self._number += 1  # so that equal times keep their order and jobs are never compared
        heapq.heappush(self._waiting, (due, self._number, job))
        if self._waiting[0][0] == due:
            self._sooner.set()

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _release(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            while self._waiting and self._waiting[0][0] <= now:
                self._due.put_nowait(heapq.heappop(self._waiting)[2])
            self._sooner.clear()
            wait = self._waiting[0][0] - now if self._waiting else None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sooner.wait(), wait)

    async def _work(self) -> None:
        while True:
            job = await self._due.get()
            try:
                await self._do(job)
            except Exception:  # noqa: BLE001 - a counterpart that stopped reporting would hide everything
                _log.exception("a callback went wrong")
