"""Refunds of payments, and what each notice of a provider is about.

Revision ID: 0037
Revises: 0036
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _refunds()
    # Whoever still runs the release before stores notices of charges.
    op.execute("""
        ALTER TABLE bankcore.provider_notices ADD COLUMN subject text NOT NULL DEFAULT 'charge'
            CONSTRAINT provider_notices_subject_check CHECK (subject IN ('charge', 'refund'))
    """)
    grant("INSERT (subject)", "provider_notices", to=("bankcore_app",))
    grant("SELECT (subject)", "provider_notices", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("ALTER TABLE bankcore.provider_notices DROP COLUMN subject")
    op.execute("DROP TABLE bankcore.refunds")


def _refunds() -> None:
    # No foreign keys to the books, as of `payments`: their rows are never deleted.
    op.execute("""
        CREATE TABLE bankcore.refunds (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            payment_id uuid NOT NULL,
            account_id uuid NOT NULL,
            clearing_id uuid NOT NULL,
            hold_id uuid NOT NULL,
            transaction_id uuid,
            created_at timestamptz NOT NULL,
            ended_at timestamptz,
            asked_at timestamptz,
            due_at timestamptz,
            review_since timestamptz,
            amount_minor bigint NOT NULL,
            currency text NOT NULL CONSTRAINT refunds_currency_fkey REFERENCES bankcore.currencies,
            status text NOT NULL,
            owner_id text NOT NULL,
            reason text NOT NULL,
            provider_id text,
            code text,
            problem text,
            CONSTRAINT refunds_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT refunds_payment_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES bankcore.payments,
            CONSTRAINT refunds_transaction_key UNIQUE (tenant_id, transaction_id),
            CONSTRAINT refunds_amount_check CHECK (amount_minor > 0),
            CONSTRAINT refunds_status_check CHECK (status IN (
                'sent', 'processing', 'unknown', 'succeeded', 'failed')),
            CONSTRAINT refunds_ended_check CHECK (
                (ended_at IS NOT NULL) = (status IN ('succeeded', 'failed'))
                AND (transaction_id IS NOT NULL) = (status = 'succeeded'))
        ) WITH (fillfactor = 70)
    """)
    op.execute("CREATE INDEX refunds_due_idx ON bankcore.refunds (tenant_id, due_at, id) WHERE due_at IS NOT NULL")
    op.execute("CREATE INDEX refunds_payment_idx ON bankcore.refunds (tenant_id, payment_id, id)")
    isolate_tenants("refunds")
    forbid("DELETE OR TRUNCATE", "refunds")
    # What ended stays as it ended, whoever asks: money may have moved for it.
    op.execute("""
        CREATE TRIGGER refunds_end_once BEFORE UPDATE ON bankcore.refunds
        FOR EACH ROW EXECUTE FUNCTION bankcore.check_payment_step()
    """)
    op.execute("ALTER TABLE bankcore.refunds ENABLE ALWAYS TRIGGER refunds_end_once")
    changing = "transaction_id, ended_at, asked_at, due_at, review_since, status, provider_id, code, problem"
    grant(f"SELECT, INSERT, UPDATE ({changing})", "refunds", to=("bankcore_app",))
    grant("SELECT", "refunds", to=("bankcore_auditor",))
