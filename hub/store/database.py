"""One database, two dialects: concurrent reads, and one writer that commits many works at once.

A work is a plain function of a connection. `write` returns after the commit that holds it, so a caller that answers
2xx afterwards has answered durably. Works that arrive while a commit is under way share the next one (group commit):
that, not speed of single statements, is what makes durability per message cheap.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

log = structlog.get_logger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]

GROUP_LIMIT = 64  #: most works in one commit: bounds how long the first waits for the last
RETRY_FIRST_S = 0.05
RETRY_MOST_S = 2.0


class StoreUnavailable(Exception):
    """The database did not come back in time; nothing of the work was kept."""


@dataclass(frozen=True, slots=True)
class _Item:
    work: Work[Any]
    done: Future[Any]


class Database:
    """A SQLite file or a PostgreSQL database behind the same two methods."""

    def __init__(self, url: str, *, patience_s: float = 60.0, readers: int = 4) -> None:
        """`patience_s`: how long a write waits for a database that is away before it raises StoreUnavailable."""
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        self._patience_s = patience_s
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="store-read")
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._run_writer, name="store-write", daemon=True)
        self._writer.start()

    async def read(self, work: Work[T]) -> T:
        """Runs `work` in a transaction of its own that is rolled back; it sees what is committed."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, work: Work[T]) -> T:
        """Runs `work` and returns its result after the commit. An exception of `work` undoes only that work.

        Works of one process run one after the other. Between processes, lock what you test before you change it.
        Raises StoreUnavailable.
        """
        done: Future[T] = Future()
        self._queue.put(_Item(work, done))
        return await asyncio.wrap_future(done)

    def close(self) -> None:
        """Finishes what is queued, then closes."""
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.engine.dispose()

    def _read(self, work: Work[T]) -> T:
        with self.engine.connect() as connection:
            return work(connection)

    # --- the writer thread

    def _run_writer(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            group, last = self._gather(first)
            self._commit_or_fail(group)
            if last:
                return

    def _gather(self, first: _Item) -> tuple[list[_Item], bool]:
        group = [first]
        while len(group) < GROUP_LIMIT:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return group, True
            group.append(item)
        return group, False

    def _commit_or_fail(self, group: list[_Item]) -> None:
        deadline = time.monotonic() + self._patience_s
        wait = RETRY_FIRST_S
        while True:
            try:
                results = self._commit(group)
                break
            except (OperationalError, DBAPIError) as error:
                # The database is away, locked or full. The works are functions: they can simply run again.
                if time.monotonic() + wait > deadline:
                    for item in group:
                        item.done.set_exception(StoreUnavailable(type(error.orig).__name__))
                    return
                log.warning("store_waits", error=type(error.orig).__name__, retry_in_s=wait)
                time.sleep(wait)
                wait = min(wait * 2, RETRY_MOST_S)
        for item, (ok, value) in zip(group, results, strict=True):
            if ok:
                item.done.set_result(value)
            else:
                item.done.set_exception(value)

    def _commit(self, group: list[_Item]) -> list[tuple[bool, Any]]:
        results: list[tuple[bool, Any]] = []
        with self.engine.begin() as connection:
            for item in group:
                savepoint = connection.begin_nested()
                try:
                    value = item.work(connection)
                    savepoint.commit()
                    results.append((True, value))
                except OperationalError:
                    raise
                except Exception as error:  # noqa: BLE001 - handed to the caller whose work it was
                    savepoint.rollback()
                    results.append((False, error))
        return results


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=6, max_overflow=4, pool_pre_ping=True)
    engine = create_engine(url, pool_size=6, max_overflow=4, connect_args={"timeout": 30.0, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit survives power loss, not only a crash of the process
        "busy_timeout=30000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # The writer takes the write lock at once: a read that later turns into a write can fail with "database is locked".
    immediate = threading.current_thread().name == "store-write"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
