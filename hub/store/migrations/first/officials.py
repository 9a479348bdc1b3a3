"""Units, their officials, and what administration asks a second administrator for."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, String, Text, text

from hub.store.migrations.first.keys import Key

TABLES = ("units", "officials", "admin_requests")


def create_tables() -> None:
    _create_units()
    _create_officials()
    _create_admin_requests()


def _create_units() -> None:
    op.create_table(
        "units",
        Column("id", Key, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("area", String(96), nullable=False),  # region key the unit answers for
        Column("kind", String(32), nullable=False),  # a kind of the authority policy: government, meteorological, ...
        Column("parent", BigInteger),  # units.id it reports to
        Column("active", Boolean, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("public_names", Text, nullable=False, server_default=text("'[]'")),  # JSON: [language, name] pairs
    )


def _create_officials() -> None:
    op.create_table(
        "officials",
        Column("id", Key, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("unit", Text, nullable=False),  # units.name
        Column("office", Text, nullable=False, server_default=text("''")),  # leader, duty…: the policy names them
        Column("account_of", BigInteger),  # officials.id of the same person's first account
        Column("area", String(96), nullable=False),  # region key the unit answers for
        Column("rights", Text, nullable=False),  # comma-separated: draft, review, sign, release, monitor, administer
        Column("active", Boolean, nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )


def _create_admin_requests() -> None:
    # an act of administration that a second administrator must confirm
    op.create_table(
        "admin_requests",
        Column("id", Key, primary_key=True),
        Column("kind", String(32), nullable=False),
        Column("subject", Text, nullable=False),
        Column("payload", Text, nullable=False),  # canonical JSON
        Column("requested_by", BigInteger, nullable=False),
        Column("requested_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("state", String(16), nullable=False),  # pending, approved, rejected, expired
        Column("decided_by", BigInteger),
        Column("decided_at", BigInteger),
        Column("reason", Text, nullable=False),
    )
