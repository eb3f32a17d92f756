"""Secrets at rest: each encrypted, with its own key beside it, which a key outside the database wraps.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE bankcore.encrypted_secrets (
            tenant_id uuid NOT NULL CONSTRAINT encrypted_secrets_tenant_fkey REFERENCES bankcore.tenants,
            owner_id uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            purpose text NOT NULL,
            key_name text NOT NULL,
            wrapped_key bytea NOT NULL,
            content bytea NOT NULL,
            CONSTRAINT encrypted_secrets_pkey PRIMARY KEY (tenant_id, purpose, owner_id)
        )
    """)
    isolate_tenants("encrypted_secrets")
    forbid("TRUNCATE", "encrypted_secrets")
    grant("SELECT, INSERT, DELETE", "encrypted_secrets", to=("bankcore_app",))
    grant("UPDATE (key_name, wrapped_key, content)", "encrypted_secrets", to=("bankcore_app",))
    grant("SELECT (tenant_id, owner_id, created_at, purpose, key_name)", "encrypted_secrets", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.encrypted_secrets")
