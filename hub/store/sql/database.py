"""One database, two dialects: concurrent reads, and one writer that commits many works at once.

A work is a plain function of a connection. `write` returns after the commit that holds it, so a caller that answers
2xx afterwards has answered durably. Works that arrive while a commit is under way share the next one (group commit):
that, not speed of single statements, is what makes durability per message cheap.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psycopg
import structlog
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from approvals.audit import AuditEntry, Head
from hub.errors import RecordLost
from hub.store.sql import written
from hub.store.sql.turn import WriteTurn
from hub.store.sql.written import WrittenRecords

log = structlog.get_logger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]

GROUP_LIMIT = 64  #: most works in one commit: bounds how long the first waits for the last
#: a check that fails, and a trigger that refuses: https://www.sqlite.org/rescode.html
SQLITE_STRANGERS = {sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_TRIGGER}
#: check_violation, raise_exception: https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRES_STRANGERS = {"23514", "P0001"}
RETRY_FIRST_S = 0.05
RETRY_MOST_S = 2.0

#: primary result codes that pass: https://www.sqlite.org/rescode.html
SQLITE_TRANSIENT = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)
#: PostgreSQL, Appendix A: connection, transaction rollback (deadlock, serialization), resources, system (I/O)
POSTGRES_TRANSIENT_CLASSES = frozenset({"08", "40", "53", "58"})
#: admin and crash shutdown, cannot connect now, idle-session timeout, lock not available, read-only after failover
POSTGRES_TRANSIENT = frozenset({"57P01", "57P02", "57P03", "57P05", "55P03", "25006"})


class StoreUnavailable(Exception):
    """The database did not come back in time; nothing of the work was kept."""


class EndNotNoted(Exception):
    """An act was committed, and where the audit log ends now could not be noted outside of the database."""


class EndWitness(Protocol):
    """Keeps outside of the database how far its audit log goes."""

    @property
    def head(self) -> Head:
        """The furthest end that was seen. Raises OSError, ValueError."""

    def observe(self, connection: Connection, last: AuditEntry) -> str:
        """Notes an end that was committed, in a transaction that begins with this; it outlives a power cut once this
        returns. Says where the log is not the one that was seen before. Raises OSError, ValueError.
        """


@dataclass(frozen=True, slots=True)
class _Item:
    work: Work[Any]
    done: Future[Any]


@dataclass(frozen=True, slots=True)
class _Result:
    """What one work came to: its value, or what it raised. `acted`: it added an act to the record."""

    value: Any = None
    error: BaseException | None = None
    acted: bool = False


@dataclass(frozen=True, slots=True)
class _Ran:
    """What a group came to, ready to be committed; `transaction` is PostgreSQL's id of it, None where there is none.
    `end` is where the audit log ends after it, None where it added nothing.
    """

    results: list[_Result]
    transaction: str | None
    end: AuditEntry | None


class _CommitUnanswered(Exception):
    """The connection was lost between COMMIT and its answer: only the database knows what became of it."""

    def __init__(self, ran: _Ran) -> None:
        super().__init__()
        self.ran = ran


class Database:
    """A SQLite file or a PostgreSQL database behind the same two methods."""

    def __init__(
        self, url: str, *, patience_s: float = 60.0, readers: int = 4, witness: EndWitness | None = None
    ) -> None:
        """`patience_s`: how long a write waits for a database that is away before it raises StoreUnavailable.
        `witness`: is told of each new end of the audit log before anybody is answered.
        """
        self._witness = witness
        self.engine = make_engine(url)
        self.dialect = self.engine.dialect.name
        self._patience_s = patience_s
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="store-read")
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._closed = False
        file = self.engine.url.database if self.dialect == "sqlite" else None
        self._turn = WriteTurn(Path(f"{file}-turn")) if file and file != ":memory:" else None
        self._writer = threading.Thread(target=self._run_writer, name="store-write", daemon=True)
        self._writer.start()

    async def read(self, work: Work[T], *, snapshot: bool = False) -> T:
        """Runs `work` in a transaction that is rolled back, on what is committed: in a `snapshot`, at one moment."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work, snapshot)

    async def write(self, work: Work[T]) -> T:
        """Runs `work` and returns its result after the commit. An exception of `work` undoes only that work.

        Works of one process run one after the other. Between processes, lock what you test before you change it. A work
        may run more than once before it is committed, so it must do nothing but use its connection. A caller that is
        cancelled takes back a work that has not begun; one that has begun is committed. Raises StoreUnavailable,
        RecordLost where what was added to the record does not stand there, and EndNotNoted after the commit of an act.
        """
        if self._closed:
            raise StoreUnavailable("closed")
        done: Future[T] = Future()
        self._queue.put(_Item(work, done))
        return await asyncio.wrap_future(done)

    def close(self) -> None:
        """Finishes what is queued, then closes. Blocks; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.engine.dispose()
        if self._turn is not None:
            self._turn.close()

    def _read(self, work: Work[T], snapshot: bool) -> T:
        apart = {"isolation_level": "REPEATABLE READ"} if snapshot and self.dialect == "postgresql" else {}
        with self.engine.connect().execution_options(**apart) as connection:
            return work(connection)

    # --- the writer thread

    def _run_writer(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            group, last = self._gather(first)
            # From here on a caller can no longer take its work back, or the answer would have nowhere to go.
            self._commit_or_fail([item for item in group if item.done.set_running_or_notify_cancel()])
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
        unanswered: _Ran | None = None
        while group:
            try:
                ran = self._commit(group) if unanswered is None else self._recover(unanswered)
                if ran is not None:
                    _settle(group, ran.results, self._note(ran.end))
                    return
                unanswered = None  # it was rolled back: the works are functions and simply run again
                continue
            except _CommitUnanswered as lost:
                unanswered, name = lost.ran, type(lost).__name__
            except Exception as error:  # noqa: BLE001 - the writer must outlive whatever a driver raises
                if not is_transient(error):
                    self._settle_apart(group, error)
                    return
                name = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
            if time.monotonic() + wait > deadline:
                _fail(group, StoreUnavailable(name))
                return
            log.warning("store_waits", error=name, retry_in_s=wait)
            time.sleep(wait)
            wait = min(wait * 2, RETRY_MOST_S)

    def _settle_apart(self, group: list[_Item], error: Exception) -> None:
        """A commit that fails for one work's sake (a deferred constraint, say) must not take the others with it."""
        if len(group) == 1:
            _fail(group, error)
        else:
            for item in group:
                self._commit_or_fail([item])

    def _commit(self, group: list[_Item]) -> _Ran:
        turn = self._turn or contextlib.nullcontext()
        record = WrittenRecords(self._last_end_seen)
        options: dict[str, Any] = {"writes": True, written.OPTION: record}
        with turn, self.engine.connect().execution_options(**options) as connection:
            transaction = connection.begin()
            results = [_run(item, connection, record) for item in group]
            record.must_stand(connection)
            ran = _Ran(results, self._transaction_id(connection), record.end)
            try:
                transaction.commit()
            except DBAPIError as error:
                connection.invalidate()  # SQLite leaves the transaction open; the next user must not find it
                if ran.transaction and is_transient(error):
                    raise _CommitUnanswered(ran) from error
                raise
        return ran

    def _last_end_seen(self) -> Head | None:
        """The furthest end of the log that was seen; None where it cannot be read, which is an alarm of its own."""
        try:
            return self._witness.head if self._witness is not None else None
        except (OSError, ValueError):
            return None

    def _note(self, end: AuditEntry | None) -> EndNotNoted | None:
        """What whoever acted is told where the end cannot be noted."""
        if end is None or self._witness is None:
            return None
        try:
            with self.engine.connect() as connection:
                self._witness.observe(connection, end)
        except (OSError, ValueError, DBAPIError) as error:
            log.warning("log_end_not_noted", error=type(error).__name__)
            return EndNotNoted(
                f"it is done and kept, but where the audit log ends now could not be noted ({type(error).__name__}): "
                "make the data directory writable, and look at what is there before you ask again"
            )
        return None

    def _transaction_id(self, connection: Connection) -> str | None:
        """SQLite needs none: its COMMIT is a call in this process, and one that raises has not committed."""
        if self.dialect == "sqlite":
            return None
        found: str | None = connection.exec_driver_sql("SELECT pg_current_xact_id_if_assigned()::text").scalar_one()
        return found

    def _recover(self, ran: _Ran) -> _Ran | None:
        """What became of an unanswered commit: itself when it was kept, None when it was rolled back."""
        with self.engine.connect() as connection:
            status = connection.execute(
                text("SELECT pg_xact_status(CAST(:id AS xid8))"), {"id": ran.transaction}
            ).scalar()
        if status == "in progress":  # the server has not yet noticed that we are gone
            raise _CommitUnanswered(ran)
        return ran if status == "committed" else None


