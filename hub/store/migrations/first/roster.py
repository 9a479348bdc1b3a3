"""Who is on duty when, and how they are called; the addresses are sealed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, SmallInteger, String, Text, UniqueConstraint

from hub.store.migrations.first.keys import Key

TABLES = ("shifts", "official_contacts", "official_addresses")


def create_tables() -> None:
    _create_shifts()
    _create_official_contacts()
    _create_official_addresses()


def _create_shifts() -> None:
    # 值班表
    op.create_table(
        "shifts",
        Column("id", Key, primary_key=True),
        Column("official", BigInteger, nullable=False),  # officials.id
        Column("from_at", BigInteger, nullable=False),
        Column("until_at", BigInteger, nullable=False, index=True),
        Column("role", String(16), nullable=False),  # duty (值班), leader (带班)
        Column("position", SmallInteger, nullable=False),  # order of calling: 1 first
        Column("entered_by", BigInteger, nullable=False),  # officials.id; 0 for the machine
        Column("entered_at", BigInteger, nullable=False),
        UniqueConstraint("official", "from_at"),
    )


def _create_official_contacts() -> None:
    op.create_table(
        "official_contacts",
        Column("official", BigInteger, primary_key=True, autoincrement=False),  # officials.id
        Column("language", String(35), nullable=False),
        Column("media", Text, nullable=False),  # comma-separated, sorted: by what they can be called
        Column("sealed", LargeBinary, nullable=False),  # the addresses, by medium
        Column("changed_at", BigInteger, nullable=False),
    )


def _create_official_addresses() -> None:
    # keyed hashes by which an answer is known as an official's
    op.create_table(
        "official_addresses",
        Column("official", BigInteger, primary_key=True, autoincrement=False),
        Column("address_column", String(32), primary_key=True),
        Column("hash", LargeBinary, nullable=False, index=True),
        sqlite_with_rowid=False,
    )
