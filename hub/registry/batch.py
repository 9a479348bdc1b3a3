"""Rows of a register file to batches ready to be stored: read, checked and sealed, in a process of its own if large."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from hub.crypto.vault import Vault
from hub.registry.grounds import Grounds
from hub.registry.places import unplace
from hub.registry.rows import Header, RowBreach, RowReader
from hub.store.register.batch import Batch, RegisterRow, batch_of
from hub.store.register.imports import Place, RowRefused, RowUnplaced

BATCH = 20_000  #: rows of one write: other writers wait for it, so it takes a fraction of a second
TWICE = "is in this file twice; the first row is kept"


@dataclass(frozen=True, slots=True)
class Rules:
    """What rows are read by: the population groups there are, the ids of the regions by their keys, where they lie."""

    groups: frozenset[str]
    regions: Mapping[str, int]
    vault: Vault
    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Read:
    """One batch as it was read: `place` is where the file goes on after it."""

    batch: Batch
    place: Place
    rows: int
    refused: tuple[RowRefused, ...]
    unplaced: tuple[RowUnplaced, ...] = ()


class Lines:
    """Lines of a register with the place that has been reached; blank ones are passed over."""

    def __init__(self, lines: Iterable[bytes], place: Place) -> None:
        self._lines = iter(lines)
        self._position, self._line = place.position, place.line

    @property
    def place(self) -> Place:
        """After the last line that was given out."""
        return Place(self._position, self._line)

    def take(self, count: int) -> list[tuple[int, str]]:
        """The next so many lines, less the blank ones, with their numbers; empty at the end only."""
        while data := list(islice(self._lines, count)):
            self._position += sum(map(len, data))
            first = self._line + 1
            self._line += len(data)
            # A byte that is not UTF-8 becomes a lone surrogate, which the row's own check refuses.
            if rows := [
                (line, each.decode("utf-8", "surrogateescape"))
                for line, each in enumerate(data, first)
                if each.rstrip(b"\r\n")
            ]:
                return rows
        return []


def header_of(lines: Lines) -> Header:
    """The header, which is the first line that is not blank. Raises Invalid, Breach."""
    return Header.read(next(iter(lines.take(1)), (0, ""))[1])


def batches(lines: Lines, header: Header, rules: Rules) -> Iterator[Read]:
    """Every row, batch by batch; one that breaks a rule is listed instead."""
    reader = RowReader(header, rules.groups)
    while rows := lines.take(BATCH):
        entries, numbers, refused, seen = list[RegisterRow](), list[int](), list[RowRefused](), set[str]()
        for line, text in rows:
            try:
                entry = reader.read(text)
                if entry.external_id in seen:
                    raise RowBreach("external_id", TWICE)
                if entry.region not in rules.regions:
                    raise RowBreach("region", "is not a region we know; import it first (hub region import)")
            except RowBreach as breach:
                refused.append(RowRefused(line, breach.column, breach.rule))
                continue
            seen.add(entry.external_id)
            entries.append(entry)
            numbers.append(line)
        unplaced = unplace(entries, numbers, rules.regions, rules.grounds)
        batch = batch_of(rules.vault, rules.regions, entries, numbers)
        yield Read(batch.by_place(), lines.place, len(rows), tuple(refused), tuple(unplaced))


@contextmanager
def apart(file: Path, place: Place, header: Header, rules: Rules) -> Iterator[Iterator[Read]]:
    """The batches of a file from a place onwards, read by a process of its own while this one stores them.

    The process reads one batch ahead and no more. It ends with this one, even with one that is killed: its pipe breaks.
    """
    context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks as they happen to stand
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(theirs, file, place, header, rules), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _receive(ours)
    finally:
        ours.close()
        process.terminate()
        process.join()
        process.close()


class ReaderLost(Exception):
    """The process that reads the file has ended before the file."""


def _receive(pipe: Pipe) -> Iterator[Read]:
    try:
        while (read := pipe.recv()) is not None:
            yield read
    except EOFError:
        raise ReaderLost("the process that reads the register ended before the file") from None


def _serve(pipe: Pipe, file: Path, place: Place, header: Header, rules: Rules) -> None:
    with file.open("rb") as data:
        data.seek(place.position)
        try:
            for read in batches(Lines(data, place), header, rules):
                pipe.send(read)
            pipe.send(None)
        except BrokenPipeError:
            return
