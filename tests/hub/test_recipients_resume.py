"""An import that is interrupted goes on where it stopped, to the register one whole import would have made."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from hub.crypto.vault import Vault
from hub.errors import Conflict
from hub.registry import batch, importer
from hub.registry.importer import ImportProgress, ImportReport, Register
from hub.store.register import bitmaps, imports
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.register.imports import RowRefused
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database

VAULT = Vault(b"s" * 32, b"h" * 32)
TOWNSHIP = "110101001000"
ROWS = 230
#: the import of a process that dies by kill -9 as soon as it has told of its second batch
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from hub.registry import batch as register_batch
from hub.clock import SystemClock
from hub.registry.importer import Register
from hub.store.sql.database import Database
from hub.crypto.vault import Vault
register_batch.BATCH = 50
def tell(now):
    if now.read >= 100:
        os.kill(os.getpid(), signal.SIGKILL)
register = Register(Database(sys.argv[1]), Vault(b"s" * 32, b"h" * 32), SystemClock(), frozenset({"elderly"}))
asyncio.run(register.import_file(Path(sys.argv[2]), on_progress=tell))
"""


def line(number: int) -> str:
    if number % 40 == 7:
        return f"p{number:04},{TOWNSHIP},zh,,,wizards,\n"
    if number % 50 == 9:  # the same person as a few lines, or a whole batch, before
        return f"p{number // 2:04},{TOWNSHIP},fr,,,,\n"
    place = f"{39.9 + number / 1e4},{116.4 - number / 1e4}" if number % 3 else ","
    return f"p{number:04},{TOWNSHIP},en,{place},{'elderly' if number % 2 else ''},+86199100{number:05}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "people.csv"
    made.write_text("external_id,region,language,lat,lon,groups,sms\n" + "".join(map(line, range(ROWS))))
    return made


@pytest.fixture
async def register(db: Database, clock: Any) -> Register:
    await db.write(lambda connection: region_store.upsert(connection, [NewRegion(TOWNSHIP, "东华门街道", None, 4)]))
    return Register(db, VAULT, clock, frozenset({"elderly"}))


async def people(db: Database) -> list[Any]:
    return sorted(
        (one for _, one in await db.read(lambda c: list(store.iterate_recipients(c, VAULT)))),
        key=lambda p: p.external_id,
    )


def refused() -> list[RowRefused]:
    found = []
    for number in range(ROWS):
        if number % 40 == 7:
            rule = "names a group that does not exist; config/groups.toml lists them"
            found.append(RowRefused(number + 2, "groups", rule))
        elif number % 50 == 9:
            found.append(RowRefused(number + 2, "external_id", batch.TWICE))
    return found


async def killed(db_url: str, file: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, db_url, str(file)], check=False, stderr=subprocess.PIPE)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


async def test_after_kill_9_the_next_import_of_the_file_does_the_rest_and_only_the_rest(
    db: Database, db_url: str, register: Register, file: Path
) -> None:
    await killed(db_url, file)
    before = await db.read(store.count)
    assert 0 < before < ROWS
    told: list[ImportProgress] = []
    report = await register.import_file(file, on_progress=told.append)
    assert told[0].read > 100
    assert report == ImportReport(ROWS, ROWS - len(refused()), 0, len(refused()), tuple(refused()))
    assert await db.read(store.count) == report.new
    assert await db.read(lambda c: bitmaps.all_of(c, bitmaps.SEEN)) == {}


async def test_an_interrupted_import_makes_the_register_that_a_whole_one_makes(
    db: Database, db_url: str, register: Register, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed(db_url, file)
    monkeypatch.setattr(batch, "BATCH", 33)
    await register.import_file(file)
    interrupted = await people(db)
    report = await register.import_file(file)
    assert (report.read, report.new, report.changed) == (ROWS, 0, len(interrupted))
    assert await people(db) == interrupted


async def test_restart_begins_anew_and_gives_the_interrupted_import_up(
    db: Database, db_url: str, register: Register, file: Path
) -> None:
    await killed(db_url, file)
    before = await db.read(store.count)
    report = await register.import_file(file, restart=True)
    assert (report.read, report.new + report.changed, report.changed) == (ROWS, ROWS - len(refused()), before)
    again = await register.import_file(file)
    assert (again.new, again.changed) == (0, ROWS - len(refused()))


async def test_a_file_that_changed_is_another_file_and_read_from_its_beginning(
    db_url: str, register: Register, file: Path
) -> None:
    await killed(db_url, file)
    file.write_text(file.read_text() + line(ROWS))
    assert (await register.import_file(file)).read == ROWS + 1


async def test_the_second_of_two_processes_on_one_import_gives_way(
    db: Database, db_url: str, register: Register, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed(db_url, file)
    monkeypatch.setattr(batch, "BATCH", 10)
    digest = importer._digest(file)
    run = await db.read(lambda c: imports.find_unfinished(c, digest))
    assert run is not None

    async def overtake() -> None:
        place = imports.Place(run.place.position + 1, run.place.line + 1)
        await db.write(lambda c: imports.advance(c, run, place, imports.Count(), ((), ())))

    await overtake()
    monkeypatch.setattr(imports, "find_unfinished", lambda *_: run)
    with pytest.raises(Conflict, match="another process"):
        await register.import_file(file)


async def test_a_large_file_read_by_a_process_of_its_own_gives_the_same(
    sqlite_db: Database, clock: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite_db.write(lambda c: region_store.upsert(c, [NewRegion(TOWNSHIP, "东华门街道", None, 4)]))
    register = Register(sqlite_db, VAULT, clock, frozenset({"elderly"}))
    monkeypatch.setattr(importer, "LARGE_BYTES", 0)
    report = await register.import_file(file)
    assert report.refused == tuple(refused())
    apart = await people(sqlite_db)
    monkeypatch.setattr(importer, "LARGE_BYTES", 2**40)
    await register.import_file(file)
    assert await people(sqlite_db) == apart
    assert len(apart) == report.new


async def test_the_process_that_reads_ends_with_the_one_that_was_killed(tmp_path: Path, sqlite_url: str) -> None:
    file = tmp_path / "long.csv"
    file.write_text("external_id,region\n" + "".join(f"p{n},{TOWNSHIP}\n" for n in range(45_000)))
    script = KILLED.replace(
        "register_batch.BATCH = 50", "from hub.registry import importer; importer.LARGE_BYTES = 0"
    ).replace(
        "os.kill(", "import multiprocessing as m; print(*[p.pid for p in m.active_children()], flush=True); os.kill("
    )
    ended = subprocess.run([sys.executable, "-c", script, sqlite_url, str(file)], check=False, stdout=subprocess.PIPE)
    assert ended.returncode == -signal.SIGKILL
    [reader] = map(int, ended.stdout.split())  # its standard output was ours: run() has waited until it closed
    assert not psutil.pid_exists(reader) or psutil.Process(reader).status() == psutil.STATUS_ZOMBIE
