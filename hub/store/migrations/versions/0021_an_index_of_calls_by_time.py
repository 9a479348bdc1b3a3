"""An index of calls by time: every round asks for those of the last hour."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_calls_at", "calls", ["at"])


def downgrade() -> None:
    op.drop_index("ix_calls_at", "calls")
