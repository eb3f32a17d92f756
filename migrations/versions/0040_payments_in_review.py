"""Finds the payments that a person has to look at, for monitoring.

Revision ID: 0040
Revises: 0037
"""

from alembic import op

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Built beside those who pay; what an upgrade that was broken off has left is built anew.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS bankcore.payments_review_idx")
        op.execute("""
            CREATE INDEX CONCURRENTLY payments_review_idx ON bankcore.payments (tenant_id, review_since)
            WHERE review_since IS NOT NULL
        """)


def downgrade() -> None:
    op.execute("DROP INDEX bankcore.payments_review_idx")
