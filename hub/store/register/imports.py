"""Statements about imports of the register: how far each file is, and which of its rows were left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.store.register import bitmaps
from hub.store.register.purposes import ALERT
from hub.store.schema import import_refusals, import_unplaced, imports
from hub.store.sql.keyed import insert_many

REFUSED_KEPT = 10_000  #: refused rows of one import that are kept one by one; all are counted


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of a file by what became of them."""

    read: int = 0
    new: int = 0
    changed: int = 0
    refused: int = 0
    unplaced: int = 0

    def plus(self, other: Count) -> Count:
        """Both together."""
        return Count(
            self.read + other.read,
            self.new + other.new,
            self.changed + other.changed,
            self.refused + other.refused,
            self.unplaced + other.unplaced,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """How far into a file: bytes and lines that are done."""

    position: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Import:
    """An import that is under way."""

    id: int
    place: Place
    count: Count


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that was left out: its line in the file (the header is 1), the column, and the rule it breaks."""

    row: int
    column: str
    rule: str


@dataclass(frozen=True, slots=True)
class RowUnplaced:
    """A row that was kept without its coordinates: its line in the file, and why."""

    row: int
    rule: str


class Overtaken(Exception):
    """Another process has carried this import on meanwhile."""


def begin(connection: Connection, digest: str, now_ms: int, purpose: str = ALERT) -> Import:
    """A new import; one of the same file that was left in the middle is given up. Lines of no file have no digest."""
    for left in connection.execute(_open(digest, purpose)).scalars().all() if digest else ():
        _end(connection, left, now_ms)
    row = {"position": 0, "line": 0, "read": 0, "new": 0, "changed": 0, "refused": 0, "unplaced": 0}
    made = connection.execute(insert(imports).values(digest=digest, purpose=purpose, started_at=now_ms, **row))
    return Import((made.inserted_primary_key or (0,))[0], Place(), Count())


def find_unfinished(connection: Connection, digest: str, purpose: str = ALERT) -> Import | None:
    """The import of this file for this purpose that has not come to its end."""
    row = connection.execute(
        select(imports).where(imports.c.id.in_(_open(digest, purpose))).order_by(imports.c.id)
    ).first()
    if row is None:
        return None
    return Import(
        row.id, Place(row.position, row.line), Count(row.read, row.new, row.changed, row.refused, row.unplaced)
    )


def advance(
    connection: Connection,
    was: Import,
    place: Place,
    count: Count,
    told: tuple[Sequence[RowRefused], Sequence[RowUnplaced]],
) -> Import:
    """Notes that the file is done up to `place`; `count` and the rows told of, left out and kept without coordinates,
    are of this step. Raises Overtaken.
    """
    refused, unplaced = told
    total = was.count.plus(count)
    changed = connection.execute(
        update(imports)
        .where(imports.c.id == was.id, imports.c.line == was.place.line, imports.c.ended_at.is_(None))
        .values(
            position=place.position,
            line=place.line,
            read=total.read,
            new=total.new,
            changed=total.changed,
            refused=total.refused,
            unplaced=total.unplaced,
        )
    )
    if changed.rowcount != 1:
        raise Overtaken
    # The line says which rows of a step come first, so what is kept does not depend on how the file was cut.
    kept = sorted(refused, key=lambda one: one.row)[: max(0, REFUSED_KEPT - was.count.refused)]
    rows = [(was.id, one.row, one.column, one.rule) for one in kept]
    insert_many(connection, "import_refusals", ("import_id", "line", '"column"', "rule"), rows)
    also = sorted(unplaced, key=lambda one: one.row)[: max(0, REFUSED_KEPT - was.count.unplaced)]
    insert_many(
        connection, "import_unplaced", ("import_id", "line", "rule"), [(was.id, one.row, one.rule) for one in also]
    )
    return Import(was.id, place, total)


def finish(connection: Connection, done: Import, now_ms: int) -> None:
    """The file has come to its end."""
    _end(connection, done.id, now_ms)


def refusals(connection: Connection, number: int) -> list[RowRefused]:
    """The rows an import left out, in order, the first 10,000."""
    columns = import_refusals.c
    found = select(columns.line, columns.column, columns.rule).where(columns.import_id == number)
    return [RowRefused(*row) for row in connection.execute(found.order_by(columns.line)).all()]


def list_unplaced_rows(connection: Connection, number: int) -> list[RowUnplaced]:
    """The rows an import kept without their coordinates, in order, the first 10,000."""
    columns = import_unplaced.c
    found = select(columns.line, columns.rule).where(columns.import_id == number).order_by(columns.line)
    return [RowUnplaced(*row) for row in connection.execute(found).all()]


def _open(digest: str, purpose: str) -> Any:
    mine = (imports.c.digest == digest) & (imports.c.purpose == purpose)
    return select(imports.c.id).where(mine, imports.c.ended_at.is_(None))


def _end(connection: Connection, number: int, now_ms: int) -> None:
    connection.execute(update(imports).where(imports.c.id == number).values(ended_at=now_ms))
    bitmaps.forget(connection, bitmaps.SEEN, str(number))
