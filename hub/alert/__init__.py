"""The alert and its life as values: what everything above speaks of, and nothing that stores or sends."""
