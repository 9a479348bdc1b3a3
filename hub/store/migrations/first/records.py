"""What the public answers, the audit log, alarms, answers under an idempotency key, leases."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Text, UniqueConstraint

from hub.store.migrations.first.keys import Key

TABLES = ("feedback", "audit", "alarms", "idempotency", "leases")


def create_tables() -> None:
    _create_feedback()
    _create_audit()
    _create_alarms()
    _create_idempotency()
    _create_leases()


def _create_feedback() -> None:
    op.create_table(
        "feedback",
        Column("id", Key, primary_key=True),
        Column("channel", String(32), nullable=False),
        Column("reference", String(255), nullable=False),  # the provider's id; a replay is found by it
        Column("recipient", BigInteger),
        Column("alert", BigInteger, index=True),
        Column("region", BigInteger),
        Column("source", LargeBinary, nullable=False),  # keyed hash of the sender
        Column("text", Text, nullable=False),
        Column("sentiment", String(16), nullable=False),
        Column("intent", String(32), nullable=False),
        Column("at", BigInteger, nullable=False),
        UniqueConstraint("channel", "reference"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        Column("seq", Key, primary_key=True, autoincrement=False),
        Column("at", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("action", String(64), nullable=False),
        Column("subject", Text, nullable=False),
        Column("detail", Text, nullable=False),  # canonical JSON
        Column("previous", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
    )


def _create_alarms() -> None:
    op.create_table(
        "alarms",
        Column("id", Key, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("kind", String(64), nullable=False),
        Column("subject", Text, nullable=False),
        Column("detail", Text, nullable=False),
    )


def _create_idempotency() -> None:
    op.create_table(
        "idempotency",
        Column("principal", String(128), primary_key=True),
        Column("key", String(255), primary_key=True),
        Column("request_digest", String(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_leases() -> None:
    # which process does a job that only one may do
    op.create_table(
        "leases",
        Column("name", String(64), primary_key=True),
        Column("owner", Text, nullable=False),
        Column("until", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
