"""Every table. Times are integer milliseconds since the epoch, UTC; sets are serialised roaring bitmaps.

Alembic's migrations build exactly this; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

# SQLite numbers rows by itself only where the key is spelled INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

# --- places and people -------------------------------------------------------------------------------------------

regions = Table(
    "regions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(96), nullable=False, unique=True),  # 12-digit Chinese code, or scheme:code
    Column("name", Text, nullable=False),
    Column("parent", BigInteger, index=True),  # regions.id
    Column("level", SmallInteger, nullable=False),  # 1 province, 2 prefecture, 3 county, 4 township, 5 village
    Column("outline", LargeBinary),  # WKB, lon lat
    Column("west", Double),
    Column("south", Double),
    Column("east", Double),
    Column("north", Double),
)

recipients = Table(
    "recipients",
    metadata,
    Column("id", Key, primary_key=True),
    Column("external_id", Text, nullable=False, unique=True),
    Column("region", BigInteger, nullable=False),
    Column("lat", Double),
    Column("lon", Double),
    Column("cell", BigInteger, index=True),  # h3 cell holding the coordinates
    Column("language", String(35), nullable=False),
    Column("groups", Text, nullable=False),  # comma-separated, sorted
    Column("channels", Text, nullable=False),  # comma-separated, sorted: what `sealed` holds addresses for
    Column("sealed", LargeBinary, nullable=False),  # AES-GCM over the JSON of the addresses
    Column("updated_at", BigInteger, nullable=False),
)

address_hashes = Table(
    "address_hashes",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("hash", LargeBinary(32), primary_key=True),  # keyed hash: an address is looked up without being readable
    Column("recipient", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

bitmaps = Table(
    "bitmaps",
    metadata,
    Column("kind", String(16), primary_key=True),  # region, group, language, channel, cell
    Column("key", String(96), primary_key=True),
    Column("bits", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", Key, primary_key=True),
    Column("channel", String(32), nullable=False),  # a one-to-many channel: wecom, broadcast, partners
    Column("name", Text, nullable=False),
    Column("region", BigInteger),  # regions.id it serves; null serves everywhere
    Column("sealed", LargeBinary, nullable=False),  # AES-GCM over the JSON of target and secret
    Column("active", Boolean, nullable=False),
    UniqueConstraint("channel", "name"),
)

partners = Table(
    "partners",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256 of the feed token
    Column("endpoint", BigInteger),  # endpoints.id it is pushed to, if any
    Column("created_at", BigInteger, nullable=False),
)

partner_events = Table(
    "partner_events",
    metadata,
    Column("partner", BigInteger, primary_key=True),
    Column("alert", BigInteger, primary_key=True),
    Column("kind", String(16), primary_key=True),  # pulled, aired
    Column("at", BigInteger, nullable=False),
    Column("evidence", Text, nullable=False),
    sqlite_with_rowid=False,
)

# --- officials and alerts ----------------------------------------------------------------------------------------

officials = Table(
    "officials",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("unit", Text, nullable=False),
    Column("area", String(96), nullable=False),  # region key the unit answers for
    Column("rights", Text, nullable=False),  # comma-separated: draft, review, sign, release, monitor, administer
    Column("active", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("sent", Text, nullable=False),  # verbatim, as later references must quote it
    Column("status", String(16), nullable=False),
    Column("msg_type", String(16), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("world", String(16), nullable=False),  # live or exercise: separate by construction
    Column("level", SmallInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("stage", String(16), nullable=False, index=True),
    Column("root", BigInteger),  # alerts.id of the first message of the chain; null for a first message
    Column("version", Integer, nullable=False),  # grows with every edit: concurrent edits are detected by it
    Column("content", LargeBinary, nullable=False),  # the Alert as strict CAP 1.2
    Column("source", LargeBinary, nullable=False),  # the bytes as received
    Column("source_digest", String(64), nullable=False),
    Column("findings", Text, nullable=False),  # JSON list
    Column("plan", Text, nullable=False),  # JSON: audience, channels, ladder; what submit freezes
    Column("digest", String(80)),  # over everything frozen; set at submit
    Column("targeted", BigInteger),  # persons, set at submit
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("submitted_at", BigInteger),
    Column("released_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("expires_at", BigInteger, nullable=False),
    UniqueConstraint("sender", "identifier"),
)

alert_authors = Table(
    "alert_authors",  # creator, every editor and the submitter: none of them may decide
    metadata,
    Column("alert", BigInteger, primary_key=True),
    Column("official", BigInteger, primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

forms = Table(
    "forms",
    metadata,
    Column("alert", BigInteger, primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("language", String(35), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("alert", BigInteger, nullable=False, index=True),
    Column("official", BigInteger, nullable=False),
    Column("step", String(16), nullable=False),  # review, sign
    Column("verdict", String(16), nullable=False),  # approve, return, reject
    Column("digest", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("void", Boolean, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("alert", BigInteger, primary_key=True, autoincrement=False),
    Column("jws", Text, nullable=False),
    Column("audience", LargeBinary, nullable=False),  # bitmap of recipients the order covers, and no one else
    Column("endpoints", LargeBinary, nullable=False),  # bitmap of endpoints the order covers
    Column("at", BigInteger, nullable=False),
)

# --- delivery ----------------------------------------------------------------------------------------------------

campaigns = Table(
    "campaigns",  # one alert on one channel
    metadata,
    Column("id", Key, primary_key=True),
    Column("alert", BigInteger, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("covered", LargeBinary, nullable=False),  # bitmap of all that were ever put into a shard
    Column("targeted", BigInteger, nullable=False),
    UniqueConstraint("alert", "channel"),
)

shards = Table(
    "shards",
    metadata,
    Column("id", Key, primary_key=True),
    Column("campaign", BigInteger, nullable=False, index=True),
    Column("lane", String(16), nullable=False),
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

# --- what the public answers -------------------------------------------------------------------------------------

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

# --- records -----------------------------------------------------------------------------------------------------

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
