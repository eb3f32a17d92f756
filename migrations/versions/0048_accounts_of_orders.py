"""Finds the order for which a provider opened an account, by the account that money came to.

Revision ID: 0048
Revises: 0045
"""

from alembic import op

revision = "0048"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Built beside those who pay; what an upgrade that was broken off has left is built anew. Only orders whose payer
    # sends money to an account are in it, so all others are written as they were.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS bankcore.payment_attempts_account_idx")
        op.execute("""
            CREATE INDEX CONCURRENTLY payment_attempts_account_idx
            ON bankcore.payment_attempts (tenant_id, config_id, provider_id, id)
            WHERE next_action ->> 'type' = 'transfer'
        """)


def downgrade() -> None:
    op.execute("DROP INDEX bankcore.payment_attempts_account_idx")
