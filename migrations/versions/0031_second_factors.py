"""Second factors of users, their recovery codes by keyed digests, and when a session last proved one.

Revision ID: 0031
Revises: 0030
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE bankcore.second_factors (
            tenant_id uuid NOT NULL,
            user_id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            confirmed_at timestamptz,
            last_used_step bigint NOT NULL DEFAULT 0,
            CONSTRAINT second_factors_pkey PRIMARY KEY (tenant_id, user_id),
            CONSTRAINT second_factors_user_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES bankcore.users
        ) WITH (fillfactor = 80)
    """)
    op.execute("""
        CREATE TABLE bankcore.recovery_codes (
            tenant_id uuid NOT NULL,
            user_id uuid NOT NULL,
            digest bytea NOT NULL,
            CONSTRAINT recovery_codes_pkey PRIMARY KEY (tenant_id, user_id, digest),
            CONSTRAINT recovery_codes_factor_fkey
                FOREIGN KEY (tenant_id, user_id) REFERENCES bankcore.second_factors,
            CONSTRAINT recovery_codes_digest_check CHECK (length(digest) = 32)
        )
    """)
    for table in ("second_factors", "recovery_codes"):
        isolate_tenants(table)
        forbid("TRUNCATE", table)
        grant("SELECT, DELETE", table, to=("bankcore_app",))
    grant("INSERT (tenant_id, user_id, created_at)", "second_factors", to=("bankcore_app",))
    grant("UPDATE (created_at, confirmed_at, last_used_step)", "second_factors", to=("bankcore_app",))
    grant("INSERT", "recovery_codes", to=("bankcore_app",))
    grant("SELECT", "second_factors", to=("bankcore_auditor",))
    op.execute("ALTER TABLE bankcore.sessions ADD COLUMN mfa_at timestamptz")
    grant("INSERT (mfa_at), UPDATE (mfa_at)", "sessions", to=("bankcore_app",))


def downgrade() -> None:
    op.execute("ALTER TABLE bankcore.sessions DROP COLUMN mfa_at")
    op.execute("DROP TABLE bankcore.recovery_codes")
    op.execute("DROP TABLE bankcore.second_factors")
