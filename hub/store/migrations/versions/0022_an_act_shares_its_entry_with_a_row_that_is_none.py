"""Two rows of acts may name one entry: a row that somebody put there must not keep the next act from being written."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("acts", schema=None) as batch_op:
        batch_op.drop_constraint("uq_acts_entry", type_="unique")
        batch_op.create_index("ix_acts_entry", ["entry"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("acts", schema=None) as batch_op:
        batch_op.drop_index("ix_acts_entry")
        batch_op.create_unique_constraint("uq_acts_entry", ["entry"])
