"""The register comes in from CSV: good rows are kept, bad ones listed by row, column and rule."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.errors import Invalid
from hub.register_rows import Breach, Header, RowReader, RowRefused, rows
from hub.settings import CONFIG_DIR
from hub.store import recipients as store
from hub.store import regions as region_store
from hub.store.database import Database
from hub.vault import Vault
from targeting import group
from targeting.recipient import Recipient

BATCH = 5000  #: rows of one write: other writers wait for it, so it is short
REFUSED_LISTED = 10_000  #: refused rows that are listed one by one; all are counted

Progress = Callable[[int, int], None]  #: rows read, rows refused


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: `read` rows are `new`, `changed` or `refused_count`. `refused` lists the first 10,000."""

    read: int
    new: int
    changed: int
    refused_count: int
    refused: tuple[RowRefused, ...]


@dataclass(slots=True)
class _Tally:
    read: int = 0
    new: int = 0
    changed: int = 0
    refused_count: int = 0
    refused: list[RowRefused] = field(default_factory=list)

    def refuse(self, row: int, column: str, rule: str) -> None:
        self.refused_count += 1
        if len(self.refused) < REFUSED_LISTED:
            self.refused.append(RowRefused(row, column, rule))

    def report(self) -> ImportReport:
        refused = tuple(sorted(self.refused, key=lambda refused: refused.row))
        return ImportReport(self.read, self.new, self.changed, self.refused_count, refused)


@dataclass(frozen=True, slots=True)
class Register:
    """Imports into the register. `groups` are the keys of the population groups there are."""

    db: Database
    vault: Vault
    clock: Clock
    groups: frozenset[str]

    async def import_csv(self, lines: Iterable[str], *, on_progress: Progress | None = None) -> ImportReport:
        """Reads a CSV file with a header, line by line, and keeps every good row; a known external id is replaced.

        `on_progress` is told rows read and rows refused so far, after every batch. The file is never held whole. Raises
        Invalid when the header is wrong: then nothing was kept. What was written before an interruption stays, and
        the same file can be imported again.
        """
        numbered = rows(lines)
        reader = RowReader(_header(numbered), self.groups)
        tally, seen = _Tally(), set[int]()
        while batch := list(islice(numbered, BATCH)):
            people = await asyncio.to_thread(_readable, reader, batch, seen, tally)
            kept = await self.db.write(partial(self._keep, people=people))
            tally.new += kept.upserted.new
            tally.changed += kept.upserted.changed
            for row in kept.homeless:
                tally.refuse(row, "region", "is not a region we know; import it first (hub region import)")
            if on_progress:
                on_progress(tally.read, tally.refused_count)
        return tally.report()

    def _keep(self, connection: Connection, people: list[tuple[int, Recipient]]) -> _Kept:
        known = region_store.ids_by_key(connection, {person.region for _, person in people})
        homeless = [row for row, person in people if person.region not in known]
        housed = [person for _, person in people if person.region in known]
        return _Kept(store.upsert(connection, self.vault, housed, to_ms(self.clock.now())), homeless)


@dataclass(frozen=True, slots=True)
class _Kept:
    upserted: store.Upserted
    homeless: list[int]


async def import_csv(
    db: Database, vault: Vault, clock: Clock, lines: Iterable[str], *, on_progress: Progress | None = None
) -> ImportReport:
    """`Register.import_csv` with the population groups of config/groups.toml."""
    register = Register(db, vault, clock, frozenset(group.load(CONFIG_DIR / "groups.toml")))
    return await register.import_csv(lines, on_progress=on_progress)


def _header(numbered: Iterator[tuple[int, str]]) -> Header:
    _, first = next(numbered, (0, ""))
    try:
        return Header.read(first)
    except Breach as breach:
        raise Invalid(f"header: the {breach.column} {breach.rule}", rule="header", place="row 1") from None


def _readable(
    reader: RowReader, batch: Iterable[tuple[int, str]], seen: set[int], tally: _Tally
) -> list[tuple[int, Recipient]]:
    """The rows that keep every rule. `seen` holds hashes of external ids: ten million texts would be a gigabyte."""
    people = []
    for row, line in batch:
        tally.read += 1
        try:
            person = reader.read(line)
        except Breach as breach:
            tally.refuse(row, breach.column, breach.rule)
            continue
        mark = hash(person.external_id)
        if mark in seen:
            tally.refuse(row, "external_id", "is in this file twice; the first row is kept")
            continue
        seen.add(mark)
        people.append((row, person))
    return people
