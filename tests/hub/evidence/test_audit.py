"""The audit log over both databases: kept with the act or not at all, and any change in SQL is found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, insert, select, text, update

from approvals.audit import AuditAct, Broken, VerifiedLog, chain, verify
from hub.cli.audit import audit as command
from hub.errors import Refusal
from hub.evidence.audit import Audit
from hub.store.records import audit as store
from hub.store.schema import audit, leases
from hub.store.sql.database import Database


def act(connection: Connection, number: int = 0) -> int:
    entry = store.append(
        connection, at_ms=number, actor="赵", action="sign", subject=f"alert/{number}", detail={"n": number, "字": "文"}
    )
    return entry.seq


def acts(count: int) -> Callable[[Connection], list[int]]:
    return lambda connection: [act(connection, number) for number in range(count)]


async def test_what_is_appended_reads_back_whole_and_in_order(db: Database) -> None:
    assert await db.write(acts(7)) == [1, 2, 3, 4, 5, 6, 7]
    page = await Audit(db).page(3, 2)
    assert [(entry.seq, entry.subject, entry.detail) for entry in page] == [
        (3, "alert/2", '{"n":2,"字":"文"}'),
        (4, "alert/3", '{"n":3,"字":"文"}'),
    ]
    answer = await Audit(db).verify()
    assert isinstance(answer, VerifiedLog)
    assert answer.count == 7


async def test_the_record_is_lost_with_an_act_that_fails_and_the_next_takes_its_number(db: Database) -> None:
    def fails(connection: Connection) -> None:
        act(connection)
        connection.execute(insert(leases).values(name="x", owner="y", until=1))
        raise RuntimeError("the act failed")

    await db.write(act)
    with pytest.raises(RuntimeError, match="the act failed"):
        await db.write(fails)
    assert await db.write(act) == 2
    assert await db.read(lambda connection: connection.scalar(select(func.count()).select_from(leases))) == 0
    assert isinstance(await Audit(db).verify(), VerifiedLog)


async def test_two_processes_appending_at_once_make_one_chain(db: Database, db_url: str) -> None:
    other = Database(db_url)
    try:
        await asyncio.gather(*(which.write(act) for _ in range(40) for which in (db, other)))
    finally:
        other.close()
    answer = await Audit(db).verify()
    assert isinstance(answer, VerifiedLog)
    assert answer.count == 80


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "detail", "previous", "hash"])
async def test_a_value_changed_in_sql_is_found_and_its_entry_named(sqlite_db: Database, column: str) -> None:
    await sqlite_db.write(acts(9))
    value = 99 if column == "at" else "0" * 64
    await sqlite_db.write(lambda c: c.execute(update(audit).where(audit.c.seq == 5).values({column: value})))
    answer = await Audit(sqlite_db).verify()
    assert isinstance(answer, Broken)
    assert answer.seq == 5


async def test_case_56_a_row_removed_in_sql_is_named(sqlite_db: Database) -> None:
    await sqlite_db.write(acts(9))
    await sqlite_db.write(lambda c: c.execute(delete(audit).where(audit.c.seq == 5)))
    answer = await Audit(sqlite_db).verify()
    assert isinstance(answer, Broken)
    assert answer.seq == 5


async def test_a_row_swapped_with_another_or_inserted_between_two_is_found_where_it_stands(db: Database) -> None:
    await db.write(acts(9))
    columns = ("at", "actor", "action", "subject", "detail", "previous", "hash")
    swapping = ", ".join(f"{c} = (SELECT b.{c} FROM audit b WHERE b.seq = 13 - audit.seq)" for c in columns)
    await db.write(lambda c: c.execute(text(f"UPDATE audit SET {swapping} WHERE seq IN (6, 7)")))
    answer = await Audit(db).verify()
    assert isinstance(answer, Broken)
    assert answer.seq == 6

    await db.write(lambda connection: connection.execute(delete(audit)))
    await db.write(acts(9))

    def inserts(connection: Connection) -> None:
        third, *_ = store.entries(connection, 3, 1)
        connection.execute(text("UPDATE audit SET seq = seq + 100 WHERE seq > 3"))
        connection.execute(text("UPDATE audit SET seq = seq - 99 WHERE seq > 100"))
        connection.execute(insert(audit).values(store._columns(chain(third, AuditAct(1, "x", "y", "z", {})))))

    await db.write(inserts)
    answer = await Audit(db).verify()
    assert isinstance(answer, Broken)
    assert answer.seq == 5  # entry 4 is well made; what stood there does not follow it


@given(
    st.integers(0, 8),
    st.sampled_from(["actor", "action", "subject", "detail", "previous", "hash"]),
    st.integers(0, 999),
    st.integers(0, 7),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_case_56_one_flipped_bit_of_any_column_is_located_even_where_it_is_no_text(
    sqlite_db: Database, at: int, column: str, byte: int, bit: int
) -> None:
    async def flipped() -> VerifiedLog | Broken:
        await sqlite_db.write(lambda c: c.execute(delete(audit)))
        await sqlite_db.write(acts(9))
        return await sqlite_db.write(flips)

    def flips(connection: Connection) -> VerifiedLog | Broken:
        raw = bytearray(connection.scalar(text(f"SELECT CAST({column} AS BLOB) FROM audit WHERE seq = {at + 1}")))
        raw[byte % len(raw)] ^= 1 << bit
        change = text(f"UPDATE audit SET {column} = CAST(:raw AS TEXT) WHERE seq = {at + 1}")
        connection.execute(change, {"raw": bytes(raw)})
        return verify(store.entries(connection))

    answer = asyncio.run(flipped())
    assert isinstance(answer, Broken)
    assert answer.seq == at + 1
    assert answer.field == column or (column, at) == ("hash", 8)


async def test_a_head_taken_earlier_shows_that_the_end_was_cut_off(
    sqlite_db: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path))
    await sqlite_db.write(acts(5))
    code, signed = await asyncio.to_thread(run, sqlite_url, monkeypatch, of="head")
    kept = tmp_path / "head"
    kept.write_text(signed)
    assert (await asyncio.to_thread(run, sqlite_url, monkeypatch, "--head", str(kept)))[0] == code == 0
    await sqlite_db.write(lambda c: c.execute(delete(audit).where(audit.c.seq >= 4)))
    assert (await asyncio.to_thread(run, sqlite_url, monkeypatch))[0] == 0  # a chain alone does not show its lost end
    code, output = await asyncio.to_thread(run, sqlite_url, monkeypatch, "--head", str(kept), "--json")
    assert (code, json.loads(output)["entry"]) == (1, 4)
    kept.write_text(signed.strip()[:-8] + "AAAAAAA=")
    with pytest.raises(Refusal, match="cannot be believed"):
        await asyncio.to_thread(run, sqlite_url, monkeypatch, "--head", str(kept))


async def test_reading_page_by_page_leaves_nothing_out(sqlite_db: Database) -> None:
    await sqlite_db.write(acts(10))
    for page in (1, 3, 5, 10, 11):
        seqs = await sqlite_db.read(lambda c, p=page: [entry.seq for entry in store.entries(c, page=p)])
        assert seqs == list(range(1, 11))
    assert await sqlite_db.read(lambda c: [e.seq for e in store.entries(c, 4, 5, page=2)]) == [4, 5, 6, 7, 8]


def run(url: str, monkeypatch: pytest.MonkeyPatch, *arguments: str, of: str = "verify") -> tuple[int, str]:
    monkeypatch.setenv("FENGHUO_STORE__URL", url)
    result = CliRunner().invoke(command, [of, *arguments])
    if isinstance(result.exception, Refusal):
        raise result.exception
    return result.exit_code, result.output


async def test_hub_audit_verify_says_that_the_log_is_whole(
    sqlite_db: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite_db.write(acts(3))
    code, output = await asyncio.to_thread(run, sqlite_url, monkeypatch, "--json")
    told = json.loads(output)
    assert (code, told["verified"], told["entries"]) == (0, True, 3)


async def test_hub_audit_verify_exits_1_and_names_the_broken_entry(
    sqlite_db: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite_db.write(acts(3))
    await sqlite_db.write(lambda c: c.execute(text("UPDATE audit SET actor = 'x' WHERE seq = 2")))
    code, output = await asyncio.to_thread(run, sqlite_url, monkeypatch, "--json")
    assert (code, json.loads(output)["entry"]) == (1, 2)
    code, output = await asyncio.to_thread(run, sqlite_url, monkeypatch)
    assert (code, "broken at entry 2" in output) == (1, True)
