"""API keys of services, each by a keyed digest of its text.

Revision ID: 0027
Revises: 0026
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE bankcore.api_keys (
            tenant_id uuid NOT NULL CONSTRAINT api_keys_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            service_id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz,
            revoked_at timestamptz,
            last_used_at timestamptz,
            digest bytea NOT NULL,
            name text NOT NULL,
            hint text NOT NULL,
            scopes text[] NOT NULL,
            networks text[] NOT NULL,
            CONSTRAINT api_keys_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT api_keys_digest_key UNIQUE (tenant_id, digest),
            CONSTRAINT api_keys_digest_check CHECK (length(digest) = 32),
            CONSTRAINT api_keys_scopes_check CHECK (cardinality(scopes) > 0)
        ) WITH (fillfactor = 80)
    """)
    isolate_tenants("api_keys")
    forbid("DELETE OR TRUNCATE", "api_keys")
    new = "tenant_id, id, service_id, created_at, expires_at, digest, name, hint, scopes, networks"
    shown = "tenant_id, id, service_id, created_at, expires_at, revoked_at, last_used_at, name, hint, scopes, networks"
    grant("SELECT", "api_keys", to=("bankcore_app",))
    grant(f"INSERT ({new})", "api_keys", to=("bankcore_app",))
    grant("UPDATE (expires_at, revoked_at, last_used_at)", "api_keys", to=("bankcore_app",))
    grant(f"SELECT ({shown})", "api_keys", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.api_keys")
