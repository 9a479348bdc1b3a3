"""Runs the migrations on the connection that `hub.store.upgrade.migrate` hands over; it opens and commits, not we."""

from __future__ import annotations

from alembic import context

from hub.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making a new one
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
