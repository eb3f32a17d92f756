"""Limits: the policies of accounts and tenants, and what is used of them.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With a constant default no row is written again; the release of before leaves it as it is.
    op.execute("ALTER TABLE bankcore.accounts ADD COLUMN is_limited boolean NOT NULL DEFAULT false")
    grant("UPDATE (is_limited)", "accounts", to=("bankcore_app",))
    op.execute("""
        CREATE TABLE bankcore.limit_policies (
            tenant_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            version bigint NOT NULL,
            changed_at timestamptz NOT NULL,
            policy jsonb NOT NULL,
            CONSTRAINT limit_policies_pkey PRIMARY KEY (tenant_id, subject_id),
            CONSTRAINT limit_policies_version_check CHECK (version > 0),
            CONSTRAINT limit_policies_policy_check CHECK (jsonb_typeof(policy) = 'array')
        )
    """)
    # A row for each account with limits and each kind of debit, rewritten in place with each of them.
    op.execute("""
        CREATE TABLE bankcore.limit_usages (
            tenant_id uuid NOT NULL,
            account_id uuid NOT NULL,
            day_count bigint NOT NULL,
            day_minor bigint NOT NULL,
            month_count bigint NOT NULL,
            month_minor bigint NOT NULL,
            day date NOT NULL,
            kind text NOT NULL,
            CONSTRAINT limit_usages_pkey PRIMARY KEY (tenant_id, account_id, kind),
            CONSTRAINT limit_usages_counts_check CHECK (
                day_count >= 0 AND day_minor >= 0 AND month_count >= day_count AND month_minor >= day_minor)
        ) WITH (fillfactor = 70)
    """)
    for table, changes in (
        ("limit_policies", "version, changed_at, policy"),
        ("limit_usages", "day_count, day_minor, month_count, month_minor, day"),
    ):
        isolate_tenants(table)
        forbid("DELETE OR TRUNCATE", table)
        grant(f"SELECT, INSERT, UPDATE ({changes})", table, to=("bankcore_app",))
        grant("SELECT", table, to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.limit_usages")
    op.execute("DROP TABLE bankcore.limit_policies")
    op.execute("ALTER TABLE bankcore.accounts DROP COLUMN is_limited")
