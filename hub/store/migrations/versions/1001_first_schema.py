"""Every table of the first schema."""

from __future__ import annotations

from alembic import op

from hub.store.migrations.first import (
    alerts,
    calls,
    delivery,
    identity,
    officials,
    papers,
    preferences,
    records,
    register,
    roster,
)

revision = "1001"  # four digits below belong to schemas before it: `hub.store.upgrade.way_over`
down_revision = None
branch_labels = None
depends_on = None

GROUPS = (officials, identity, register, preferences, alerts, papers, delivery, calls, roster, records)


def upgrade() -> None:
    for group in GROUPS:
        group.create_tables()


def downgrade() -> None:
    for group in reversed(GROUPS):
        for table in group.TABLES:
            op.drop_table(table)
