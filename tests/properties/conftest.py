"""Towns for the properties that need a whole hub."""

from tests.stories.places import migrated_postgres, migrated_sqlite, place, settle

__all__ = ["migrated_postgres", "migrated_sqlite", "place", "settle"]
