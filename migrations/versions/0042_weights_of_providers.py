"""Configurations of one priority share payments by their weights.

Revision ID: 0042
Revises: 0041
"""

from alembic import op

from bankcore_infra.db.ddl import grant

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE bankcore.provider_configs ADD COLUMN weight integer NOT NULL DEFAULT 1
            CONSTRAINT provider_configs_weight_check CHECK (weight >= 1)
    """)
    grant("UPDATE (weight)", "provider_configs", to=("bankcore_app",))


def downgrade() -> None:
    op.execute("ALTER TABLE bankcore.provider_configs DROP COLUMN weight")
