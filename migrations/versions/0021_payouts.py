"""Payout jobs with their items: one account pays very many others.

Revision ID: 0021
Revises: 0020
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No foreign keys to the books, as of `fraud_cases`: their rows are never deleted.
    op.execute("""
        CREATE TABLE bankcore.payout_jobs (
            tenant_id uuid NOT NULL CONSTRAINT payout_jobs_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            account_id uuid NOT NULL,
            hold_id uuid,
            created_at timestamptz NOT NULL,
            due_at timestamptz NOT NULL,
            ended_at timestamptz,
            total_minor bigint NOT NULL,
            paid_minor bigint NOT NULL DEFAULT 0,
            failed_minor bigint NOT NULL DEFAULT 0,
            total_items integer NOT NULL,
            paid_items integer NOT NULL DEFAULT 0,
            failed_items integer NOT NULL DEFAULT 0,
            checkpoint integer NOT NULL DEFAULT 0,
            currency text NOT NULL CONSTRAINT payout_jobs_currency_fkey REFERENCES bankcore.currencies,
            status text NOT NULL DEFAULT 'running',
            owner_id text NOT NULL,
            name text,
            stopped_by text,
            CONSTRAINT payout_jobs_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT payout_jobs_status_check CHECK (status IN ('running', 'paused', 'completed', 'cancelled')),
            CONSTRAINT payout_jobs_items_check CHECK (
                paid_items >= 0 AND failed_items >= 0 AND paid_items + failed_items <= total_items
                AND checkpoint BETWEEN 0 AND total_items),
            CONSTRAINT payout_jobs_amounts_check CHECK (
                paid_minor >= 0 AND failed_minor >= 0 AND paid_minor + failed_minor <= total_minor),
            CONSTRAINT payout_jobs_completed_check CHECK (
                status <> 'completed' OR paid_items + failed_items = total_items),
            CONSTRAINT payout_jobs_ended_check CHECK ((ended_at IS NOT NULL) = (status IN ('completed', 'cancelled')))
        ) WITH (fillfactor = 50)
    """)
    op.execute("""
        CREATE INDEX payout_jobs_due_idx ON bankcore.payout_jobs (tenant_id, due_at, id) WHERE status = 'running'
    """)
    op.execute("CREATE INDEX payout_jobs_owner_idx ON bankcore.payout_jobs (tenant_id, owner_id, id)")
    op.execute("""
        CREATE TABLE bankcore.payout_items (
            tenant_id uuid NOT NULL,
            job_id uuid NOT NULL,
            account_id uuid NOT NULL,
            transaction_id uuid,
            amount_minor bigint NOT NULL,
            place integer NOT NULL,
            status text NOT NULL DEFAULT 'unpaid',
            reference text,
            problem text,
            CONSTRAINT payout_items_pkey PRIMARY KEY (tenant_id, job_id, place),
            CONSTRAINT payout_items_job_fkey FOREIGN KEY (tenant_id, job_id) REFERENCES bankcore.payout_jobs,
            CONSTRAINT payout_items_amount_check CHECK (amount_minor > 0),
            CONSTRAINT payout_items_place_check CHECK (place > 0),
            CONSTRAINT payout_items_status_check CHECK (status IN ('unpaid', 'paid', 'failed')),
            CONSTRAINT payout_items_paid_check CHECK ((status = 'paid') = (transaction_id IS NOT NULL)),
            CONSTRAINT payout_items_failed_check CHECK ((status = 'failed') = (problem IS NOT NULL))
        ) WITH (fillfactor = 70)
    """)
    for table in ("payout_jobs", "payout_items"):
        isolate_tenants(table)
        forbid("DELETE OR TRUNCATE", table)
        grant("SELECT", table, to=("bankcore_auditor",))
    # What was paid stays paid, whoever asks: its transaction is in the books.
    op.execute("""
        CREATE TRIGGER payout_items_paid_once BEFORE UPDATE ON bankcore.payout_items
        FOR EACH ROW WHEN (OLD.status = 'paid') EXECUTE FUNCTION bankcore.refuse_change()
    """)
    op.execute("ALTER TABLE bankcore.payout_items ENABLE ALWAYS TRIGGER payout_items_paid_once")
    grant(
        "SELECT, INSERT (tenant_id, id, account_id, hold_id, created_at, due_at, total_minor, total_items, currency,"
        " owner_id, name), UPDATE (hold_id, due_at, ended_at, paid_minor, failed_minor, paid_items, failed_items,"
        " checkpoint, status, stopped_by)",
        "payout_jobs",
        to=("bankcore_app",),
    )
    grant(
        "SELECT, INSERT (tenant_id, job_id, account_id, amount_minor, place, reference),"
        " UPDATE (transaction_id, status, problem)",
        "payout_items",
        to=("bankcore_app",),
    )


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.payout_items")
    op.execute("DROP TABLE bankcore.payout_jobs")
