"""Approvals: movements of money that wait for a second person, and how each ended.

Revision ID: 0034
Revises: 0033
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No foreign keys to the books, as of `payout_jobs`: their rows are never deleted.
    op.execute("""
        CREATE TABLE bankcore.approvals (
            tenant_id uuid NOT NULL CONSTRAINT approvals_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            transaction_id uuid,
            requested_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            ended_at timestamptz,
            amount_minor bigint,
            currency text CONSTRAINT approvals_currency_fkey REFERENCES bankcore.currencies,
            status text NOT NULL DEFAULT 'pending',
            requested_by text NOT NULL,
            owner_id text,
            ended_by text,
            reason text,
            account_ids uuid[] NOT NULL,
            command jsonb NOT NULL,
            CONSTRAINT approvals_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT approvals_transaction_key UNIQUE (tenant_id, transaction_id),
            CONSTRAINT approvals_amount_check CHECK (amount_minor > 0 AND (amount_minor IS NULL) = (currency IS NULL)),
            CONSTRAINT approvals_status_check CHECK (status IN ('pending', 'approved', 'rejected', 'withdrawn')),
            CONSTRAINT approvals_ended_check CHECK (
                (status = 'pending') = (ended_at IS NULL) AND (ended_at IS NULL) = (ended_by IS NULL)
                AND (status = 'approved') = (transaction_id IS NOT NULL)
                AND (status = 'rejected') = (reason IS NOT NULL)
            ),
            CONSTRAINT approvals_second_person_check CHECK (
                status <> 'approved' OR (ended_by <> requested_by AND ended_at < expires_at)
            )
        ) WITH (fillfactor = 90)
    """)
    op.execute("CREATE INDEX approvals_status_idx ON bankcore.approvals (tenant_id, status, id)")
    op.execute("CREATE INDEX approvals_requester_idx ON bankcore.approvals (tenant_id, requested_by, id)")
    isolate_tenants("approvals")
    forbid("DELETE OR TRUNCATE", "approvals")
    # What ended stays as it ended, whoever asks: money may have moved for it.
    op.execute("""
        CREATE FUNCTION bankcore.check_approval_end() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
        BEGIN
            IF OLD.status <> 'pending' THEN
                RAISE EXCEPTION 'approval % ended', OLD.id USING ERRCODE = '42501';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER approvals_end_once BEFORE UPDATE ON bankcore.approvals
        FOR EACH ROW EXECUTE FUNCTION bankcore.check_approval_end()
    """)
    op.execute("ALTER TABLE bankcore.approvals ENABLE ALWAYS TRIGGER approvals_end_once")
    new = (
        "tenant_id, id, requested_at, expires_at, amount_minor, currency, requested_by, owner_id, account_ids, command"
    )
    ending = "status, ended_at, ended_by, reason, transaction_id"
    grant(f"SELECT, INSERT ({new}), UPDATE ({ending})", "approvals", to=("bankcore_app",))
    grant("SELECT", "approvals", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.approvals")
    op.execute("DROP FUNCTION bankcore.check_approval_end()")
