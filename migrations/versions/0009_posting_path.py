"""What measuring the posting path taught: an index that must not be taken for the primary key.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With the id at its end PostgreSQL 18 also took it for look-ups by many ids, and read all accounts of the tenant:
    # it counts a descent for each id in the primary key, and one in all where a column in between is skipped.
    op.execute("DROP INDEX bankcore.accounts_owner_idx")
    op.execute("CREATE INDEX accounts_owner_idx ON bankcore.accounts (tenant_id, owner_id)")


def downgrade() -> None:
    op.execute("DROP INDEX bankcore.accounts_owner_idx")
    op.execute("CREATE INDEX accounts_owner_idx ON bankcore.accounts (tenant_id, owner_id, id)")
