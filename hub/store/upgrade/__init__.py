"""A database is brought to the schema of this version, and compared with it."""
