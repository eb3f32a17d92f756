"""Resets of forgotten passwords: whom a mail was for, how many an address had in an hour, and a digest of the token.

Revision ID: 0033
Revises: 0032
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a user where nobody has the address, so that the same is done for every address; and without a foreign
    # key, whose check would take a moment more where somebody has it. Users are never removed.
    op.execute("""
        CREATE TABLE bankcore.password_resets (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            user_id uuid,
            expires_at timestamptz NOT NULL,
            hour timestamptz NOT NULL,
            used_at timestamptz,
            number bigint NOT NULL,
            subject bytea NOT NULL,
            digest bytea NOT NULL,
            CONSTRAINT password_resets_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT password_resets_number_key UNIQUE (tenant_id, subject, hour, number),
            CONSTRAINT password_resets_digest_check CHECK (length(digest) = 32)
        )
    """)
    op.execute("CREATE INDEX password_resets_user_idx ON bankcore.password_resets (tenant_id, user_id)")
    op.execute("CREATE INDEX password_resets_expires_idx ON bankcore.password_resets (tenant_id, expires_at)")
    isolate_tenants("password_resets")
    forbid("TRUNCATE", "password_resets")
    op.execute("""
        CREATE POLICY only_old ON bankcore.password_resets AS RESTRICTIVE FOR DELETE
        USING (expires_at < now() - interval '1 day')
    """)
    new = "tenant_id, id, user_id, expires_at, hour, number, subject, digest"
    grant(f"SELECT, INSERT ({new}), UPDATE (used_at), DELETE", "password_resets", to=("bankcore_app",))
    grant("SELECT (tenant_id, id, user_id, expires_at, used_at)", "password_resets", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.password_resets")
