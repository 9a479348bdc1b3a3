"""The store: durable, grouped, patient, and the same on both databases."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.store.schema import leases
from hub.store.sql.database import Database, StoreUnavailable, is_transient

WRITER = """
import asyncio, sys
from sqlalchemy import insert
from hub.store.sql.database import Database
from hub.store.schema import leases

async def main():
    db = Database(sys.argv[1])
    for number in range(100000):
        await db.write(lambda c: c.execute(insert(leases).values(name=str(number), owner="o", until=1)) and None)
        print(number, flush=True)

asyncio.run(main())
"""


def take(name: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(insert(leases).values(name=name, owner="o", until=1))
        return name

    return work


def names(connection: Connection) -> set[str]:
    return set(connection.execute(select(leases.c.name)).scalars())


class Gate:
    """A work that holds the writer until it is opened, so that others queue up behind it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._opened = threading.Event()

    def __call__(self, _connection: Connection) -> None:
        self.entered.set()
        assert self._opened.wait(30)

    def open(self) -> None:
        self._opened.set()


async def behind_a_gate(db: Database, works: list[Callable[[Connection], object]]) -> list[object]:
    gate = Gate()
    held = asyncio.create_task(db.write(gate))
    await asyncio.to_thread(gate.entered.wait, 30)
    tasks = [asyncio.create_task(db.write(work)) for work in works]
    await asyncio.sleep(0)  # each task has put its work into the queue
    gate.open()
    await held
    return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def commits(db: Database) -> list[int]:
    seen: list[int] = []
    event.listen(db.engine, "commit", lambda _connection: seen.append(1))
    return seen


async def test_what_was_written_is_read_back_with_the_result_of_the_work(db: Database) -> None:
    assert await db.write(take("a")) == "a"
    assert await db.read(names) == {"a"}


async def sees_meanwhile(db: Database, *, snapshot: bool) -> tuple[set[str], set[str]]:
    """What one read sees before and after another's commit."""
    loop = asyncio.get_running_loop()

    def work(connection: Connection) -> tuple[set[str], set[str]]:
        before = names(connection)
        asyncio.run_coroutine_threadsafe(db.write(take("meanwhile")), loop).result(30)
        return before, names(connection)

    return await db.read(work, snapshot=snapshot)


async def test_a_snapshot_sees_one_moment(db: Database) -> None:
    assert await sees_meanwhile(db, snapshot=True) == (set(), set())
    assert await db.read(names) == {"meanwhile"}


async def test_on_postgresql_another_read_sees_what_is_committed_meanwhile(db: Database) -> None:
    seen = {"meanwhile"} if db.dialect == "postgresql" else set()
    assert await sees_meanwhile(db, snapshot=False) == (set(), seen)


async def test_a_snapshot_leaves_no_trace_on_the_connection(db: Database) -> None:
    await asyncio.gather(*(db.read(names, snapshot=True) for _ in range(8)))
    seen = {"meanwhile"} if db.dialect == "postgresql" else set()
    assert await sees_meanwhile(db, snapshot=False) == (set(), seen)


async def test_works_that_wait_together_share_one_commit(db: Database, commits: list[int]) -> None:
    results = await behind_a_gate(db, [take(str(number)) for number in range(20)])
    assert results == [str(number) for number in range(20)]
    assert len(commits) == 2  # the gate's own, then one for all twenty


async def test_a_failing_work_undoes_only_itself(db: Database) -> None:
    def half_done(connection: Connection) -> None:
        take("half")(connection)
        raise LookupError("on purpose")

    results = await behind_a_gate(db, [take("a"), half_done, take("a"), take("b")])
    assert results[0] == "a"
    assert isinstance(results[1], LookupError)
    assert isinstance(results[2], IntegrityError)
    assert results[3] == "b"
    assert await db.read(names) == {"a", "b"}


async def test_a_mistake_in_the_sql_is_answered_at_once_and_not_retried(db: Database) -> None:
    runs = []

    def mistaken(connection: Connection) -> None:
        runs.append(1)
        connection.execute(text("SELECT nothing FROM no_such_table"))

    with pytest.raises(DBAPIError, match="no_such_table"):
        await db.write(mistaken)
    assert len(runs) == 1
    assert await db.write(take("after")) == "after"


