"""All settings, read once, and where each was said."""
