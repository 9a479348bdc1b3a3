"""Rows found by a list of keys of any length, and rows numbered without gaps, in both dialects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError


def rows_by(
    connection: Connection, statement: str, keys: Iterable[str] | Iterable[int], values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """Runs a statement in which ``{among}`` stands for "is one of the keys"; all rows as plain tuples.

    `values` are bound before the keys, one for each mark of the driver that stands before ``{among}``.
    """
    if connection.dialect.name == "sqlite":
        listed: Any = orjson.dumps(list(keys)).decode()
        among = "IN (SELECT value FROM json_each(?))"
    else:
        listed = list(keys)
        among = "= ANY(%s)"
    result = connection.exec_driver_sql(statement.replace("{among}", among), (*values, listed))
    # The driver's own rows: SQLAlchemy's row objects cost more than the reading, and nobody here names columns.
    rows = list(result.cursor.fetchall()) if result.cursor is not None else []
    result.close()
    return rows


def lock_for_numbering(connection: Connection, table: str) -> None:
    """Until the transaction ends, only this one adds rows to the table: its next ids are max + 1 and onwards.

    SQLite has one writer anyway. Readers are not held up.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


def insert_many(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows that are known not to be there yet: COPY on PostgreSQL, executemany on SQLite."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))
        return
    statement = f"COPY {table} ({names}) FROM STDIN"
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.OperationalError as error:
        # As SQLAlchemy would have said it: the writer runs the work again when the database was away.
        raise OperationalError(statement, None, error) from error
    finally:
        cursor.close()
