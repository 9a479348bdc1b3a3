"""What people chose for themselves, how that came about, and the codes by which they show whose telephone it is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, SmallInteger, String, Table, Text

from hub.store.schema.keys import Key, metadata

preferences = Table(
    "preferences",
    metadata,
    Column("recipient", BigInteger, primary_key=True, autoincrement=False),  # recipients.id
    Column("refused", Text, nullable=False),  # comma-separated columns of addresses, sorted; * is every one
    Column("language", String(35)),  # chosen by the person; null where the register's word stands
    Column("least", SmallInteger, nullable=False),  # lowest level wished, 1 blue to 4 red; 0 where none was named
    Column("at", BigInteger, nullable=False),
    Column("places", Text, nullable=False),  # comma-separated keys of regions, sorted, beside the one of the register
    Column("column_order", Text, nullable=False),  # comma-separated columns of addresses, the first to be tried first
    sqlite_with_rowid=False,
)

preferences_history = Table(
    "preferences_history",
    metadata,
    Column("id", Key, primary_key=True),
    Column("recipient", BigInteger, nullable=False, index=True),  # recipients.id
    Column("what", String(16), nullable=False),  # refused, language, least, places, order
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("way", String(16), nullable=False),  # sms and other channels, page, official, import
    Column("actor", Text, nullable=False),  # the official's name; empty where it was the person
    Column("at", BigInteger, nullable=False),
)

# An address that refused stays refused whoever is registered with it later: it is kept sealed for the next hash key.
address_opt_outs = Table(
    "address_opt_outs",
    metadata,
    Column("address_column", String(32), primary_key=True),  # as a register names it: sms, email …
    Column("hash", LargeBinary(32), primary_key=True),  # keyed hash of the address
    Column("refused", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # AES-GCM over {channel: address}; empty once it was taken back
    Column("seal_kid", String(16), nullable=False),  # of the keys that sealed and hashed it; empty with it
    Column("hash_kid", String(16), nullable=False),
    sqlite_with_rowid=False,
)

service_codes = Table(
    "service_codes",
    metadata,
    Column("address", LargeBinary(32), primary_key=True),  # keyed hash
    Column("code", LargeBinary(32), nullable=False),  # keyed hash over address and code
    Column("tries", SmallInteger, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

service_counts = Table(
    "service_counts",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),  # keyed hash of what is counted
    Column("until", BigInteger, primary_key=True, autoincrement=False),  # end of the time that is counted
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
