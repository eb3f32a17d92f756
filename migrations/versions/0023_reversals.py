"""A transaction is reversed in parts too, so that several may reverse the same one.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX bankcore.transactions_reverses_key")
    op.execute("""
        CREATE INDEX transactions_reverses_idx ON bankcore.transactions (tenant_id, reverses)
        WHERE reverses IS NOT NULL
    """)


def downgrade() -> None:
    op.execute("DROP INDEX bankcore.transactions_reverses_idx")
    op.execute("""
        CREATE UNIQUE INDEX transactions_reverses_key ON bankcore.transactions (tenant_id, reverses)
        WHERE reverses IS NOT NULL
    """)