async def test_a_commit_refused_for_one_works_sake_keeps_the_others(db: Database) -> None:
    def create(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE child (p INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"))

    def orphan(connection: Connection) -> None:
        connection.execute(text("INSERT INTO child (p) VALUES (7)"))  # only the commit notices

    await db.write(create)
    results = await behind_a_gate(db, [take("a"), orphan, take("b")])
    assert results[0] == "a"
    assert isinstance(results[1], IntegrityError)
    assert results[2] == "b"
    assert await db.read(names) == {"a", "b"}


async def test_not_even_an_exit_in_a_work_ends_the_writer(db: Database) -> None:
    class Exit(BaseException):  # as SystemExit is, which would end the test run too
        pass

    def leave(_connection: Connection) -> None:
        raise Exit

    [result] = await behind_a_gate(db, [leave])
    assert isinstance(result, Exit)
    assert await db.write(take("after")) == "after"


async def test_a_caller_that_gave_up_takes_its_work_back_and_harms_no_other(db: Database) -> None:
    gate = Gate()
    held = asyncio.create_task(db.write(gate))
    await asyncio.to_thread(gate.entered.wait, 30)
    given_up = asyncio.create_task(db.write(take("given up")))
    waiting = asyncio.create_task(db.write(take("waiting")))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    held.cancel()  # its work has begun: it is committed all the same
    await asyncio.sleep(0)
    gate.open()
    assert await waiting == "waiting"
    assert await db.read(names) == {"waiting"}


async def test_a_read_changes_nothing(db: Database) -> None:
    await db.read(take("read"))
    assert await db.read(names) == set()


async def test_closing_finishes_what_is_queued(db_url: str) -> None:
    db = Database(db_url)
    gate = Gate()
    tasks = [asyncio.create_task(db.write(work)) for work in (gate, take("a"), take("b"))]
    await asyncio.to_thread(gate.entered.wait, 30)
    closing = asyncio.create_task(asyncio.to_thread(db.close))
    gate.open()
    await closing
    await asyncio.gather(*tasks)
    again = Database(db_url)
    assert await again.read(names) == {"a", "b"}
    again.close()


async def test_a_closed_store_refuses_a_write_instead_of_hanging(db: Database) -> None:
    db.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await db.write(take("late"))


async def test_a_write_that_was_acknowledged_survives_kill_9_of_its_process(db_url: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, db_url], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    acknowledged = [process.stdout.readline().strip() for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    # The last line may have been cut in the middle by the kill.
    acknowledged += rest.split("\n")[:-1]
    db = Database(db_url)
    kept = await db.read(names)
    db.close()
    assert set(acknowledged) <= kept
    assert len(kept) <= len(acknowledged) + 2  # and no more than what was in flight


# --- the database is away ----------------------------------------------------------------------------------------


async def test_a_write_waits_for_a_sqlite_file_that_another_process_holds(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=1"))
    refused = threading.Event()
    event.listen(db.engine, "handle_error", lambda _context: refused.set())
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    write = asyncio.create_task(db.write(take("patient")))
    await asyncio.to_thread(refused.wait, 30)
    assert not write.done()
    other.execute("COMMIT")
    other.close()
    assert await write == "patient"
    db.close()


async def test_a_write_gives_up_when_the_patience_is_over_and_keeps_nothing(sqlite_url: str) -> None:
    db = Database(sqlite_url, patience_s=0.2)
    event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=1"))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        await db.write(take("impatient"))
    other.execute("ROLLBACK")
    other.close()
    assert await db.read(names) == set()
    assert await db.write(take("later")) == "later"
    db.close()


async def test_a_write_waits_for_a_postgresql_that_is_down(postgres, postgres_url: str) -> None:
    if postgres.server is None:
        pytest.skip("the PostgreSQL of FENGHUO_TEST_POSTGRES is not ours to stop")
    db = Database(postgres_url)
    await db.write(take("before"))
    postgres.server.stop()
    refused = threading.Event()
    event.listen(db.engine, "handle_error", lambda _context: refused.set())
    try:
        write = asyncio.create_task(db.write(take("during")))
        await asyncio.to_thread(refused.wait, 30)
        assert not write.done()
    finally:
        postgres.server.start()
    assert await write == "during"
    assert await db.read(names) == {"before", "during"}
    db.close()


async def test_a_commit_whose_answer_was_lost_is_not_done_twice(postgres_url: str) -> None:
    db = Database(postgres_url)
    runs = []

    def add(connection: Connection) -> None:
        runs.append(1)
        connection.execute(insert(leases).values(name=f"run {len(runs)}", owner="o", until=1))

    def commit_and_lose_the_answer(connection: Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.commit()
        raw.close()

    event.listen(db.engine, "commit", commit_and_lose_the_answer, once=True)
    await db.write(add)
    assert await db.read(names) == {"run 1"}
    db.close()


async def test_a_commit_that_was_lost_before_it_arrived_is_done_again(postgres_url: str) -> None:
    db = Database(postgres_url)
    runs = []

    def add(connection: Connection) -> None:
        runs.append(1)
        connection.execute(insert(leases).values(name=f"run {len(runs)}", owner="o", until=1))

    def lose(connection: Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.close()

    event.listen(db.engine, "commit", lose, once=True)
    await db.write(add)
    assert await db.read(names) == {"run 2"}
    db.close()


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_IOERR_FSYNC, True),
        (sqlite3.SQLITE_ERROR, False),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, False),
        (sqlite3.SQLITE_READONLY, False),
    ],
)
def test_a_sqlite_fault_is_retried_exactly_when_it_may_pass(code: int, passes: bool) -> None:
    original = sqlite3.OperationalError("on purpose")
    original.sqlite_errorcode = code
    assert is_transient(DBAPIError("statement", {}, original)) is passes
