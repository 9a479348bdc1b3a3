"""One number is told once: who is told by whose message, and whose addresses are to be compared with everybody's."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from alembic import op
from pyroaring import BitMap

revision = "0008"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "co_holders",
        sa.Column("campaign", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bearer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("campaign", "bearer", "holder"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_co_holders_holder", "co_holders", ["holder"])
    everyone_waits()


def everyone_waits() -> None:
    """Nobody's addresses were ever compared: the next import or release does it."""
    connection = op.get_bind()
    blocks: defaultdict[int, BitMap] = defaultdict(BitMap)
    for block, bits in connection.execute(sa.text("SELECT block, bits FROM bitmaps WHERE kind = 'language'")):
        blocks[block] |= BitMap.deserialize(bytes(bits))
    rows = [{"block": block, "bits": bits.serialize()} for block, bits in blocks.items()]
    if rows:
        added = "INSERT INTO bitmaps (kind, key, block, bits) VALUES ('uncompared', '', :block, :bits)"
        connection.execute(sa.text(added), rows)


def downgrade() -> None:
    """Who shares a number gets a message of their own again; what was told by others' is not known any more."""
    op.execute(sa.text("DELETE FROM bitmaps WHERE kind IN ('uncompared', 'shared')"))
    op.drop_table("co_holders")
