"""Alembic's entry: migrate on the connection, and in the transaction, of `schema.migrate`."""

from __future__ import annotations

from alembic import context

from sentinel.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
context.run_migrations()
