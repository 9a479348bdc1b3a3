"""What the hub's schema has none of: triggers, rules, policies and checks on its tables, views in their place.

Such a thing runs inside the hub's own transactions, and can drop or change what is written, or hide what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from hub.store.schema import metadata

ALARM = "intruder"  #: of the alarm

_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('trigger', 'view', 'table')"
_JUDGES = re.compile(r"\b(?:CHECK|AS)\s*\(", re.IGNORECASE)  #: a constraint or a computed column in a table's own text
# PostgreSQL's own triggers keep the foreign keys; a catalog row can be made to look like one, its function cannot.
_POSTGRESQL = """
SELECT 'trigger', t.tgname, c.relname FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
  WHERE NOT (t.tgisinternal AND p.pronamespace = 'pg_catalog'::regnamespace)
    AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'rule', r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
  WHERE c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'policy', p.polname, c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
  WHERE c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'check', k.conname, c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE k.contype = 'c' AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'view', c.relname, c.relname FROM pg_class c
  WHERE c.relkind IN ('v', 'm', 'f') AND c.relnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Intruder:
    """One such thing: its kind, its name, and the table it stands on or in place of."""

    kind: str
    name: str
    table: str

    @property
    def place(self) -> str:
        return f"{self.kind} {self.name} of table {self.table}"

    def __str__(self) -> str:
        return f"{self.place} is not the hub's: it can drop, change or hide what is written; have it removed"


def intruders(connection: Connection) -> tuple[Intruder, ...]:
    """Everything of that kind, in a stable order; what stands on tables of others does not concern us."""
    found = _on_postgresql(connection) if connection.dialect.name == "postgresql" else _on_sqlite(connection)
    return tuple(sorted((each for each in found if each.table.casefold() in metadata.tables), key=str))


def _on_postgresql(connection: Connection) -> Iterator[Intruder]:
    return (Intruder(*row) for row in connection.execute(text(_POSTGRESQL)))


def _on_sqlite(connection: Connection) -> Iterator[Intruder]:
    """SQLite keeps each name as it was typed, and tells constraints in the text of their table alone."""
    for kind, name, table, written in connection.execute(text(_SQLITE)):
        if kind != "table":
            yield Intruder(kind, name, table)
        elif _JUDGES.search(written):
            yield Intruder("check", name, table)
