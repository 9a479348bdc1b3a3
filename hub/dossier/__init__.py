"""A warning as those who judge it see it: its frozen text, its chain, its parties, and what its signed order says."""
