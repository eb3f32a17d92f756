"""Runs the migrations on the connection it is given, each in its own transaction."""

from alembic import context

from bankcore_infra.db import work_tables  # noqa: F401 - its tables join METADATA
from bankcore_infra.db.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table_schema="bankcore",
    include_schemas=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
