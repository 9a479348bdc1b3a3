"""What is tested between draft and order, is tested in a town of its own."""

from tests.stories.places import migrated_postgres, migrated_sqlite, place, settle, town

__all__ = ["migrated_postgres", "migrated_sqlite", "place", "settle", "town"]
