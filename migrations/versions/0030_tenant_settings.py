"""What is set for one tenant and not for another.

Revision ID: 0030
Revises: 0029
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE bankcore.tenant_settings (
            tenant_id uuid NOT NULL CONSTRAINT tenant_settings_tenant_fkey REFERENCES bankcore.tenants,
            name text NOT NULL,
            value text,
            previous_value text,
            CONSTRAINT tenant_settings_pkey PRIMARY KEY (tenant_id, name),
            CONSTRAINT tenant_settings_value_check CHECK (length(value) <= 1000)
        )
    """)
    isolate_tenants("tenant_settings")
    forbid("DELETE OR TRUNCATE", "tenant_settings")
    grant("SELECT, INSERT (tenant_id, name), UPDATE (value, previous_value)", "tenant_settings", to=("bankcore_app",))
    grant("SELECT", "tenant_settings", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.tenant_settings")
