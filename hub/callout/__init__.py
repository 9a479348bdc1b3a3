"""Whoever must act is told: what waits, who on duty can act on it, and calls that repeat and climb until one does."""
