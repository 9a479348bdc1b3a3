"""Tables, columns and values by the words of the field: what was a hand-up is a referral."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

#: (table, column, value before, value since)
VALUES = (
    ("alerts", "stage", "handed_up", "referred"),
    ("matters", "kind", "hand-up", "referral"),
    ("alarms", "kind", "hand-up-overdue", "referral-overdue"),
)


def upgrade() -> None:
    _rename_table("hand_ups", "referrals")
    for table, column, old, new in VALUES:
        _replace(table, column, old, new)


def downgrade() -> None:
    for table, column, old, new in VALUES:
        _replace(table, column, new, old)
    _rename_table("referrals", "hand_ups")


def _rename_table(old: str, new: str) -> None:
    """With its index and, on PostgreSQL, its key and the sequence that numbers it: SQLite has no names for these."""
    op.drop_index(f"ix_{old}_alert", old)
    op.rename_table(old, new)
    op.create_index(f"ix_{new}_alert", new, ["alert"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {old}_pkey RENAME TO {new}_pkey")
        op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")


def _replace(table: str, column: str, old: str, new: str) -> None:
    cells = sa.table(table, sa.column(column, sa.Text()))
    op.execute(cells.update().where(cells.c[column] == old).values({column: new}))
