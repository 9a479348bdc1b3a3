"""The first schema, a module for each group of tables.

Times (`at`, `until`, `…_at`, `…_until`, `not_before`) are milliseconds since 1970-01-01 UTC. There are no foreign keys:
`alert`, `official`, `recipient`, `unit` and the like are the `id` (of a unit the name) of a row there; where it is
another, a comment says so.
"""
