"""What people chose for themselves, how that came about, and the codes by which they show whose telephone it is."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, SmallInteger, String, Text

from hub.store.migrations.first.keys import Key

TABLES = ("preferences", "preferences_history", "address_opt_outs", "service_codes", "service_counts")


def create_tables() -> None:
    _create_preferences()
    _create_preferences_history()
    _create_address_opt_outs()
    _create_service_codes()
    _create_service_counts()


def _create_preferences() -> None:
    op.create_table(
        "preferences",
        Column("recipient", BigInteger, primary_key=True, autoincrement=False),  # recipients.id
        Column("refused", Text, nullable=False),  # comma-separated columns of addresses, sorted; * is every one
        Column("language", String(35)),  # chosen by the person; null where the register's word stands
        Column("least", SmallInteger, nullable=False),  # lowest level wished, 1 blue to 4 red; 0 where none was named
        Column("at", BigInteger, nullable=False),
        # comma-separated keys of regions, sorted, beside the one of the register
        Column("places", Text, nullable=False),
        # comma-separated columns of addresses, the first to be tried first
        Column("column_order", Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_preferences_history() -> None:
    op.create_table(
        "preferences_history",
        Column("id", Key, primary_key=True),
        Column("recipient", BigInteger, nullable=False, index=True),  # recipients.id
        Column("what", String(16), nullable=False),  # refused, language, least, places, order
        Column("before", Text, nullable=False),
        Column("after", Text, nullable=False),
        Column("way", String(16), nullable=False),  # sms and other channels, page, official, import
        Column("actor", Text, nullable=False),  # the official's name; empty where it was the person
        Column("at", BigInteger, nullable=False),
    )


def _create_address_opt_outs() -> None:
    # An address that refused stays refused whoever is registered with it later: it is kept sealed for the next key.
    op.create_table(
        "address_opt_outs",
        Column("address_column", String(32), primary_key=True),  # as a register names it: sms, email …
        Column("hash", LargeBinary(32), primary_key=True),  # keyed hash of the address
        Column("refused", Boolean, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("sealed", LargeBinary, nullable=False),  # AES-GCM over {channel: address}; empty once it was taken back
        Column("seal_kid", String(16), nullable=False),  # of the keys that sealed and hashed it; empty with it
        Column("hash_kid", String(16), nullable=False),
        sqlite_with_rowid=False,
    )


def _create_service_codes() -> None:
    op.create_table(
        "service_codes",
        Column("address", LargeBinary(32), primary_key=True),  # keyed hash
        Column("code", LargeBinary(32), nullable=False),  # keyed hash over address and code
        Column("tries", SmallInteger, nullable=False),
        Column("sent_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_service_counts() -> None:
    op.create_table(
        "service_counts",
        Column("key", LargeBinary(32), primary_key=True),  # keyed hash of what is counted
        Column("until", BigInteger, primary_key=True, autoincrement=False),  # end of the time that is counted
        Column("count", Integer, nullable=False),
        sqlite_with_rowid=False,
    )
