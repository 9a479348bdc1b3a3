"""Stories are told of a town of their own."""

from tests.stories.places import migrated_postgres, migrated_sqlite, place, settle, town

__all__ = ["migrated_postgres", "migrated_sqlite", "place", "settle", "town"]
