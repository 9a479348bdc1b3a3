"""Many rows in one statement, in each dialect's fastest spelling: executemany for SQLite, unnest for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.store.sql.keyed import rows_by


@dataclass(frozen=True, slots=True)
class BulkStatement:
    """One change over many rows. `sqlite` takes a row's values as ``?``; `postgres` takes each column as an array."""

    sqlite: str
    postgres: str

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Runs over all rows and returns how many were changed."""
        if not rows:
            return 0
        if connection.dialect.name == "sqlite":
            return connection.exec_driver_sql(self.sqlite, list(rows)).rowcount
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        return connection.exec_driver_sql(self.postgres, columns).rowcount


@dataclass(frozen=True, slots=True)
class IdQuery:
    """A query over a list of integer ids, whatever its length. ``{among}`` stands for "is one of the ids".

    Other values come first, in order, as ``{value}`` marks.
    """

    text: str

    def run(self, connection: Connection, values: Sequence[Any], ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """All rows as plain tuples."""
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        return rows_by(connection, self.text.replace("{value}", mark), ids, values)