def _run(item: _Item, connection: Connection, record: WrittenRecords) -> _Result:
    acted = len(record.acts)
    savepoint = connection.begin_nested()
    try:
        value = item.work(connection)
        savepoint.commit()
    except BaseException as error:  # even one that asks to exit: this thread must go on writing
        if is_transient(error):
            raise  # all of the group runs again
        savepoint.rollback()
        return _Result(error=stranger_refusal(error) or error)
    return _Result(value, acted=len(record.acts) > acted)


def stranger_refusal(error: BaseException) -> RecordLost | None:
    """What a check or a trigger of the database refuses, of which the hub's schema has none; None for all else.

    It is named, and nothing of what was to be written: a driver's own text holds that.
    """
    original = error.orig if isinstance(error, DBAPIError) else None
    if getattr(original, "sqlite_errorcode", 0) in SQLITE_STRANGERS:
        name = str(original).rpartition(": ")[2][:80]
    elif getattr(original, "sqlstate", None) in POSTGRES_STRANGERS and isinstance(original, psycopg.Error):
        name = original.diag.constraint_name or "a trigger"
    else:
        return None
    return RecordLost(f"the database refuses what is to be written ({name}): {written.REMEDY}")


def _settle(group: list[_Item], results: list[_Result], unnoted: EndNotNoted | None) -> None:
    """Who only left an entry is answered though its end was not noted: a full disk stops no warning."""
    for item, result in zip(group, results, strict=True):
        error = result.error or (unnoted if result.acted else None)
        if error is None:
            item.done.set_result(result.value)
        else:
            item.done.set_exception(error)


