"""Runs the migrations on the connection it is given, each in its own transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema="bankcore",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
