"""Many rows in one statement, in each dialect's fastest spelling: executemany for SQLite, unnest for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection


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
    """A query over a list of integer ids, whatever its length. ``{ids}`` stands for the condition's right-hand side.

    Other values come first, in order, as ``{value}`` marks.
    """

    text: str

    def run(self, connection: Connection, values: Sequence[Any], ids: Iterable[int]) -> Sequence[Any]:
        sqlite = connection.dialect.name == "sqlite"
        mark = "?" if sqlite else "%s"
        inner = "IN (SELECT value FROM json_each(?))" if sqlite else "= ANY(%s)"
        listed: Any = orjson.dumps(list(ids)).decode() if sqlite else list(ids)
        statement = self.text.replace("{value}", mark).replace("{ids}", inner)
        return connection.exec_driver_sql(statement, (*values, listed)).fetchall()
