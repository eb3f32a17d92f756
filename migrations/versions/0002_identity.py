"""Who logs in: users, their sessions and refresh tokens, and how often somebody tried to be one of them.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _users()
    _sessions()
    _refresh_tokens()
    _login_attempts()


def downgrade() -> None:
    for table in ("login_attempts", "refresh_tokens", "sessions", "users"):
        op.execute(f"DROP TABLE bankcore.{table}")


def _users() -> None:
    # The address is canonical before it comes here; the check only keeps out what the application could not have made.
    op.execute("""
        CREATE TABLE bankcore.users (
            tenant_id uuid NOT NULL CONSTRAINT users_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            email text NOT NULL,
            full_name text,
            password_hash text NOT NULL,
            roles text[] NOT NULL,
            status text NOT NULL DEFAULT 'active',
            CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT users_email_key UNIQUE (tenant_id, email),
            CONSTRAINT users_email_check CHECK (email ~ '^[!-?\\[-~]+@[a-z0-9.-]+$' AND octet_length(email) <= 254),
            CONSTRAINT users_password_hash_check CHECK (password_hash LIKE '$argon2id$%'),
            CONSTRAINT users_roles_check
                CHECK (roles <@ ARRAY['holder', 'auditor', 'operator', 'admin'] AND cardinality(roles) > 0),
            CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled'))
        )
    """)
    isolate_tenants("users")
    forbid("DELETE OR TRUNCATE", "users")
    grant(
        "SELECT, INSERT (tenant_id, id, created_at, email, full_name, password_hash, roles, status),"
        " UPDATE (full_name, password_hash, roles, status)",
        "users",
        to=("bankcore_app",),
    )
    grant("SELECT (tenant_id, id, created_at, roles, status)", "users", to=("bankcore_auditor",))


def _sessions() -> None:
    op.execute("""
        CREATE TABLE bankcore.sessions (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            user_id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            last_used_at timestamptz NOT NULL,
            generation bigint NOT NULL DEFAULT 0,
            revoked_at timestamptz,
            revoke_reason text,
            CONSTRAINT sessions_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT sessions_user_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES bankcore.users (tenant_id, id),
            CONSTRAINT sessions_generation_check CHECK (generation >= 0),
            CONSTRAINT sessions_revoked_check CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
            CONSTRAINT sessions_revoke_reason_check CHECK (revoke_reason IN ('logout', 'reuse', 'staff'))
        ) WITH (fillfactor = 80)
    """)
    op.execute("CREATE INDEX sessions_user_idx ON bankcore.sessions (tenant_id, user_id, id)")
    isolate_tenants("sessions")
    forbid("DELETE OR TRUNCATE", "sessions")
    grant(
        "SELECT, INSERT (tenant_id, id, user_id, created_at, expires_at, last_used_at),"
        " UPDATE (last_used_at, generation, revoked_at, revoke_reason)",
        "sessions",
        to=("bankcore_app",),
    )
    grant("SELECT", "sessions", to=("bankcore_auditor",))


def _refresh_tokens() -> None:
    op.execute("""
        CREATE TABLE bankcore.refresh_tokens (
            tenant_id uuid NOT NULL,
            session_id uuid NOT NULL,
            generation bigint NOT NULL,
            issued_at timestamptz NOT NULL,
            used_at timestamptz,
            digest bytea NOT NULL,
            used_by bytea,
            CONSTRAINT refresh_tokens_pkey PRIMARY KEY (tenant_id, digest),
            CONSTRAINT refresh_tokens_generation_key UNIQUE (tenant_id, session_id, generation),
            CONSTRAINT refresh_tokens_session_fkey
                FOREIGN KEY (tenant_id, session_id) REFERENCES bankcore.sessions (tenant_id, id),
            CONSTRAINT refresh_tokens_digest_check CHECK (octet_length(digest) = 32),
            CONSTRAINT refresh_tokens_used_check CHECK ((used_at IS NULL) = (used_by IS NULL))
        )
    """)
    isolate_tenants("refresh_tokens")
    forbid("DELETE OR TRUNCATE", "refresh_tokens")
    grant(
        "SELECT, INSERT (tenant_id, session_id, generation, issued_at, digest), UPDATE (used_at, used_by)",
        "refresh_tokens",
        to=("bankcore_app",),
    )


def _login_attempts() -> None:
    # By a keyed hash of the address, not by user: an address that nobody has is slowed down like any other.
    op.execute("""
        CREATE TABLE bankcore.login_attempts (
            tenant_id uuid NOT NULL CONSTRAINT login_attempts_tenant_fkey REFERENCES bankcore.tenants,
            subject bytea NOT NULL,
            attempts integer NOT NULL,
            last_at timestamptz NOT NULL,
            not_before timestamptz NOT NULL,
            CONSTRAINT login_attempts_pkey PRIMARY KEY (tenant_id, subject),
            CONSTRAINT login_attempts_subject_check CHECK (octet_length(subject) = 32),
            CONSTRAINT login_attempts_attempts_check CHECK (attempts >= 0)
        ) WITH (fillfactor = 80)
    """)
    isolate_tenants("login_attempts")
    forbid("DELETE OR TRUNCATE", "login_attempts")
    grant(
        "SELECT, INSERT (tenant_id, subject, attempts, last_at, not_before), UPDATE (attempts, last_at, not_before)",
        "login_attempts",
        to=("bankcore_app",),
    )
