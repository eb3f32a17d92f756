"""What the fraud rules remember of each account, so that they never read its entries (docs/adr/0036).

Revision ID: 0011
Revises: 0010
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A row is rewritten with every movement of its account. The room that is left on each page, and no index but the
    # key, let the new version stay beside the old one, where the next visitor clears it away.
    op.execute("""
        CREATE TABLE bankcore.fraud_activities (
            tenant_id uuid NOT NULL,
            account_id uuid NOT NULL,
            sequence bigint NOT NULL,
            activity bytea NOT NULL,
            CONSTRAINT fraud_activities_pkey PRIMARY KEY (tenant_id, account_id),
            CONSTRAINT fraud_activities_sequence_check CHECK (sequence > 0),
            CONSTRAINT fraud_activities_activity_check CHECK (octet_length(activity) <= 8192)
        ) WITH (fillfactor = 75)
    """)
    isolate_tenants("fraud_activities")
    forbid("DELETE OR TRUNCATE", "fraud_activities")
    grant(
        "SELECT, INSERT (tenant_id, account_id, sequence, activity), UPDATE (sequence, activity)",
        "fraud_activities",
        to=("bankcore_app",),
    )
    grant("SELECT", "fraud_activities", to=("bankcore_auditor",))
    # The worst open case of an account is one look-up, however many of its cases were decided.
    op.execute("""
        CREATE INDEX fraud_cases_open_idx ON bankcore.fraud_cases (tenant_id, account_id, score)
        WHERE status = 'open'
    """)


def downgrade() -> None:
    op.execute("DROP INDEX bankcore.fraud_cases_open_idx")
    op.execute("DROP TABLE bankcore.fraud_activities")
