"""The owner of a named area."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("areas") as batch:
        batch.add_column(sa.Column("unit", sa.Text(), server_default=sa.text("''"), nullable=False))
    # An area belongs to the unit of whoever changed it last; the command line's belong to nobody yet.
    op.execute(
        "UPDATE areas SET unit = COALESCE((SELECT unit FROM officials WHERE officials.name = areas.changed_by), '')"
    )


def downgrade() -> None:
    with op.batch_alter_table("areas") as batch:
        batch.drop_column("unit")
