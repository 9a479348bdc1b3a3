"""Tables of packed entries, a row for each key and block of ids: an import appends to few rows, it adds few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from hub.store.sql.bulk import BulkStatement
from hub.store.sql.keyed import rows_by

Entries = NDArray[Any]  #: of a packed dtype
Parts = Iterable[tuple[tuple[int, int], Entries]]  #: entries by key and block


@dataclass(frozen=True, slots=True)
class PackedTable:
    """The table `name` with columns `key` (of PostgreSQL's `key_type`), block and entries.

    `without` answers entries less those that are taken out, which come in whatever form `change` was given them.
    """

    name: str
    key: str
    key_type: str
    entry: np.dtype[Any]
    without: Callable[[Entries, Entries], Entries]

    def change(self, connection: Connection, taken: Parts, added: Parts) -> None:
        """Takes entries out, then puts entries in. Rows that become empty go."""
        touched: dict[int, dict[int, tuple[list[Entries], list[Entries]]]] = {}
        for side, parts in enumerate((taken, added)):
            for (key, block), part in parts:
                touched.setdefault(block, {}).setdefault(key, ([], []))[side].append(part)
        kept, emptied = [], []
        for block, keys in touched.items():
            statement = f"SELECT {self.key}, entries FROM {self.name} WHERE block = {block} AND {self.key} {{among}}"
            before = {key: bytes(data) for key, data in rows_by(connection, statement, keys)}
            for key, (gone, come) in keys.items():
                data = before.get(key, b"")
                if gone and data:
                    data = self.without(np.frombuffer(data, dtype=self.entry), np.concatenate(gone)).tobytes()
                data += b"".join(part.tobytes() for part in come)
                if data:
                    kept.append((key, block, data))
                elif key in before:
                    emptied.append((key, block))
        self._keep.run(connection, kept)
        self._drop.run(connection, emptied)

    def read(self, connection: Connection, keys: Iterable[int]) -> Entries:
        """All entries of these keys."""
        rows = rows_by(connection, f"SELECT entries FROM {self.name} WHERE {self.key} {{among}}", keys)
        # Joined as bytes: numpy compares the fields of every part first.
        return np.frombuffer(b"".join([row[0] for row in rows]), dtype=self.entry)

    @property
    def _keep(self) -> BulkStatement:
        into = f"INSERT INTO {self.name} ({self.key}, block, entries)"
        instead = f"ON CONFLICT ({self.key}, block) DO UPDATE SET entries = excluded.entries"
        return BulkStatement(
            sqlite=f"{into} VALUES (?, ?, ?) {instead}",
            postgres=f"{into} SELECT * FROM unnest(%s::{self.key_type}[], %s::integer[], %s::bytea[]) {instead}",
        )

    @property
    def _drop(self) -> BulkStatement:
        return BulkStatement(
            sqlite=f"DELETE FROM {self.name} WHERE {self.key} = ? AND block = ?",
            postgres=f"DELETE FROM {self.name} p "
            f"USING unnest(%s::{self.key_type}[], %s::integer[]) AS gone(key, block) "
            f"WHERE p.{self.key} = gone.key AND p.block = gone.block",
        )


def group_rows(keys: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """The rows of each key, keys ascending, rows in their order."""
    if len(keys) == 0:
        return
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(order)]
    for start, end in pairwise(starts):
        yield int(ordered[start]), order[start:end]
