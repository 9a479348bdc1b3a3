"""Why the ladder climbs, and what it waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "escalations",
        sa.Column("alert", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_channel", sa.String(length=32), nullable=False),
        sa.Column("to_channel", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "from_channel", "to_channel", "cause"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "silence_waits",
        sa.Column("alert", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "channel"),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "doors",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("behind_ms", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("doors")
    op.drop_table("silence_waits")
    op.drop_table("escalations")
