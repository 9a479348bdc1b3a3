"""The type of a key that the database numbers by itself."""

from __future__ import annotations

import sqlalchemy as sa

# SQLite numbers rows by itself only where the key is spelled INTEGER.
Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
