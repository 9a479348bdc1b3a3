"""What was sent to whom, and what is known of it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Text, UniqueConstraint

from hub.store.migrations.first.keys import Key

TABLES = (
    "campaigns",
    "shards",
    "deliveries",
    "co_holders",
    "receipts",
    "assessments",
    "provider_references",
    "parked_receipts",
    "escalations",
    "receipt_backlogs",
    "silence_waits",
)


def create_tables() -> None:
    _create_campaigns()
    _create_shards()
    _create_deliveries()
    _create_co_holders()
    _create_receipts()
    _create_assessments()
    _create_provider_references()
    _create_parked_receipts()
    _create_escalations()
    _create_receipt_backlogs()
    _create_silence_waits()


def _create_campaigns() -> None:
    # one alert on one channel
    op.create_table(
        "campaigns",
        Column("id", Key, primary_key=True),
        Column("alert", BigInteger, nullable=False),
        Column("channel", String(32), nullable=False),
        # bitmap of all that are in a shard or told by somebody's who is
        Column("covered", LargeBinary, nullable=False),
        Column("targeted", BigInteger, nullable=False),  # messages: those in a shard
        UniqueConstraint("alert", "channel"),
    )


def _create_shards() -> None:
    op.create_table(
        "shards",
        Column("id", Key, primary_key=True),
        Column("campaign", BigInteger, nullable=False, index=True),
        Column("priority", String(16), nullable=False),
        Column("recipients", LargeBinary, nullable=False),  # bitmap
        Column("size", Integer, nullable=False),
        Column("state", String(16), nullable=False),  # ready, leased, done, revoked
        Column("generation", Integer, nullable=False),  # the fence: every lease is a new generation
        Column("owner", Text, nullable=False),
        Column("lease_until", BigInteger, nullable=False),
        Column("not_before", BigInteger, nullable=False),
        Column("queued_at", BigInteger, nullable=False),
        Index("ix_shards_state_not_before", "state", "not_before"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        Column("campaign", BigInteger, primary_key=True, autoincrement=False),
        Column("recipient", BigInteger, primary_key=True, autoincrement=False),  # recipients.id or endpoints.id
        Column("state", SmallInteger, nullable=False),  # channels.message.DeliveryState
        Column("attempt", SmallInteger, nullable=False),
        Column("generation", Integer, nullable=False),
        Column("reason", String(16)),
        Column("reference", Text),
        Column("not_before", BigInteger),
        Column("sent_at", BigInteger),  # first intent
        Column("accepted_at", BigInteger),
        Column("settled_at", BigInteger),  # delivered, confirmed or failed
        sqlite_with_rowid=False,
    )


def _create_co_holders() -> None:
    # Who is told by a message to a number that somebody else of the audience has, too: what became of the bearer's
    # delivery became of theirs. The key is in the order in which a shard is sent; by holder an answer finds what it is
    # about.
    op.create_table(
        "co_holders",
        Column("campaign", BigInteger, primary_key=True, autoincrement=False),
        # recipients.id; has a delivery, or will have
        Column("bearer", BigInteger, primary_key=True, autoincrement=False),
        Column("holder", BigInteger, primary_key=True, autoincrement=False, index=True),  # recipients.id; has none
        sqlite_with_rowid=False,
    )


def _create_receipts() -> None:
    # evidence: every report that changed what we know, once
    op.create_table(
        "receipts",
        Column("campaign", BigInteger, primary_key=True, autoincrement=False),
        Column("recipient", BigInteger, primary_key=True, autoincrement=False),
        Column("state", SmallInteger, primary_key=True, autoincrement=False),
        Column("reference", Text, nullable=False),
        Column("detail", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_assessments() -> None:
    # That what one alert left is needed as evidence for longer: somebody looked, said why, and until when (PD-3).
    op.create_table(
        "assessments",
        Column("alert", BigInteger, primary_key=True, autoincrement=False),
        Column("until", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_provider_references() -> None:
    # for channels whose callbacks carry only the provider's own id
    op.create_table(
        "provider_references",
        Column("channel", String(32), primary_key=True),
        Column("reference", String(255), primary_key=True),
        Column("campaign", BigInteger, nullable=False),
        Column("recipient", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_parked_receipts() -> None:
    # came before we knew the provider's id
    op.create_table(
        "parked_receipts",
        Column("channel", String(32), primary_key=True),
        Column("reference", String(255), primary_key=True),
        Column("state", SmallInteger, primary_key=True, autoincrement=False),
        Column("detail", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_escalations() -> None:
    # steps of the escalation: how many people, from where to where, and why
    op.create_table(
        "escalations",
        Column("alert", BigInteger, primary_key=True, autoincrement=False),
        Column("from_channel", String(32), primary_key=True),
        Column("to_channel", String(32), primary_key=True),
        Column("cause", String(16), primary_key=True),  # hub.alert.silence.Cause
        Column("people", Integer, nullable=False),
        Column("first_at", BigInteger, nullable=False),
        Column("last_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_receipt_backlogs() -> None:
    # servers that are behind with receipts, each while it is
    op.create_table(
        "receipt_backlogs",
        Column("name", String(64), primary_key=True),
        Column("behind_ms", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_silence_waits() -> None:
    # why the escalation does not yet take a channel's silence for an answer
    op.create_table(
        "silence_waits",
        Column("alert", BigInteger, primary_key=True, autoincrement=False),
        Column("channel", String(32), primary_key=True),
        Column("reason", String(32), nullable=False),  # hub.alert.silence.Wait
        Column("people", Integer, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
