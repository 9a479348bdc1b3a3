"""The connections to one origin: the last used first, never more than so many, none kept for long without use."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from channels.http import HttpResponse
from channels.lean.connection import LATE, LOST, Connection
from channels.message import Ambiguous, Deferred, FailureReason

IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a pool connects to; `tls` is None for plain http."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class Deadlines:
    """Connections that may stay only so long. All have the same time, so they are due in the order they came.

    One timer for all of them: a timer each would cost more than parsing the answer.
    """

    def __init__(self, after_s: float, due: Callable[[Connection], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._after_s = after_s
        self._due = due
        self._until: dict[Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: Connection) -> None:
        self._until[connection] = until = self._loop.time() + self._after_s
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._tick)

    def discard(self, connection: Connection) -> None:
        self._until.pop(connection, None)

    def take_newest(self) -> Connection | None:
        return self._until.popitem()[0] if self._until else None

    def stop(self) -> None:
        """Ends the timer; nothing is due any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._until.clear()

    def _tick(self) -> None:
        now = self._loop.time()
        for connection in [each for each, until in self._until.items() if until <= now]:
            del self._until[connection]
            self._due(connection)
        first = next(iter(self._until.values()), None)
        self._timer = None if first is None else self._loop.call_at(first, self._tick)


class Pool:
    """Lends connections. Lent ones come back through `give_back`, whatever became of them."""

    def __init__(self, origin: Origin, timeout_s: float, connect_s: float, most: int) -> None:
        self._origin = origin
        self._connect_s = connect_s
        self._most = most
        self._open: set[Connection] = set()
        self._connecting = 0
        self._busy = Deadlines(timeout_s, lambda connection: connection.fail(LATE))
        self._idle = Deadlines(IDLE_S, Connection.abort)
        self._turns: deque[asyncio.Future[None]] = deque()
        self._opening: set[asyncio.Timeout] = set()
        self._closing = False
        self._changed = asyncio.Event()

    def take(self) -> Connection | None:
        """An idle connection, the last used, so that those not needed age; None where there is none.

        What the other end closed meanwhile is passed over here, before anything was written to it.
        """
        while (connection := self._idle.take_newest()) is not None:
            if connection.is_open:
                return connection
        return None

    async def wait(self) -> Connection | Deferred:
        """A connection that comes free or is opened within the time for connecting."""
        patience = asyncio.timeout(self._connect_s)
        try:
            async with patience:
                self._opening.add(patience)
                return await self._free_or_new()
        except (ssl.SSLError, UnicodeError):
            return Deferred(FailureReason.MISCONFIGURED)  # wrong certificate or host: nothing was said to it
        except OSError:  # TimeoutError is one
            return Deferred(FailureReason.UNREACHABLE)
        finally:
            self._opening.discard(patience)
            self._changed.set()

    def exchange(self, connection: Connection, request: bytes) -> asyncio.Future[HttpResponse | Ambiguous]:
        """Sends the request; its time runs from here."""
        self._busy.add(connection)
        return connection.send(request)

    def give_back(self, connection: Connection) -> None:
        self._busy.discard(connection)
        if connection.reusable and not self._closing:
            self._idle.add(connection)
            self._wake()
        else:
            connection.abort()  # its end makes room for another one

    async def aclose(self) -> None:
        """Ends what is under way and returns when every socket is closed."""
        self._closing = True
        while self._opening or self._open:
            self._changed.clear()
            for patience in self._opening:
                if not patience.expired():
                    patience.reschedule(0.0)
            for connection in list(self._open):
                connection.fail(LOST)
            await self._changed.wait()
        self._busy.stop()
        self._idle.stop()

    async def _free_or_new(self) -> Connection:
        while not self._closing:
            connection = self.take()
            if connection is not None:
                return connection
            if len(self._open) + self._connecting < self._most:
                return await self._connect()
            await self._turn()
        raise ConnectionAbortedError("the pool was closed")

    async def _connect(self) -> Connection:
        self._connecting += 1
        try:
            connection = await self._open_connection()
        except BaseException:
            self._connecting -= 1
            self._wake()  # somebody else may try
            raise
        self._connecting -= 1
        self._open.add(connection)
        return connection

    async def _open_connection(self) -> Connection:
        origin = self._origin
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._forget),
            origin.host,
            origin.port,
            ssl=origin.tls,
            server_hostname=origin.host.rstrip(".") if origin.tls is not None else None,
        )
        if not connection.is_open:
            raise ConnectionResetError("closed as soon as it was opened")
        return connection

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._wake()  # it was our turn and we cannot use it
            raise

    def _forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._idle.discard(connection)
        self._changed.set()
        self._wake()

    def _wake(self) -> None:
        """Lets the one that waits longest look again."""
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                return
