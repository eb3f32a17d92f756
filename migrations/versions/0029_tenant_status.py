"""A tenant may be suspended: nobody but its auditors gets in, and no worker works for it, until it is resumed.

Revision ID: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE bankcore.tenants ADD COLUMN status text NOT NULL DEFAULT 'active'
            CONSTRAINT tenants_status_check CHECK (status IN ('active', 'suspended'))
    """)
    op.execute("GRANT UPDATE (status) ON bankcore.tenants TO bankcore_app")


def downgrade() -> None:
    # The release of before lets everybody in again.
    op.execute("ALTER TABLE bankcore.tenants DROP COLUMN status")
