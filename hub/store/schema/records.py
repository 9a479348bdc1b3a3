"""What the public answers, the audit log, alarms, answers under an idempotency key, leases."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from hub.store.schema.keys import Key, metadata

feedback = Table(
    "feedback",
    metadata,
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

audit = Table(
    "audit",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("principal", String(128), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",  # which process does a job that only one may do
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
