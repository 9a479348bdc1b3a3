"""Where the audit log ends is on disk before whoever added to it is answered."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from approvals.audit import AuditEntry, Head
from hub.store.alerts import acts
from hub.store.records import alarms, audit
from hub.store.records.log_witness import WITNESS, LogWitness, look_at_end
from hub.store.sql.database import Database, EndNotNoted


def entry(action: str) -> Callable[[Connection], AuditEntry]:
    return lambda connection: audit.append(connection, at_ms=1, actor="hub", action=action, subject="s", detail={})


def act(connection: Connection) -> None:
    acts.append(connection, "alert/1", 1, 1, "jws")
    entry("draft")(connection)


@pytest.fixture
def witness(tmp_path: Path) -> LogWitness:
    return LogWitness(tmp_path / WITNESS)


async def test_an_end_is_noted_once_the_write_returns(db_url: str, witness: LogWitness) -> None:
    db = Database(db_url, witness=witness)
    for number in range(1, 4):
        written = await db.write(entry("one"))
        assert witness.head == Head(number, written.hash)
    await db.write(lambda _: None)
    assert witness.head.count == 3
    db.close()


async def test_what_is_noted_is_on_disk_with_its_name(
    db_url: str, witness: LogWitness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fsync(2): a file that was renamed is there after a power cut once its directory was written, too."""
    synced: list[tuple[str, str]] = []

    def fsync(file: int) -> None:
        kept = (tmp_path / WITNESS).exists()
        name = str(Path(f"/proc/self/fd/{file}").readlink()).removeprefix(f"{tmp_path}/")
        synced.append((name, "named" if kept else "fresh"))

    monkeypatch.setattr(os, "fsync", fsync)
    db = Database(db_url, witness=witness)
    await db.write(entry("one"))
    assert synced == [("audit.new", "fresh"), (str(tmp_path), "named")]
    db.close()


async def test_what_was_rolled_back_is_not_noted(db_url: str, witness: LogWitness) -> None:
    db = Database(db_url, witness=witness)

    def fail(connection: Connection) -> None:
        entry("never")(connection)
        raise ValueError("no")

    def half(connection: Connection) -> None:
        entry("first")(connection)
        with connection.begin_nested() as trial:
            entry("tried")(connection)
            trial.rollback()

    with pytest.raises(ValueError, match="no"):
        await db.write(fail)
    assert witness.head.count == 0
    await db.write(half)
    assert witness.head.count == 1
    assert await db.read(witness.broken) == ""
    db.close()


async def test_the_end_of_a_commit_whose_answer_was_lost_is_noted(postgres_url: str, witness: LogWitness) -> None:
    db = Database(postgres_url, witness=witness)

    def commit_and_lose_the_answer(connection: Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.commit()
        raw.close()

    event.listen(db.engine, "commit", commit_and_lose_the_answer, once=True)
    await db.write(entry("one"))
    assert witness.head.count == 1
    db.close()


async def test_an_act_whose_end_cannot_be_noted_is_not_answered_as_done_and_an_entry_is(
    db_url: str, witness: LogWitness, tmp_path: Path
) -> None:
    (tmp_path / "audit.new").mkdir()  # nobody can write a file of this name
    db = Database(db_url, witness=witness)
    with pytest.raises(EndNotNoted, match="data directory"):
        await db.write(act)
    assert await db.read(acts.subjects) == {"alert/1"}
    await db.write(entry("sign-in"))
    assert await db.read(audit.count) == 2
    (tmp_path / "audit.new").rmdir()
    assert await db.read(witness.observe) == ""
    assert witness.head.count == 2
    db.close()


async def test_another_machine_learns_of_an_end_when_it_looks_and_raises_an_alarm_once_it_is_cut(
    db_url: str, witness: LogWitness, tmp_path: Path
) -> None:
    other = LogWitness(tmp_path / "other.head")
    db = Database(db_url, witness=witness)
    await db.write(entry("one"))
    assert other.head.count == 0
    await look_at_end(db, other, 1)
    assert other.head == witness.head
    await db.write(lambda connection: connection.exec_driver_sql("DELETE FROM audit") and None)
    await look_at_end(db, other, 1)
    assert [row.kind for row in await db.read(alarms.recent)] == ["log-cut"]
    db.close()


def _add(url: str, file: Path) -> None:
    witness = LogWitness(file)
    db = Database(url, witness=witness)
    for _ in range(20):
        done = asyncio.run(db.write(entry("many")))
        assert witness.head.count >= done.seq
    db.close()


def test_many_processes_keep_one_end_that_never_goes_back(db_url: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=_add, args=(db_url, tmp_path / WITNESS)) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join(120)
    assert [other.exitcode for other in others] == [0, 0, 0]
    db = Database(db_url)
    try:
        with db.engine.connect() as connection:
            last = audit.last(connection)
    finally:
        db.close()
    assert last is not None
    assert LogWitness(tmp_path / WITNESS).head == Head(60, last.hash)
