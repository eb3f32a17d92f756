"""What looked like fraud: each tenant's policy, and the cases that people decide.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _fraud_policies()
    _fraud_cases()


def downgrade() -> None:
    for table in ("fraud_cases", "fraud_policies"):
        op.execute(f"DROP TABLE bankcore.{table}")


def _fraud_policies() -> None:
    op.execute("""
        CREATE TABLE bankcore.fraud_policies (
            tenant_id uuid NOT NULL CONSTRAINT fraud_policies_tenant_fkey REFERENCES bankcore.tenants,
            changed_at timestamptz NOT NULL DEFAULT now(),
            policy jsonb NOT NULL,
            CONSTRAINT fraud_policies_pkey PRIMARY KEY (tenant_id),
            CONSTRAINT fraud_policies_policy_check CHECK (jsonb_typeof(policy) = 'object')
        )
    """)
    isolate_tenants("fraud_policies")
    forbid("DELETE OR TRUNCATE", "fraud_policies")
    grant(
        "SELECT, INSERT (tenant_id, changed_at, policy), UPDATE (changed_at, policy)",
        "fraud_policies",
        to=("bankcore_app",),
    )
    grant("SELECT", "fraud_policies", to=("bankcore_auditor",))


def _fraud_cases() -> None:
    # No foreign keys to the books: their rows are never deleted, and with one, PostgreSQL would answer a TRUNCATE of
    # the books before the trigger that refuses it to everybody could.
    op.execute("""
        CREATE TABLE bankcore.fraud_cases (
            tenant_id uuid NOT NULL CONSTRAINT fraud_cases_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            account_id uuid NOT NULL,
            transaction_id uuid NOT NULL,
            opened_at timestamptz NOT NULL,
            decided_at timestamptz,
            score integer NOT NULL,
            froze_account boolean NOT NULL,
            status text NOT NULL DEFAULT 'open',
            decided_by text,
            note text,
            signals jsonb NOT NULL,
            CONSTRAINT fraud_cases_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT fraud_cases_movement_key UNIQUE (tenant_id, transaction_id, account_id),
            CONSTRAINT fraud_cases_score_check CHECK (score > 0),
            CONSTRAINT fraud_cases_status_check CHECK (status IN ('open', 'cleared', 'confirmed')),
            CONSTRAINT fraud_cases_decided_check CHECK (
                (status = 'open') = (decided_at IS NULL)
                AND (decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (note IS NULL)
            )
        ) WITH (fillfactor = 90)
    """)
    op.execute("CREATE INDEX fraud_cases_status_idx ON bankcore.fraud_cases (tenant_id, status, id)")
    op.execute("CREATE INDEX fraud_cases_account_idx ON bankcore.fraud_cases (tenant_id, account_id, id)")
    isolate_tenants("fraud_cases")
    forbid("DELETE OR TRUNCATE", "fraud_cases")
    grant(
        "SELECT, INSERT (tenant_id, id, account_id, transaction_id, opened_at, score, froze_account, signals),"
        " UPDATE (status, decided_at, decided_by, note)",
        "fraud_cases",
        to=("bankcore_app",),
    )
    grant("SELECT", "fraud_cases", to=("bankcore_auditor",))
