"""Alembic's entry point: runs the migrations over the connection handed in by `datasources.postgres.migrating`."""

from alembic import context

from datasources.postgres.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