def _fail(group: list[_Item], error: Exception) -> None:
    for item in group:
        item.done.set_exception(error)


def is_transient(error: BaseException) -> bool:
    """Whether the database itself was at fault for a while, so that the same work may succeed later."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    original = error.orig
    if isinstance(original, sqlite3.Error):
        # The low byte is the primary code: https://www.sqlite.org/rescode.html#primary_result_codes_versus_extended
        return getattr(original, "sqlite_errorcode", 0) & 0xFF in SQLITE_TRANSIENT
    if isinstance(original, psycopg.OperationalError) and original.sqlstate is None:
        return True  # libpq's own: cannot connect, connection lost
    state = getattr(original, "sqlstate", None) or ""
    return state[:2] in POSTGRES_TRANSIENT_CLASSES or state in POSTGRES_TRANSIENT


def make_engine(url: str) -> Engine:
    """The engine both dialects are used through. A connection with the option `writes` takes SQLite's write lock."""
    if not url.startswith("sqlite"):
        return _follow_savepoints(create_engine(url, pool_size=6, max_overflow=4, pool_pre_ping=True))
    engine = _follow_savepoints(
        create_engine(url, pool_size=6, max_overflow=4, connect_args={"timeout": 30.0, "check_same_thread": False})
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _follow_savepoints(engine: Engine) -> Engine:
    """What a savepoint wrote is no longer expected in the record once it is rolled back."""
    acts = {
        "savepoint": WrittenRecords.begin_savepoint,
        "release_savepoint": WrittenRecords.release_savepoint,
        "rollback_savepoint": WrittenRecords.undo_savepoint,
    }
    for name, act in acts.items():

        def follow(connection: Connection, *_: object, act: Callable[[WrittenRecords], None] = act) -> None:
            if (record := written.of(connection)) is not None:
                act(record)

        event.listen(engine, name, follow)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    connection.text_factory = _text
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit survives power loss, not only a crash of the process
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
        "journal_size_limit=67108864",
        "secure_delete=ON",  # what was erased is overwritten, not left in pages that are free
    ):
        connection.execute(f"PRAGMA {pragma}")


def _text(data: bytes) -> str:
    """SQLite keeps any bytes as a text. What is none must not end the query that meets it: it is told by its surrogates
    (`hub.store.sql.rows`), and costs its own row alone.
    """
    return data.decode("utf-8", "surrogateescape")


def _begin_sqlite(connection: Connection) -> None:
    # The writer takes the write lock at once: a read that later turns into a write can fail with "database is locked".
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
