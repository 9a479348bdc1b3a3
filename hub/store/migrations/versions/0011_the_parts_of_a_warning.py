"""Parts of a warning whose areas differ: forms of each, and who is told which."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = ("alert", "channel", "language")


def upgrade() -> None:
    op.create_table(
        "order_parts",
        sa.Column("alert", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(length=255), nullable=False),
        sa.Column("persons", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "part"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("alerts") as batch:
        batch.add_column(sa.Column("parts", sa.Text(), server_default=sa.text("'[]'"), nullable=False))
    _remake_forms([*KEY, "part"])


def downgrade() -> None:
    op.execute("DELETE FROM forms WHERE part <> ''")
    _remake_forms(KEY)
    with op.batch_alter_table("alerts") as batch:
        batch.drop_column("parts")
    op.drop_table("order_parts")


def _remake_forms(key: Sequence[str]) -> None:
    """The table with these columns as its key: SQLite changes a primary key only by making the table anew."""
    op.rename_table("forms", "forms_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE forms_before RENAME CONSTRAINT forms_pkey TO forms_before_pkey")
    texts = [sa.Column(name, sa.Text(), nullable=False) for name in ("subject", "body", "text")]
    numbers = [sa.Column(name, sa.Integer(), nullable=False) for name in ("segments", "seconds")]
    part = sa.Column("part", sa.String(length=255), server_default=sa.text("''"), nullable=False)
    op.create_table(
        "forms",
        sa.Column("alert", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        *([part] if "part" in key else []),
        *texts,
        *numbers,
        sa.Column("digest", sa.String(length=64), nullable=False),
        *([sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False)] if "part" in key else []),
        sa.PrimaryKeyConstraint(*key),
    )
    kept = "alert, channel, language, subject, body, text, segments, seconds, digest"
    op.execute(f"INSERT INTO forms ({kept}) SELECT {kept} FROM forms_before")
    op.drop_table("forms_before")
