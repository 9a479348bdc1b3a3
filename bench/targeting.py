"""Selections over a synthetic register: how it is built, how large it gets, and the questions officials ask of it."""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree
from sqlalchemy import Connection

from bench import population
from bench.estimating import drafted, estimated, estimates
from bench.measure import Figure, peak_mb, show
from hub.clock import SystemClock
from hub.crypto.vault import Vault
from hub.estimate.service import Estimates
from hub.registry.importer import ImportProgress, register
from hub.registry.regions import ensure_builtin
from hub.store.register.breakdown import breakdown
from hub.store.register.directory import SqlDirectory
from hub.store.sql.database import Database
from hub.store.upgrade.migrate import migrate
from targeting.audience import Audience, Groups, Polygon
from targeting.select import select

DRAWS = 50  #: random questions of each kind; of the largest polygon a fifth
COAST_CORNERS = 90_000  #: about what a real alert of 1.7 MB has
GOALS_MS = {
    "60 townships, 2 groups": 50,
    "polygon of 500 corners": 200,
    "polygon of 1.7 MB": 2000,
    "estimate": 1000,
    "whole estimate of a draft": 1000,
}
_INDEX = ("bitmaps", "points", "address_hashes")


@dataclass(frozen=True, slots=True)
class Built:
    """What building the register cost; peaks in MB of the process that stores and the one that reads the file."""

    rows: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    reader_mb: float


async def build(folder: Path, url: str, people: int) -> Built:
    """A register of so many people in a new database, by the import that officials use, from a file in the folder."""
    file = folder / "people.csv"
    migrate(url)
    db = Database(url)
    await db.write(ensure_builtin)
    cpu, started = time.process_time(), time.perf_counter()

    def tell(now: ImportProgress) -> None:
        rate = now.read / (time.perf_counter() - started)
        print(f"\r{now.read:,} rows, {rate:,.0f}/s, {peak_mb():,.0f} MB ", end="", file=sys.stderr, flush=True)

    vault = Vault(b"s" * 32, b"h" * 32)
    report = await register(db, vault, SystemClock()).import_file(file, on_progress=tell)
    wall = time.perf_counter() - started
    print(file=sys.stderr)
    db.close()
    file.unlink()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = time.process_time() - cpu + children.ru_utime + children.ru_stime
    assert report.new == people
    return Built(people, wall, cost, peak_mb(), children.ru_maxrss / 1024)


def build_apart(folder: Path, url: str, people: int) -> Built:
    """Each step in a process of its own, so that its memory is counted to nothing else."""
    for step in (_write, _build):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            built = pool.submit(step, folder, url, people).result()
    assert built is not None
    return built


def _write(folder: Path, _url: str, people: int) -> None:
    population.write(folder / "people.csv", people, seed=people)


def _build(folder: Path, url: str, people: int) -> Built:
    return asyncio.run(build(folder, url, people))


