"""Stories are told of a town of their own."""

from tests.stories.places import place, settle, town

__all__ = ["place", "settle", "town"]
