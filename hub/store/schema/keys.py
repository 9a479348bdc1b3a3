"""What every table shares: one metadata with a naming convention, and the type of a key."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

# SQLite numbers rows by itself only where the key is spelled INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
