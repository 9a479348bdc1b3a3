"""Places and people: regions, the register of recipients with its bitmap index, endpoints and partners."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)

from hub.store.migrations.first.keys import Key

TABLES = (
    "regions",
    "recipients",
    "address_hashes",
    "areas",
    "bitmaps",
    "points",
    "imports",
    "import_refusals",
    "import_unplaced",
    "endpoints",
    "partners",
    "partner_events",
)


def create_tables() -> None:
    _create_regions()
    _create_recipients()
    _create_address_hashes()
    _create_areas()
    _create_bitmaps()
    _create_points()
    _create_imports()
    _create_import_refusals()
    _create_import_unplaced()
    _create_endpoints()
    _create_partners()
    _create_partner_events()


def _create_regions() -> None:
    op.create_table(
        "regions",
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


def _create_recipients() -> None:
    op.create_table(
        "recipients",
        Column("id", Key, primary_key=True),
        Column("external_id", Text, nullable=False, unique=True),
        Column("region", BigInteger, nullable=False),
        Column("lat", Double),
        Column("lon", Double),
        Column("language", String(35), nullable=False),
        Column("groups", Text, nullable=False),  # comma-separated, sorted
        # comma-separated, sorted: sms, email …, as a register names them
        Column("address_columns", Text, nullable=False),
        Column("marks", LargeBinary, nullable=False),  # first 8 bytes of each address's keyed hash, in that order
        Column("sealed", LargeBinary, nullable=False),  # AES-GCM over the JSON of the addresses
        Column("updated_at", BigInteger, nullable=False),
    )


def _create_address_hashes() -> None:
    # A keyed hash finds who has an address, which nobody can read from it: 8 bytes of hash and 4 of recipients.id each.
    op.create_table(
        "address_hashes",
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),  # first byte of the hash
        Column("block", Integer, primary_key=True, autoincrement=False),  # recipients.id >> 16
        Column("entries", LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_areas() -> None:
    op.create_table(
        "areas",
        Column("name", String(64), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("content", Text, nullable=False),  # JSON: the tree of targeting.audience, places only
        Column("changed_by", Text, nullable=False),
        Column("unit", Text, nullable=False, server_default=text("''")),  # units.name of its owner; empty: nobody
        Column("at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_bitmaps() -> None:
    op.create_table(
        "bitmaps",
        # region, group, language, address_column, cell; seen by an import
        Column("kind", String(16), primary_key=True),
        Column("key", String(96), primary_key=True),
        Column("block", Integer, primary_key=True, autoincrement=False),  # recipients.id >> 20
        Column("bits", LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_points() -> None:
    # Coordinates, packed: a border is decided without reading the rows of people.
    op.create_table(
        "points",
        Column("cell", BigInteger, primary_key=True, autoincrement=False),  # h3 cell of resolution 5
        Column("block", Integer, primary_key=True, autoincrement=False),  # recipients.id >> 20
        Column("entries", LargeBinary, nullable=False),  # 20 bytes a person
        sqlite_with_rowid=False,
    )


def _create_imports() -> None:
    op.create_table(
        "imports",
        Column("id", Key, primary_key=True),
        Column("digest", String(64), nullable=False, index=True),  # SHA-256 of the file
        Column("purpose", String(32), nullable=False),  # what its people's addresses were given for
        Column("position", BigInteger, nullable=False),  # bytes of the file that are done
        Column("line", BigInteger, nullable=False),  # lines of the file that are done
        Column("read", BigInteger, nullable=False),
        Column("new", BigInteger, nullable=False),
        Column("changed", BigInteger, nullable=False),
        Column("refused", BigInteger, nullable=False),
        Column("unplaced", BigInteger, nullable=False, server_default=text("0")),  # kept without their coordinates
        Column("started_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),  # finished, or given up for a fresh start
    )


def _create_import_refusals() -> None:
    op.create_table(
        "import_refusals",
        Column("import_id", BigInteger, primary_key=True, autoincrement=False),  # imports.id
        Column("line", BigInteger, primary_key=True, autoincrement=False),
        Column("column", String(32), nullable=False),
        Column("rule", Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_import_unplaced() -> None:
    # rows kept without coordinates, which cannot be their region's
    op.create_table(
        "import_unplaced",
        Column("import_id", BigInteger, primary_key=True, autoincrement=False),  # imports.id
        Column("line", BigInteger, primary_key=True, autoincrement=False),
        Column("rule", Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_endpoints() -> None:
    op.create_table(
        "endpoints",
        Column("id", Key, primary_key=True),
        Column("channel", String(32), nullable=False),  # a one-to-many channel: wecom, broadcast, partners
        Column("name", Text, nullable=False),
        Column("region", BigInteger),  # regions.id it serves; null serves everywhere
        Column("sealed", LargeBinary, nullable=False),  # AES-GCM over the JSON of target, secret and callback_keys
        Column("active", Boolean, nullable=False),
        UniqueConstraint("channel", "name"),
    )


def _create_partners() -> None:
    op.create_table(
        "partners",
        Column("id", Key, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256 of the feed token
        Column("endpoint", BigInteger),  # endpoints.id it is pushed to, if any
        Column("created_at", BigInteger, nullable=False),
    )


def _create_partner_events() -> None:
    op.create_table(
        "partner_events",
        Column("partner", BigInteger, primary_key=True),
        Column("alert", BigInteger, primary_key=True),
        Column("kind", String(16), primary_key=True),  # pulled, aired
        Column("at", BigInteger, nullable=False),
        Column("evidence", Text, nullable=False),
        sqlite_with_rowid=False,
    )
