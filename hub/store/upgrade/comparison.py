"""What a database holds beside what the code is written against: a stamp says which migrations ran, not what is there.

Compared are tables, columns with their types, nullability and defaults, primary keys, indexes, unique constraints and
foreign keys: what both SQLite and PostgreSQL tell of themselves reliably (Alembic's autogenerate, and primary keys,
which it leaves out). Triggers, rules and policies are named, too: this version has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from hub.errors import Refusal
from hub.rules.rule import Rule
from hub.store.schema import metadata
from hub.store.upgrade.intruders import intruders

STAMP = "alembic_version"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the code says. `harmful`: reading or writing through the code can fail or go wrong."""

    place: str
    text: str
    harmful: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class SchemaDiffers(Refusal):
    """The database is not the one this version is written against; every difference is named."""

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        lines = "\n".join(f"  {each}" for each in differences)
        remedy = "restore what is named, or a backup, and run `hub migrate` again"
        if any(each.harmful for each in differences):
            remedy += "; nothing was changed"
        super().__init__(
            f"the database differs from this version's schema in {len(differences)} places; {remedy}\n{lines}",
            rule=Rule.SCHEMA_DIFFERS,
            findings=[
                {"rule": Rule.SCHEMA_DIFFERS, "element": each.place, "level": "error", "text": each.text}
                for each in differences
            ],
        )
        self.differences = differences


def differences(connection: Connection) -> tuple[Difference, ...]:
    """Every difference, in a stable order; empty where the database is the one the code is written against."""
    options = {"compare_type": True, "compare_server_default": True, "include_name": _is_ours}
    context = MigrationContext.configure(connection, opts=options)
    changes = compare_metadata(context, metadata)
    gone = {change[1].name for change in changes if change[0] == "add_table"}
    found = [each for change in changes if not _index_of(change, gone) for each in _describe_change(change)]
    strange = (Difference(each.place, "is not known to this version", harmful=False) for each in intruders(connection))
    return tuple(sorted((*found, *_primary_keys(connection), *strange), key=str))


def _index_of(change: Any, gone: set[str]) -> bool:
    """Whether it is an index of a table that is missing whole: that is told once."""
    return bool(change[0] == "add_index" and change[1].table.name in gone)


def _is_ours(name: str | None, kind: str, _parents: Mapping[str, Any]) -> bool:
    return not (kind == "table" and name == STAMP)


def _describe_change(change: Any) -> Iterator[Difference]:
    """One entry of Alembic's list; changes of one column come as a list of their own."""
    if isinstance(change, list):
        for each in change:
            yield from _describe_change(each)
        return
    kind, *what = change
    match kind:
        case "add_table":
            yield Difference(f"table {what[0].name}", "is missing")
        case "remove_table":
            yield Difference(f"table {what[0].name}", "is not known to this version", harmful=False)
        case "add_column":
            yield Difference(f"column {what[1]}.{what[2].name}", "is missing")
        case "remove_column":
            column = what[2]
            needed = not column.nullable and column.server_default is None  # no row of ours could be inserted
            text = "is not known to this version" + (", and must be given" if needed else "")
            yield Difference(f"column {what[1]}.{column.name}", text, harmful=needed)
        case "add_index" | "remove_index":
            yield _index(what[0], missing=kind == "add_index")
        case "add_constraint" | "remove_constraint" | "add_fk" | "remove_fk":
            names = ", ".join(column.name for column in what[0].columns)
            text = "is missing" if kind.startswith("add") else "is not known to this version"
            yield Difference(f"{type(what[0]).__name__} {what[0].table.name} ({names})", text)
        case _:  # modify_type, modify_nullable, modify_default
            table, column, _, stands, wanted = what[1:]
            part = {"modify_nullable": "nullable", "modify_default": "default"}.get(kind, "type")
            yield Difference(
                f"column {table}.{column}", f"{part} is {_spell_value(stands)}, not {_spell_value(wanted)}"
            )


def _index(index: Any, *, missing: bool) -> Difference:
    place = f"index {index.name} of {index.table.name}"
    if missing:
        return Difference(place, "is missing")
    return Difference(place, "is not known to this version", harmful=bool(index.unique))


def _spell_value(value: Any) -> str:
    """A type, a flag or a default in words."""
    return str(getattr(value, "arg", value))


def _primary_keys(connection: Connection) -> Iterator[Difference]:
    stands = inspect(connection)
    there = set(stands.get_table_names())
    for table in metadata.sorted_tables:
        if table.name not in there:
            continue  # told already
        wanted = {column.name for column in table.primary_key}
        found = set(stands.get_pk_constraint(table.name)["constrained_columns"])
        if found != wanted:
            told = f"is ({', '.join(sorted(found))}), not ({', '.join(sorted(wanted))})"
            yield Difference(f"primary key of {table.name}", told)
