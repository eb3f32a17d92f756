"""Disbursements: money that leaves an account for one outside, through a provider, and notices about payouts.

Revision ID: 0041
Revises: 0040
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


_SUBJECTS = """
    ALTER TABLE bankcore.provider_notices DROP CONSTRAINT provider_notices_subject_check,
        ADD CONSTRAINT provider_notices_subject_check CHECK (subject IN ({}))
"""


def upgrade() -> None:
    op.execute(_SUBJECTS.format("'charge', 'refund', 'payout'"))
    # No foreign keys to the books, as of `payout_jobs`: their rows are never deleted. Where it goes is encrypted in
    # `encrypted_secrets`; here is what may be shown of it.
    op.execute("""
        CREATE TABLE bankcore.disbursements (
            tenant_id uuid NOT NULL CONSTRAINT disbursements_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            account_id uuid NOT NULL,
            config_id uuid NOT NULL,
            hold_id uuid NOT NULL,
            transaction_id uuid,
            return_id uuid,
            requested_at timestamptz NOT NULL,
            decided_at timestamptz,
            sent_at timestamptz,
            due_at timestamptz,
            review_since timestamptz,
            amount_minor bigint NOT NULL,
            version integer NOT NULL,
            currency text NOT NULL CONSTRAINT disbursements_currency_fkey REFERENCES bankcore.currencies,
            status text NOT NULL DEFAULT 'pending_approval',
            owner_id text NOT NULL,
            requested_by text NOT NULL,
            decided_by text,
            reason text,
            description text NOT NULL,
            bank_code text NOT NULL,
            hint text NOT NULL,
            provider_id text,
            code text,
            problem text,
            CONSTRAINT disbursements_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT disbursements_hold_key UNIQUE (tenant_id, hold_id),
            CONSTRAINT disbursements_transaction_key UNIQUE (tenant_id, transaction_id),
            CONSTRAINT disbursements_return_key UNIQUE (tenant_id, return_id),
            CONSTRAINT disbursements_config_fkey
                FOREIGN KEY (tenant_id, config_id) REFERENCES bankcore.provider_configs,
            CONSTRAINT disbursements_amount_check CHECK (amount_minor > 0),
            CONSTRAINT disbursements_hint_check CHECK (length(hint) <= 4),
            CONSTRAINT disbursements_status_check CHECK (status IN ('pending_approval', 'approved', 'sent', 'unknown',
                'paid', 'failed', 'rejected', 'withdrawn', 'returned')),
            CONSTRAINT disbursements_decided_check CHECK (
                (status = 'pending_approval') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)
                AND (status = 'rejected') = (reason IS NOT NULL)
            ),
            CONSTRAINT disbursements_second_person_check CHECK (
                status IN ('pending_approval', 'rejected', 'withdrawn')
                OR (decided_by <> requested_by AND decided_by <> owner_id)
            ),
            CONSTRAINT disbursements_sent_check CHECK (
                (sent_at IS NULL) = (status IN ('pending_approval', 'approved', 'rejected', 'withdrawn'))
            ),
            CONSTRAINT disbursements_paid_check CHECK (
                (status IN ('paid', 'returned')) = (transaction_id IS NOT NULL)
                AND (status = 'returned') = (return_id IS NOT NULL)
            )
        ) WITH (fillfactor = 70)
    """)
    op.execute("""
        CREATE INDEX disbursements_due_idx ON bankcore.disbursements (tenant_id, due_at, id) WHERE due_at IS NOT NULL
    """)
    op.execute("CREATE INDEX disbursements_owner_idx ON bankcore.disbursements (tenant_id, owner_id, id)")
    op.execute("CREATE INDEX disbursements_status_idx ON bankcore.disbursements (tenant_id, status, id)")
    isolate_tenants("disbursements")
    forbid("DELETE OR TRUNCATE", "disbursements")
    # One step follows another as the core has it, whoever writes: money may have moved for it.
    op.execute("""
        CREATE FUNCTION bankcore.check_disbursement_step() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
        BEGIN
            IF NEW.status <> OLD.status AND OLD.status || ' ' || NEW.status NOT IN (
                'pending_approval approved', 'pending_approval rejected', 'pending_approval withdrawn',
                'approved sent', 'sent paid', 'sent failed', 'sent unknown', 'unknown paid', 'unknown failed',
                'paid returned'
            ) THEN
                RAISE EXCEPTION 'disbursement % was %', OLD.id, OLD.status USING ERRCODE = '42501';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER disbursements_step BEFORE UPDATE ON bankcore.disbursements
        FOR EACH ROW EXECUTE FUNCTION bankcore.check_disbursement_step()
    """)
    op.execute("ALTER TABLE bankcore.disbursements ENABLE ALWAYS TRIGGER disbursements_step")
    new = (
        "tenant_id, id, account_id, config_id, hold_id, requested_at, amount_minor, version, currency, owner_id,"
        " requested_by, description, bank_code, hint"
    )
    changing = (
        "transaction_id, return_id, decided_at, sent_at, due_at, review_since, version, status, decided_by, reason,"
        " provider_id, code, problem"
    )
    grant(f"SELECT, INSERT ({new}), UPDATE ({changing})", "disbursements", to=("bankcore_app",))
    grant("SELECT", "disbursements", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("UPDATE bankcore.provider_notices SET subject = 'charge' WHERE subject = 'payout'")
    op.execute(_SUBJECTS.format("'charge', 'refund'"))
    op.execute("DROP TABLE bankcore.disbursements")
    op.execute("DROP FUNCTION bankcore.check_disbursement_step()")
    op.execute("DELETE FROM bankcore.encrypted_secrets WHERE purpose = 'disbursement'")
