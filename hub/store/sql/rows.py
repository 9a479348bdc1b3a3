"""Rows as values: a row that does not read is refused by its name, or set aside where a list is read.

SQLite keeps a word in a column of numbers, and either database any bytes in a column of bytes. So every table's rows
are compared with the types of its columns, and whatever is made of a row is made inside `reading_row`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType, TypeEngine

from approvals.level import Level
from hub.errors import RowUnreadable
from hub.store.sql.times import is_time

LONGEST_KEY = 80  #: characters of a key that is no number
HIGHEST_ID = 10**18 - 1  #: the highest number of 18 digits, which is what routes and references of calls take
HIGHEST_SHORT = (
    2**32 - 1
)  #: of what is counted in bitmaps, or named by the id of a delivery (`hub.crypto.delivery_ids`)
SHORT = frozenset({"campaigns", "recipients", "endpoints"})  #: tables of these
ALARM = "row-unreadable"  #: of the alarm about a row that does not read

T = TypeVar("T")
R = TypeVar("R")  #: a row as a query gives it, or a value with the cells of one: the columns of the table are looked at
Holds = Callable[[object], bool]

#: what reading JSON, a bitmap, an enumeration or a moment from a wrong value raises
FAULTS = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_LEVELS = frozenset(map(int, Level))
_LONE = re.compile("[\ud800-\udfff]")  #: what SQLite's bytes become that are no text (`hub.store.sql.database`)
#: moments in ms, by the names that the schema gives them
_MOMENTS = frozenset({"at", "until", "not_before", "valid_from", "valid_until"})


#: what a cell of a column of each type is read as
_KINDS: tuple[tuple[type[TypeEngine[Any]], tuple[type, ...]], ...] = (
    (Integer, (int,)),
    (Double, (int, float)),
    (LargeBinary, (bytes, memoryview)),
)


@contextmanager
def reading_row(table: Table, key: object) -> Iterator[None]:
    """Whatever cannot be read inside is a RowUnreadable that names table and row, and the fault by its type alone: its
    text may tell of what is in the row.
    """
    try:
        yield
    except FAULTS as error:
        raise RowUnreadable(_place(table, key), type(error).__name__) from error


def fetch_values(connection: Connection, query: Select[Any], make: Callable[..., T]) -> list[T]:
    """What `make` makes of each row that a query finds, by its cells in their order."""
    return [make(*row) for row in connection.execute(query)]


def fetch_value(connection: Connection, query: Select[Any], make: Callable[..., T]) -> T | None:
    """What `make` makes of the one row that a query finds; None where it finds none."""
    row = connection.execute(query).one_or_none()
    return None if row is None else make(*row)


def read_row(table: Table, row: R, read: Callable[[R], T]) -> T:
    """What `read` makes of a row. Raises RowUnreadable where a cell is not of its column, or makes nothing."""
    must_fit(table, row)
    with reading_row(table, _key(table, row)):
        return read(row)


def read_rows(table: Table, rows: Iterable[R], read: Callable[[R], T]) -> list[T]:
    """As `read_row` of each; those that do not read are left out, and the patrol raises an alarm about them."""
    return list(readable(rows, lambda row: read_row(table, row, read)))


def fitting(table: Table, rows: Iterable[R]) -> list[R]:
    """The rows whose cells are each of their column's type."""
    return [row for row in rows if misfit(table, row) is None]


def readable(rows: Iterable[R], read: Callable[[R], T]) -> Iterator[T]:
    """What `read` makes of each; one for which it raises RowUnreadable costs itself, and no other."""
    for row in rows:
        try:
            yield read(row)
        except RowUnreadable:
            continue


def must_fit(table: Table, row: object) -> None:
    """Raises RowUnreadable where a cell is not of its column's type; columns of other tables are not looked at."""
    if (column := misfit(table, row)) is not None:
        raise RowUnreadable(place_of(table, row), column)


def misfit(table: Table, row: object) -> str | None:
    """The first column whose cell is not of its type; None where all are."""
    return next(misfits(table, row), None)


def misfits(table: Table, row: object) -> Iterator[str]:
    """Every column whose cell is not of its type, of those that the row has."""
    if isinstance(row, Row):
        return (name for at, name, holds in _checks(table, row._fields) if not holds(row[at]))
    if not is_dataclass(row):
        raise TypeError(f"{type(row).__name__} is neither a row nor a value of one")
    names = tuple(row.__dataclass_fields__)
    return (name for _, name, holds in _checks(table, names) if not holds(getattr(row, name)))


def place_of(table: Table, row: object) -> str:
    """What a row is called in refusals and alarms, such as ``alerts/12``."""
    return _place(table, _key(table, row))


def _place(table: Table, key: object) -> str:
    return f"{table.name}/{key if isinstance(key, int) else str(key)[:LONGEST_KEY]}"


def as_it_lies(table: Table) -> Select[Any]:
    """Selects rows as they lie in the database: SQLAlchemy takes any word in a column of truths for true."""
    return select(*map(_raw, table.c))


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    return type_coerce(column, NullType()).label(column.name) if isinstance(column.type, Boolean) else column


def _key(table: Table, row: object) -> object:
    found = [getattr(row, column.name, "") for column in table.primary_key]
    return found[0] if len(found) == 1 else "/".join(map(str, found))


@cache
def _checks(table: Table, fields: tuple[str, ...]) -> tuple[tuple[int, str, Holds], ...]:
    """Of each column that a query gives: its place in the row, its name, and whether a value can be in it."""
    return tuple(
        (fields.index(column.name), column.name, _holds(column)) for column in table.c if column.name in fields
    )


def _holds(column: Column[Any]) -> Holds:
    holds = _of_type(column)
    return (lambda value: value is None or holds(value)) if column.nullable else holds


def _of_type(column: Column[Any]) -> Holds:
    if column.table.name == "alerts" and column.name == "level":
        return lambda value: isinstance(value, int) and value in _LEVELS
    if column.primary_key and isinstance(column.type, Integer) and column.name == "id":
        highest = highest_id(column.table.name)
        return lambda value: isinstance(value, int) and 0 < value <= highest
    if isinstance(column.type, Integer) and (column.name in _MOMENTS or column.name.endswith("_at")):
        return is_time
    if isinstance(column.type, Boolean):
        return lambda value: isinstance(value, int) and value in (0, 1)
    if isinstance(column.type, String):
        return _is_text
    kinds = next(kinds for of, kinds in _KINDS if isinstance(column.type, of))
    return lambda value: isinstance(value, kinds)


def highest_id(table: str) -> int:
    """The highest number that a row of this table can be named by."""
    return HIGHEST_SHORT if table in SHORT else HIGHEST_ID


def _is_text(value: object) -> bool:
    """Whether it is text; bytes that are none hold surrogates that stand alone."""
    return isinstance(value, str) and (value.isascii() or not _LONE.search(value))
