"""Triggers, rules and policies on the hub's tables: the schema has none, so whoever put one there is not the hub.

Such a thing runs inside the hub's own transactions, and can drop or change what is written, or hide what is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from hub.store.schema import metadata

ALARM = "intruder"  #: of the alarm

_SQLITE = "SELECT type, name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
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
"""


@dataclass(frozen=True, slots=True)
class Intruder:
    """One such thing: a trigger, rule or policy, its name, and the table it stands on."""

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
    query = _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE
    found = [Intruder(*row) for row in connection.execute(text(query))]
    return tuple(sorted((each for each in found if each.table in metadata.tables), key=str))
