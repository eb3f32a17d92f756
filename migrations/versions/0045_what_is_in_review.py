"""Finds the refunds, disbursements and disputes that a person has to look at, for monitoring and for that person.

Revision ID: 0045
Revises: 0043
"""

from alembic import op

revision = "0045"
down_revision = "0043"
branch_labels = None
depends_on = None

_TABLES = ("refunds", "disbursements", "disputes")


def upgrade() -> None:
    # Built beside those who work; what an upgrade that was broken off has left is built anew.
    with op.get_context().autocommit_block():
        for table in _TABLES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS bankcore.{table}_review_idx")
            op.execute(f"""
                CREATE INDEX CONCURRENTLY {table}_review_idx ON bankcore.{table} (tenant_id, review_since)
                WHERE review_since IS NOT NULL
            """)


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP INDEX bankcore.{table}_review_idx")
