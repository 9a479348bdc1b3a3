"""The register comes in from CSV: good rows are kept, bad ones listed by row, column and rule."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.crypto.vault import Vault
from hub.errors import Conflict, Invalid
from hub.registry.batch import BATCH, TWICE, Lines, Read, Rules, apart, batches, header_of
from hub.registry.grounds import grounds
from hub.registry.rows import Header, RowBreach
from hub.rules.rule import Rule
from hub.settings.settings import CONFIG_DIR
from hub.store.register import imports, shared
from hub.store.register import regions as region_store
from hub.store.register.enrolment import enrol
from hub.store.register.imports import Count, Import, Overtaken, Place, RowRefused, RowUnplaced
from hub.store.register.purposes import ALERT
from hub.store.sql.database import Database
from targeting import group

__all__ = ["BATCH", "ImportProgress", "ImportReport", "Progress", "Register", "import_csv"]

LARGE_BYTES = 4 * 2**20  #: a file from here on is read by a process of its own: starting one takes half a second


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: rows read and refused, and bytes of the file that are done."""

    read: int
    refused: int
    position: int


Progress = Callable[[ImportProgress], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: `read` rows are `new`, `changed` or `refused_count`. `refused` lists the first 10,000.

    `unplaced_count` of those kept have lost their coordinates, which cannot be their region's; the first 10,000 of them
    are `unplaced`.
    """

    read: int
    new: int
    changed: int
    refused_count: int
    refused: tuple[RowRefused, ...]
    unplaced_count: int = 0
    unplaced: tuple[RowUnplaced, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """Imports into the register. `groups` are the keys of the population groups there are; `purpose` is what the
    people of a list gave their addresses for.
    """

    db: Database
    vault: Vault
    clock: Clock
    groups: frozenset[str]
    purpose: str = ALERT

    async def import_csv(self, lines: Iterable[str], *, on_progress: Progress | None = None) -> ImportReport:
        """Reads CSV with a header, line by line, and keeps every good row; a known external id is replaced.

        `on_progress` is told after every batch. The lines are never held whole. Raises Invalid when the header is
        wrong: then nothing was kept. What was written before an interruption stays; lines cannot be gone on with.
        """
        numbered = Lines((line.encode("utf-8", "surrogatepass") for line in lines), Place())
        header = _header(numbered)
        run = await self.db.write(
            lambda connection: imports.begin(connection, "", to_ms(self.clock.now()), self.purpose)
        )
        return await self._take_in(run, batches(numbered, header, await self._rules()), on_progress)

    async def import_file(
        self, file: Path, *, restart: bool = False, on_progress: Progress | None = None
    ) -> ImportReport:
        """As `import_csv`, of a file; an import of the same content that was interrupted goes on where it stopped.

        Each batch is committed together with the place the file is at. `restart` begins anew. Raises Invalid for a
        wrong header, and Conflict when another process is importing the same file.
        """
        digest = await asyncio.to_thread(_digest, file)
        with file.open("rb") as data:
            start = Lines(data, Place())
            header = _header(start)
        now = to_ms(self.clock.now())
        run = (
            None
            if restart
            else await self.db.read(lambda connection: imports.find_unfinished(connection, digest, self.purpose))
        )
        if run is None:
            run = await self.db.write(lambda connection: imports.begin(connection, digest, now, self.purpose))
        place = run.place if run.place.line else start.place
        rules = await self._rules()
        size = (await asyncio.to_thread(file.stat)).st_size
        if size - place.position < LARGE_BYTES:
            with file.open("rb") as data:
                data.seek(place.position)
                return await self._take_in(run, batches(Lines(data, place), header, rules), on_progress)
        with apart(file, place, header, rules) as reads:
            return await self._take_in(run, reads, on_progress)

    async def _rules(self) -> Rules:
        regions, known = await self.db.read(lambda connection: (region_store.ids(connection), grounds(connection)))
        return Rules(self.groups, regions, self.vault, known)

    async def _take_in(self, run: Import, reads: Iterator[Read], on_progress: Progress | None) -> ImportReport:
        try:
            read = await asyncio.to_thread(next, reads, None)
            while read is not None:
                # The next batch is read while this one is stored.
                storing = asyncio.ensure_future(self.db.write(partial(self._keep, run=run, read=read)))
                read, run = await asyncio.gather(asyncio.to_thread(next, reads, None), storing)
                if on_progress:
                    on_progress(ImportProgress(run.count.read, run.count.refused, run.place.position))
        except Overtaken:
            raise Conflict("another process is importing this file", rule=Rule.IMPORT_UNDER_WAY, place="file") from None
        # Before the end is noted: an import that is carried on compares once more.
        while await self.db.write(lambda connection: shared.compare(connection, self.vault)):
            pass
        left_out, unplaced = await self.db.write(partial(_finish, run=run, now_ms=to_ms(self.clock.now())))
        count = run.count
        rows = (count.read, count.new, count.changed, count.refused)
        return ImportReport(*rows, tuple(left_out), count.unplaced, tuple(unplaced))

    def _keep(self, connection: Connection, run: Import, read: Read) -> Import:
        done = enrol(connection, read.batch, to_ms(self.clock.now()), run=run.id, purpose=self.purpose)
        refused = (*read.refused, *(RowRefused(line, "external_id", TWICE) for line in done.repeated))
        count = Count(read.rows, done.new, done.changed, len(refused), len(read.unplaced))
        return imports.advance(connection, run, read.place, count, (refused, read.unplaced))


def register(db: Database, vault: Vault, clock: Clock, purpose: str = ALERT) -> Register:
    """The register with the population groups of config/groups.toml."""
    return Register(db, vault, clock, frozenset(group.load(CONFIG_DIR / "groups.toml")), purpose)


async def import_csv(
    db: Database, vault: Vault, clock: Clock, lines: Iterable[str], *, on_progress: Progress | None = None
) -> ImportReport:
    """`Register.import_csv` with the population groups of config/groups.toml."""
    return await register(db, vault, clock).import_csv(lines, on_progress=on_progress)


def _finish(connection: Connection, run: Import, now_ms: int) -> tuple[list[RowRefused], list[RowUnplaced]]:
    imports.finish(connection, run, now_ms)
    return imports.refusals(connection, run.id), imports.list_unplaced_rows(connection, run.id)


def _header(lines: Lines) -> Header:
    try:
        return header_of(lines)
    except RowBreach as breach:
        raise Invalid(f"header: the {breach.column} {breach.rule}", rule=Rule.HEADER, place="row 1") from None


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
