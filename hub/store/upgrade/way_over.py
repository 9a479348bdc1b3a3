"""The way over for a database of the last schema before the first of these revisions: it is renamed and stamped.

Schemas before that one are brought to it by the hub that knew them.
"""

from __future__ import annotations

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Text, column, table, update

from hub.store.upgrade.refused import SchemaRefused

FIRST = "1001"  #: the revision of the first schema
LAST = "0022"  #: of the schema before it
RENAMED = "0023"  #: of the same schema once its tables and columns bear the names of the first
OLDER = frozenset(f"{number:04}" for number in range(1, int(LAST)))
THROUGH = "27bf352dcee0"  #: the last commit of the hub that brings an older schema to RENAMED

_STAMP = table("alembic_version", column("version_num"))
#: (table before, table since, its indexed columns)
_TABLES = (
    ("hand_ups", "referrals", ("alert",)),
    ("choices", "preferences", ()),
    ("choices_history", "preferences_history", ("recipient",)),
    ("address_choices", "address_opt_outs", ()),
    ("doors", "receipt_backlogs", ()),
)
_NUMBERED = frozenset({"hand_ups", "choices_history"})  #: whose rows PostgreSQL numbers by a sequence
#: (table since, column before, column since)
_COLUMNS = (
    ("shards", "lane", "priority"),
    ("matters", "rung", "step"),
    ("matters", "rung_at", "step_at"),
    ("recipients", "channels", "address_columns"),
    ("preferences", "channel_order", "column_order"),
    ("address_opt_outs", "channel", "address_column"),
    ("official_addresses", "channel", "address_column"),
)
#: (table since, column, value before, value since)
_VALUES = (
    ("alerts", "stage", "handed_up", "referred"),
    ("matters", "kind", "hand-up", "referral"),
    ("alarms", "kind", "hand-up-overdue", "referral-overdue"),
    ("bitmaps", "kind", "channel", "address_column"),
)


def bring_over(connection: Connection, stamps: tuple[str, ...]) -> None:
    """Brings a database with these stamps to the first revision, in the caller's transaction; leaves alone an empty one
    and one that is there already. Raises SchemaRefused where it is older than the last schema before it.
    """
    older = sorted(OLDER.intersection(stamps))
    if older:
        text = f"the database is of revision {older[0]}, and this hub brings over {LAST} and later"
        raise SchemaRefused(f"{text}: run `hub migrate` of the hub at commit {THROUGH} first, then that of this one")
    if LAST in stamps:
        _rename(Operations(MigrationContext.configure(connection)), connection)
    if {LAST, RENAMED}.intersection(stamps):
        connection.execute(update(_STAMP).values(version_num=FIRST))


def _rename(op: Operations, connection: Connection) -> None:
    for old, new, indexed in _TABLES:
        _rename_table(op, old, new, indexed)
    for name, old, new in _COLUMNS:
        op.alter_column(name, old, new_column_name=new)
    for name, cell, old, new in _VALUES:
        cells = table(name, column(cell, Text()))
        connection.execute(update(cells).where(cells.c[cell] == old).values({cell: new}))


def _rename_table(op: Operations, old: str, new: str, indexed: tuple[str, ...]) -> None:
    """With its indexes and, on PostgreSQL, its key and the sequence that numbers it: SQLite has no names for these."""
    for name in indexed:
        op.drop_index(f"ix_{old}_{name}", old)
    op.rename_table(old, new)
    for name in indexed:
        op.create_index(f"ix_{new}_{name}", new, [name])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {old}_pkey RENAME TO {new}_pkey")
        if old in _NUMBERED:
            op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")
