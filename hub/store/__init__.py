"""The truth: SQL tables, the group-committing writer, and one file of statements per subject."""