def bare_rate(folder: Path, rows: int = 200_000) -> float:
    """Rows a second that SQLite alone stores durably here: no reading, checking, sealing or index beside the key's."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, a, b, c, d, e, f)")
    batches = [
        [(n, f"r{n:08d}", 7, 30.5, 110.5, "zh", "elderly", b"x" * 80) for n in range(start, start + 20_000)]
        for start in range(0, rows, 20_000)
    ]
    started = time.perf_counter()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?, ?, ?)", batch)
        connection.execute("COMMIT")
    wall = time.perf_counter() - started
    connection.close()
    return rows / wall


# --- questions


def star(rng: np.random.Generator, corners: int, radius_deg: float, roughness: float) -> Polygon:
    """A ring about a random place in the east of the country whose radius wanders: no two neighbours are alike."""
    lat, lon = rng.uniform(24, 40), rng.uniform(103, 119)
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    wander = np.zeros(corners)
    for octave in range(2, int(np.log2(corners))):  # a coast line: each finer wave is lower by a fixed share
        wander += 2.0 ** (-0.8 * octave) * np.sin(2**octave * angles + rng.uniform(0, 2 * np.pi))
    radius = radius_deg * np.maximum(0.2, 1 + roughness * wander + rng.normal(0, 2e-4, corners))
    ring = np.column_stack((lat + radius * np.sin(angles), lon + radius * np.cos(angles) * 1.2))
    return Polygon(tuple(map(tuple, np.vstack((ring, ring[:1])).tolist())))


def largest_of(file: Path) -> Polygon:
    """The ring with most corners of a CAP document."""
    rings = [element.text.split() for element in etree.parse(file).iter("{*}polygon") if element.text]
    most = max(rings, key=len)
    return Polygon(tuple((float(lat), float(lon)) for lat, _, lon in (pair.partition(",") for pair in most)))


def townships_asked(rng: np.random.Generator, keys: list[str]) -> Audience:
    """Sixty townships of one part of the country, and two groups."""
    start = int(rng.integers(0, len(keys) - 60))
    groups = rng.choice(population.GROUPS, 2, replace=False).tolist()
    return Audience(regions=frozenset(keys[start : start + 60]), groups=Groups(any=frozenset(groups)))


@dataclass(frozen=True, slots=True)
class Question:
    """`ready` makes of an audience what is asked about; only `ask`, which answers with a number of people, is timed."""

    name: str
    draws: int
    draw: Callable[[], Audience]
    ask: Callable[[Connection, Any], int]
    ready: Callable[[Connection, Audience], Any] = lambda _connection, audience: audience


def selected(connection: Connection, audience: Audience) -> int:
    return select(SqlDirectory(connection), audience).count


def counted(connection: Connection, audience: Audience) -> int:
    bits = select(SqlDirectory(connection), audience).bits
    assert sum(breakdown(connection, bits).regions.values()) == len(bits)
    return len(bits)


def questions(rng: np.random.Generator, given: Polygon | None, draws: int, service: Estimates) -> list[Question]:
    keys = population.townships()
    names = list(GOALS_MS)

    def coast() -> Audience:
        return Audience(polygons=(given or star(rng, COAST_CORNERS, 4.0, 2.0),))

    def province() -> Audience:
        return Audience(regions=frozenset({f"{rng.choice(list(population.PROVINCES))}0000000000"}))

    def drawing() -> Audience:
        return Audience(polygons=(star(rng, 500, rng.uniform(2, 3), 1.0),))

    def foreseen(connection: Connection, draft: int) -> int:
        return estimated(connection, service, draft).persons

    return [
        Question(names[0], draws, lambda: townships_asked(rng, keys), selected),
        Question(names[1], draws, lambda: Audience(polygons=(star(rng, 500, rng.uniform(0.3, 3), 1.0),)), selected),
        Question(names[2], draws, coast, selected),
        Question(names[3], draws, province, counted),
        Question("estimate of everyone", max(3, draws // 10), lambda: Audience(regions=frozenset({"0" * 12})), counted),
        Question(names[4], max(3, draws // 2), drawing, foreseen, drafted),
    ]


def answer(db: Database, question: Question) -> list[Figure]:
    """p50 and p99 in ms, the goal as limit; each question in a transaction of its own, of which nothing is kept."""
    times, found = [], 0
    for _ in range(question.draws):
        audience = question.draw()
        with db.engine.connect() as connection:
            asked = question.ready(connection, audience)
            started = time.perf_counter()
            found += question.ask(connection, asked)
            times.append((time.perf_counter() - started) * 1000)
    goal = GOALS_MS.get(question.name)
    rows = []
    for label, value in (("p50", float(np.median(times))), ("p99", float(np.quantile(times, 0.99)))):
        ratio = value / goal if goal else None
        name = f"{question.name}, {found // question.draws:,} persons, {label}"
        rows.append(Figure(name, value, "ms", goal, ratio, question.draws, None, peak_mb()))
    return rows


def sizes(db: Database, people: int) -> list[Figure]:
    named = ", ".join(f"'{name}'" for name in _INDEX)
    if db.dialect == "sqlite":
        index = f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({named})"
        whole = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    else:
        index = f"SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(ARRAY[{named}]) name"
        whole = "SELECT pg_database_size(current_database())"
    with db.engine.connect() as connection:
        measured = [connection.exec_driver_sql(statement).scalar_one() for statement in (index, whole)]
    names = ("index on disk", "database on disk")
    return [Figure(name, float(size) / 2**20, "MB", n=people) for name, size in zip(names, measured, strict=True)]


def main(arguments: argparse.Namespace) -> list[Figure]:
    figures = []
    holder = tempfile.TemporaryDirectory(prefix="fenghuo-bench-") if not (arguments.keep or arguments.data) else None
    with holder or nullcontext():
        folder = Path(arguments.data or arguments.keep or (holder.name if holder else ""))
        folder.mkdir(parents=True, exist_ok=True)
        url = arguments.store or f"sqlite:///{folder / 'hub.db'}"
        if not arguments.data:
            figures += imported(folder, url, arguments.recipients)
        db = Database(url)
        figures += sizes(db, arguments.recipients)
        given = largest_of(arguments.polygon) if arguments.polygon else None
        for question in questions(np.random.default_rng(4), given, arguments.draws, estimates(db)):
            figures += answer(db, question)
        db.close()
        figures.append(Figure("process that selects, peak", peak_mb(), "MB", n=arguments.recipients))
    return figures


def imported(folder: Path, url: str, people: int) -> list[Figure]:
    """Builds the register; beside it what SQLite alone stores here."""
    limit = bare_rate(folder)
    built = build_apart(folder, url, people)
    rate, per_100k = built.rows / built.wall_s, built.cpu_s / built.rows * 100_000
    return [
        Figure("bare insert of rows", limit, "1/s", n=200_000),
        Figure("import", rate, "1/s", limit, rate / limit, built.rows, per_100k, built.peak_mb),
        Figure("import, process that reads", built.reader_mb, "MB", n=built.rows),
        Figure("build", built.wall_s, "s", n=built.rows, peak_mb=built.peak_mb),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--recipients", type=int, default=200_000)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--keep", type=Path, help="build the database here and leave it")
    parser.add_argument("--data", type=Path, help="a database that was kept: nothing is built")
    parser.add_argument("--store", help="URL of an empty PostgreSQL database to use instead of a file of SQLite")
    parser.add_argument("--polygon", type=Path, help="a CAP file whose largest polygon is asked for")
    parser.add_argument("--json", action="store_true")
    show(main(parser.parse_args()))
