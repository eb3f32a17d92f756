"""Disputes: what payers' banks take back of payments, and notices about them.

Revision ID: 0043
Revises: 0042
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


_SUBJECTS = """
    ALTER TABLE bankcore.provider_notices DROP CONSTRAINT provider_notices_subject_check,
        ADD CONSTRAINT provider_notices_subject_check CHECK (subject IN ({}))
"""


def upgrade() -> None:
    op.execute(_SUBJECTS.format("'charge', 'refund', 'payout', 'dispute'"))
    # No foreign keys to the books, as of `payments`: their rows are never deleted.
    op.execute("""
        CREATE TABLE bankcore.disputes (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            payment_id uuid NOT NULL,
            config_id uuid NOT NULL,
            account_id uuid NOT NULL,
            withdrawal_id uuid,
            withdrawn_from uuid,
            reinstatement_id uuid,
            reinstated_to uuid,
            collection_id uuid,
            created_at timestamptz NOT NULL,
            ended_at timestamptz,
            asked_at timestamptz,
            due_at timestamptz,
            review_since timestamptz,
            respond_by timestamptz,
            amount_minor bigint NOT NULL,
            withdrawn_minor bigint,
            withdrawn_fee_minor bigint,
            reinstated_minor bigint,
            reinstated_fee_minor bigint,
            currency text NOT NULL CONSTRAINT disputes_currency_fkey REFERENCES bankcore.currencies,
            status text NOT NULL,
            owner_id text NOT NULL,
            provider_id text NOT NULL,
            reason text,
            problem text,
            CONSTRAINT disputes_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT disputes_payment_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES bankcore.payments,
            CONSTRAINT disputes_config_fkey
                FOREIGN KEY (tenant_id, config_id) REFERENCES bankcore.provider_configs,
            CONSTRAINT disputes_provider_key UNIQUE (tenant_id, config_id, provider_id),
            CONSTRAINT disputes_withdrawal_key UNIQUE (tenant_id, withdrawal_id),
            CONSTRAINT disputes_reinstatement_key UNIQUE (tenant_id, reinstatement_id),
            CONSTRAINT disputes_collection_key UNIQUE (tenant_id, collection_id),
            CONSTRAINT disputes_amount_check CHECK (amount_minor > 0),
            CONSTRAINT disputes_status_check CHECK (status IN ('needs_response', 'under_review', 'won', 'lost')),
            CONSTRAINT disputes_ended_check CHECK ((ended_at IS NOT NULL) = (status IN ('won', 'lost'))),
            CONSTRAINT disputes_withdrawn_check CHECK (
                num_nonnulls(withdrawn_minor, withdrawn_fee_minor, withdrawn_from, withdrawal_id) IN (0, 4)
                AND withdrawn_minor > 0 AND withdrawn_fee_minor >= 0),
            CONSTRAINT disputes_reinstated_check CHECK (
                num_nonnulls(reinstated_minor, reinstated_fee_minor, reinstated_to, reinstatement_id) IN (0, 4)
                AND (reinstated_minor IS NULL OR withdrawn_minor IS NOT NULL)
                AND reinstated_minor <= withdrawn_minor AND reinstated_fee_minor <= withdrawn_fee_minor
                AND reinstated_minor > 0 AND reinstated_fee_minor >= 0),
            CONSTRAINT disputes_collection_check CHECK (collection_id IS NULL OR withdrawal_id IS NOT NULL)
        ) WITH (fillfactor = 70)
    """)
    op.execute("CREATE INDEX disputes_due_idx ON bankcore.disputes (tenant_id, due_at, id) WHERE due_at IS NOT NULL")
    op.execute("CREATE INDEX disputes_payment_idx ON bankcore.disputes (tenant_id, payment_id)")
    isolate_tenants("disputes")
    forbid("DELETE OR TRUNCATE", "disputes")
    # What ended stays as it ended, whoever asks.
    op.execute("""
        CREATE TRIGGER disputes_end_once BEFORE UPDATE ON bankcore.disputes
        FOR EACH ROW EXECUTE FUNCTION bankcore.check_payment_step()
    """)
    op.execute("ALTER TABLE bankcore.disputes ENABLE ALWAYS TRIGGER disputes_end_once")
    changing = (
        "withdrawal_id, withdrawn_from, reinstatement_id, reinstated_to, collection_id, ended_at, asked_at, due_at,"
        " review_since, respond_by, withdrawn_minor, withdrawn_fee_minor, reinstated_minor, reinstated_fee_minor,"
        " status, reason, problem"
    )
    grant(f"SELECT, INSERT, UPDATE ({changing})", "disputes", to=("bankcore_app",))
    grant("SELECT", "disputes", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.disputes")
    op.execute("UPDATE bankcore.provider_notices SET subject = 'charge' WHERE subject = 'dispute'")
    op.execute(_SUBJECTS.format("'charge', 'refund', 'payout'"))
