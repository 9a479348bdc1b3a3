"""Tables, columns and values by the words of the field: what was a hand-up is a referral."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

#: (table before, table since, its indexed columns)
TABLES = (
    ("hand_ups", "referrals", ("alert",)),
    ("choices", "preferences", ()),
    ("choices_history", "preferences_history", ("recipient",)),
    ("address_choices", "address_opt_outs", ()),
    ("doors", "receipt_backlogs", ()),
)
NUMBERED = ("referrals", "preferences_history")  #: tables whose rows PostgreSQL numbers by a sequence
#: (table since, column before, column since)
COLUMNS = (
    ("shards", "lane", "priority"),
    ("matters", "rung", "step"),
    ("matters", "rung_at", "step_at"),
    ("recipients", "channels", "address_columns"),
    ("preferences", "channel_order", "column_order"),
    ("address_opt_outs", "channel", "address_column"),
    ("official_addresses", "channel", "address_column"),
)
#: (table since, column, value before, value since)
VALUES = (
    ("alerts", "stage", "handed_up", "referred"),
    ("matters", "kind", "hand-up", "referral"),
    ("alarms", "kind", "hand-up-overdue", "referral-overdue"),
    ("bitmaps", "kind", "channel", "address_column"),
)


def upgrade() -> None:
    for old, new, indexed in TABLES:
        _rename_table(old, new, indexed)
    for table, before, since in COLUMNS:
        op.alter_column(table, before, new_column_name=since)
    for table, column, before, since in VALUES:
        _replace(table, column, before, since)


def downgrade() -> None:
    for table, column, before, since in VALUES:
        _replace(table, column, since, before)
    for table, before, since in COLUMNS:
        op.alter_column(table, since, new_column_name=before)
    for old, new, indexed in TABLES:
        _rename_table(new, old, indexed)


def _rename_table(old: str, new: str, indexed: tuple[str, ...]) -> None:
    """With its indexes and, on PostgreSQL, its key and the sequence that numbers it: SQLite has no names for these."""
    for column in indexed:
        op.drop_index(f"ix_{old}_{column}", old)
    op.rename_table(old, new)
    for column in indexed:
        op.create_index(f"ix_{new}_{column}", new, [column])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {old}_pkey RENAME TO {new}_pkey")
        if {old, new} & set(NUMBERED):
            op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")


def _replace(table: str, column: str, old: str, new: str) -> None:
    cells = sa.table(table, sa.column(column, sa.Text()))
    op.execute(cells.update().where(cells.c[column] == old).values({column: new}))
