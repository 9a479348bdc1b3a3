"""The register at ten million: bitmaps in blocks, coordinates and hashes packed, imports that can go on."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import sqlalchemy as sa
from alembic import op
from pyroaring import BitMap

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

POINT = np.dtype([("id", "<u4"), ("lat", "<f8"), ("lon", "<f8")])
HASH = np.dtype([("mark", "<u8"), ("id", "<u4")])


def upgrade() -> None:
    connection = op.get_bind()
    hashes = connection.execute(
        sa.text("SELECT recipient, channel, hash FROM address_hashes ORDER BY recipient, channel")
    ).all()
    bitmaps = [
        *connection.execute(sa.text("SELECT kind, key, bits FROM bitmaps WHERE kind <> 'cell'")),
        *cells(connection, (3, 5)),
    ]
    op.create_index("ix_alerts_released_at", "alerts", ["released_at"])
    op.drop_table("address_hashes")
    op.drop_table("bitmaps")
    new_tables()
    choice_tables()
    op.create_table(
        "assessments",
        sa.Column("alert", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("recipients") as recipients:
        recipients.drop_index("ix_recipients_cell")
        recipients.drop_column("cell")
        recipients.add_column(sa.Column("marks", sa.LargeBinary(), nullable=True))
    connection.execute(sa.text("UPDATE recipients SET marks = :none"), {"none": b""})
    fill_hashes(connection, hashes)
    fill_bitmaps(connection, bitmaps)
    fill_points(connection)
    with op.batch_alter_table("recipients") as recipients:
        recipients.alter_column("marks", existing_type=sa.LargeBinary(), nullable=False)


def new_tables() -> None:
    op.create_table(
        "address_hashes",
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "block"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bitmaps",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "block"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "points",
        sa.Column("cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("cell", "block"),
        sqlite_with_rowid=False,
    )
    import_tables()
    op.create_table(
        "areas",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )


def import_tables() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("new", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_imports_digest", "imports", ["digest"])
    op.create_table(
        "import_refusals",
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("column", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "line"),
        sqlite_with_rowid=False,
    )


def choice_tables() -> None:
    op.create_table(
        "choices",
        sa.Column("recipient", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("least", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("channel_order", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("recipient"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "choices_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_choices_history_recipient", "choices_history", ["recipient"])
    op.create_table(
        "address_choices",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seal_kid", sa.String(length=16), nullable=False),
        sa.Column("hash_kid", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("channel", "hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "service_codes",
        sa.Column("address", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "service_counts",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "until"),
        sqlite_with_rowid=False,
    )


def fill_hashes(connection: sa.Connection, hashes: Any) -> None:
    """Eight bytes of each hash: in the person's own row, and in the bucket by which it is found."""
    marks: defaultdict[int, bytes] = defaultdict(bytes)
    buckets: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for number, _, hashed in hashes:
        mark = bytes(hashed)[:8]
        marks[number] += mark
        buckets[mark[0], number >> 16].append((int.from_bytes(mark, "big"), number))
    many(connection, "UPDATE recipients SET marks = :b WHERE id = :a", [{"a": n, "b": m} for n, m in marks.items()])
    many(
        connection,
        "INSERT INTO address_hashes (bucket, block, entries) VALUES (:a, :b, :c)",
        [{"a": a, "b": b, "c": np.array(found, dtype=HASH).tobytes()} for (a, b), found in buckets.items()],
    )


def fill_bitmaps(connection: sa.Connection, bitmaps: Any) -> None:
    """Cut by 2²⁰ ids; the finest cells go, and the others are filed anew: they were parents, not cells of the point."""
    rows = []
    for kind, key, data in bitmaps:
        bits = BitMap.deserialize(bytes(data))
        for block in range(bits.min() >> 20, (bits.max() >> 20) + 1):
            part = bits & BitMap(range(block << 20, (block + 1) << 20))
            if part:
                part.run_optimize()
                rows.append({"a": kind, "b": key, "c": block, "d": part.serialize()})
    many(connection, "INSERT INTO bitmaps (kind, key, block, bits) VALUES (:a, :b, :c, :d)", rows)


def cells(connection: sa.Connection, ladder: tuple[int, ...]) -> list[tuple[str, str, bytes]]:
    """The bitmaps of cells: each person's finest one and those above it."""
    found: defaultdict[str, BitMap] = defaultdict(BitMap)
    standing = "SELECT id, lat, lon FROM recipients WHERE lat IS NOT NULL AND lon IS NOT NULL"
    for number, lat, lon in connection.execute(sa.text(standing)):
        finest = h3.latlng_to_cell(lat, lon, ladder[-1])
        for resolution in ladder:
            found[f"{h3.cell_to_parent(finest, resolution):015x}"].add(number)
    return [("cell", key, bits.serialize()) for key, bits in found.items()]


def fill_points(connection: sa.Connection) -> None:
    shelves: defaultdict[tuple[int, int], list[tuple[int, float, float]]] = defaultdict(list)
    standing = "SELECT id, lat, lon FROM recipients WHERE lat IS NOT NULL AND lon IS NOT NULL ORDER BY id"
    for number, lat, lon in connection.execute(sa.text(standing)):
        shelves[h3.latlng_to_cell(lat, lon, 5), number >> 20].append((number, lat, lon))
    many(
        connection,
        "INSERT INTO points (cell, block, entries) VALUES (:a, :b, :c)",
        [{"a": a, "b": b, "c": np.array(found, dtype=POINT).tobytes()} for (a, b), found in shelves.items()],
    )


def downgrade() -> None:
    """Everything but the look-up by address, whose hashes were shortened: the next import files them again."""
    connection = op.get_bind()
    parts = connection.execute(sa.text("SELECT kind, key, bits FROM bitmaps WHERE kind NOT IN ('seen', 'cell')")).all()
    for name in ("address_hashes", "areas", "assessments", "bitmaps", "points", "import_refusals"):
        op.drop_table(name)
    op.drop_index("ix_choices_history_recipient", "choices_history")
    for name in ("choices", "choices_history", "address_choices", "service_codes", "service_counts"):
        op.drop_table(name)
    op.drop_index("ix_alerts_released_at", "alerts")
    op.drop_index("ix_imports_digest", "imports")
    op.drop_table("imports")
    with op.batch_alter_table("recipients") as recipients:
        recipients.drop_column("marks")
        recipients.add_column(sa.Column("cell", sa.BigInteger(), nullable=True))
    old_tables()
    whole: defaultdict[tuple[str, str], BitMap] = defaultdict(BitMap)
    for kind, key, data in (*parts, *cells(connection, (3, 5, 7))):
        whole[kind, key] |= BitMap.deserialize(bytes(data))
    standing = "SELECT id, lat, lon FROM recipients WHERE lat IS NOT NULL AND lon IS NOT NULL"
    found = [
        {"a": h3.latlng_to_cell(lat, lon, 7), "b": number} for number, lat, lon in connection.execute(sa.text(standing))
    ]
    many(connection, "UPDATE recipients SET cell = :a WHERE id = :b", found)
    joined = [{"a": kind, "b": key, "c": bits.serialize()} for (kind, key), bits in whole.items()]
    many(connection, "INSERT INTO bitmaps (kind, key, bits) VALUES (:a, :b, :c)", joined)


def old_tables() -> None:
    op.create_index("ix_recipients_cell", "recipients", ["cell"])
    op.create_table(
        "address_hashes",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "hash", "recipient"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bitmaps",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
        sqlite_with_rowid=False,
    )


def many(connection: sa.Connection, statement: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.text(statement), rows)
