"""What was sent to whom, and what is known of it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.schema.keys import Key, metadata

campaigns = Table(
    "campaigns",  # one alert on one channel
    metadata,
    Column("id", Key, primary_key=True),
    Column("alert", BigInteger, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("covered", LargeBinary, nullable=False),  # bitmap of all that are in a shard or told by somebody's who is
    Column("targeted", BigInteger, nullable=False),  # messages: those in a shard
    UniqueConstraint("alert", "channel"),
)

shards = Table(
    "shards",
    metadata,
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

deliveries = Table(
    "deliveries",
    metadata,
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

# Who is told by a message to a number that somebody else of the audience has, too: what became of the bearer's delivery
# became of theirs. The key is in the order in which a shard is sent; by holder an answer finds what it is about.
co_holders = Table(
    "co_holders",
    metadata,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("bearer", BigInteger, primary_key=True, autoincrement=False),  # recipients.id; has a delivery, or will have
    Column("holder", BigInteger, primary_key=True, autoincrement=False, index=True),  # recipients.id; has none
    sqlite_with_rowid=False,
)

receipts = Table(
    "receipts",  # evidence: every report that changed what we know, once
    metadata,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("recipient", BigInteger, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, primary_key=True, autoincrement=False),
    Column("reference", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# That what one alert left is needed as evidence for longer: somebody looked, said why, and until when (PD-3).
assessments = Table(
    "assessments",
    metadata,
    Column("alert", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

provider_references = Table(
    "provider_references",  # for channels whose callbacks carry only the provider's own id
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("reference", String(255), primary_key=True),
    Column("campaign", BigInteger, nullable=False),
    Column("recipient", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

parked_receipts = Table(
    "parked_receipts",  # came before we knew the provider's id
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("reference", String(255), primary_key=True),
    Column("state", SmallInteger, primary_key=True, autoincrement=False),
    Column("detail", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

escalations = Table(
    "escalations",  # steps of the escalation: how many people, from where to where, and why
    metadata,
    Column("alert", BigInteger, primary_key=True, autoincrement=False),
    Column("from_channel", String(32), primary_key=True),
    Column("to_channel", String(32), primary_key=True),
    Column("cause", String(16), primary_key=True),  # hub.alert.silence.Cause
    Column("people", Integer, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

receipt_backlogs = Table(
    "receipt_backlogs",  # servers that are behind with receipts, each while it is
    metadata,
    Column("name", String(64), primary_key=True),
    Column("behind_ms", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

silence_waits = Table(
    "silence_waits",  # why the escalation does not yet take a channel's silence for an answer
    metadata,
    Column("alert", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(32), primary_key=True),
    Column("reason", String(32), nullable=False),  # hub.alert.silence.Wait
    Column("people", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
