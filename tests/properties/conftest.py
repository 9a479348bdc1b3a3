"""Towns for the properties that need a whole hub."""

from tests.stories.places import place, settle

__all__ = ["place", "settle"]
