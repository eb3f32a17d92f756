"""Work that leaves the process: subscriptions, deliveries, the inbox, job runs, and what reconciliation found.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from bankcore_infra.db.ddl import append_only, forbid, grant, isolate_tenants

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = (
    "reconciliation_drifts",
    "reconciliation_runs",
    "reconciliation_positions",
    "job_runs",
    "inbox",
    "deliveries",
    "subscriptions",
)


def upgrade() -> None:
    # The log in the order of its commits: rows below the horizon by transaction number, then by id.
    _subscriptions()
    _deliveries()
    _inbox()
    _job_runs()
    _reconciliation()


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TABLE bankcore.{table}")


def _subscriptions() -> None:
    op.execute("""
        CREATE TABLE bankcore.subscriptions (
            tenant_id uuid NOT NULL CONSTRAINT subscriptions_tenant_fkey REFERENCES bankcore.tenants,
            consumer text NOT NULL,
            xid xid8 NOT NULL,
            event_id uuid NOT NULL,
            read_below xid8 NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT subscriptions_pkey PRIMARY KEY (tenant_id, consumer),
            CONSTRAINT subscriptions_consumer_check CHECK (consumer ~ '^[a-z][a-z_]{0,39}$')
        ) WITH (fillfactor = 50)
    """)
    isolate_tenants("subscriptions")
    forbid("DELETE OR TRUNCATE", "subscriptions")
    grant(
        "SELECT, INSERT (tenant_id, consumer, xid, event_id, read_below), UPDATE (xid, event_id, read_below)",
        "subscriptions",
        to=("bankcore_app",),
    )
    grant("SELECT", "subscriptions", to=("bankcore_auditor",))


def _deliveries() -> None:
    # A queue, so most rows are dead ones: room on each page, and vacuum by number and not by share.
    op.execute("""
        CREATE TABLE bankcore.deliveries (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            consumer text NOT NULL,
            event_id uuid NOT NULL,
            account_id uuid,
            sequence bigint,
            after_xid xid8 NOT NULL,
            status text NOT NULL,
            attempt integer NOT NULL DEFAULT 0,
            starts integer NOT NULL DEFAULT 0,
            due_at timestamptz NOT NULL DEFAULT now(),
            last_error text,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT deliveries_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT deliveries_subscription_fkey
                FOREIGN KEY (tenant_id, consumer) REFERENCES bankcore.subscriptions (tenant_id, consumer),
            CONSTRAINT deliveries_status_check CHECK (status IN ('waiting', 'pending', 'leased', 'dead')),
            CONSTRAINT deliveries_order_check CHECK ((account_id IS NULL) = (sequence IS NULL)),
            CONSTRAINT deliveries_waiting_check CHECK (status <> 'waiting' OR account_id IS NOT NULL),
            CONSTRAINT deliveries_attempt_check CHECK (attempt >= 0 AND starts >= 0)
        ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)
    """)
    op.execute("""
        CREATE INDEX deliveries_due_idx ON bankcore.deliveries (tenant_id, consumer, due_at)
        WHERE status IN ('pending', 'leased')
    """)
    op.execute("""
        CREATE INDEX deliveries_lane_idx ON bankcore.deliveries (tenant_id, consumer, account_id, sequence, id)
        WHERE account_id IS NOT NULL AND status IN ('waiting', 'pending', 'leased')
    """)
    op.execute("""
        CREATE INDEX deliveries_dead_idx ON bankcore.deliveries (tenant_id, id) WHERE status = 'dead'
    """)
    isolate_tenants("deliveries")
    forbid("TRUNCATE", "deliveries")
    grant(
        "SELECT, INSERT (tenant_id, id, consumer, event_id, account_id, sequence, after_xid, status),"
        " UPDATE (status, attempt, starts, due_at, last_error), DELETE",
        "deliveries",
        to=("bankcore_app",),
    )
    grant("SELECT", "deliveries", to=("bankcore_auditor",))


def _inbox() -> None:
    op.execute("""
        CREATE TABLE bankcore.inbox (
            tenant_id uuid NOT NULL,
            consumer text NOT NULL,
            event_id uuid NOT NULL,
            account_id uuid NOT NULL,
            consumed_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT inbox_pkey PRIMARY KEY (tenant_id, consumer, event_id, account_id)
        )
    """)
    isolate_tenants("inbox")
    forbid("UPDATE OR TRUNCATE", "inbox")
    grant("SELECT, INSERT (tenant_id, consumer, event_id, account_id), DELETE", "inbox", to=("bankcore_app",))
    grant("SELECT", "inbox", to=("bankcore_auditor",))


def _job_runs() -> None:
    op.execute("""
        CREATE TABLE bankcore.job_runs (
            tenant_id uuid NOT NULL CONSTRAINT job_runs_tenant_fkey REFERENCES bankcore.tenants,
            job text NOT NULL,
            slot timestamptz NOT NULL,
            attempt integer NOT NULL DEFAULT 1,
            lease_until timestamptz NOT NULL,
            claimed_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            outcome text,
            last_error text,
            CONSTRAINT job_runs_pkey PRIMARY KEY (tenant_id, job, slot),
            CONSTRAINT job_runs_outcome_check CHECK (outcome IN ('succeeded', 'failed')),
            CONSTRAINT job_runs_finished_check CHECK ((finished_at IS NULL) = (outcome IS NULL))
        ) WITH (fillfactor = 70)
    """)
    isolate_tenants("job_runs")
    forbid("DELETE OR TRUNCATE", "job_runs")
    grant(
        "SELECT, INSERT (tenant_id, job, slot, lease_until),"
        " UPDATE (attempt, lease_until, finished_at, outcome, last_error)",
        "job_runs",
        to=("bankcore_app",),
    )
    grant("SELECT", "job_runs", to=("bankcore_auditor",))


def _reconciliation() -> None:
    op.execute("""
        CREATE TABLE bankcore.reconciliation_positions (
            tenant_id uuid NOT NULL,
            account_id uuid NOT NULL,
            sequence bigint NOT NULL,
            balance_minor bigint NOT NULL,
            hash bytea NOT NULL,
            posted_at timestamptz,
            CONSTRAINT reconciliation_positions_pkey PRIMARY KEY (tenant_id, account_id),
            CONSTRAINT reconciliation_positions_sequence_check CHECK (sequence >= 0),
            CONSTRAINT reconciliation_positions_hash_check CHECK (octet_length(hash) = 32)
        ) WITH (fillfactor = 70)
    """)
    isolate_tenants("reconciliation_positions")
    forbid("DELETE OR TRUNCATE", "reconciliation_positions")
    grant(
        "SELECT, INSERT, UPDATE (sequence, balance_minor, hash, posted_at)",
        "reconciliation_positions",
        to=("bankcore_app",),
    )
    grant("SELECT", "reconciliation_positions", to=("bankcore_auditor",))
    op.execute("""
        CREATE TABLE bankcore.reconciliation_runs (
            tenant_id uuid NOT NULL CONSTRAINT reconciliation_runs_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            started_at timestamptz NOT NULL,
            finished_at timestamptz NOT NULL DEFAULT now(),
            accounts bigint NOT NULL,
            entries bigint NOT NULL,
            drifts bigint NOT NULL,
            CONSTRAINT reconciliation_runs_pkey PRIMARY KEY (tenant_id, id)
        )
    """)
    isolate_tenants("reconciliation_runs")
    append_only("reconciliation_runs", insert="INSERT (tenant_id, id, started_at, accounts, entries, drifts)")
    op.execute("""
        CREATE TABLE bankcore.reconciliation_drifts (
            tenant_id uuid NOT NULL,
            run_id uuid NOT NULL,
            position integer NOT NULL,
            place text NOT NULL,
            problem text NOT NULL,
            detected_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT reconciliation_drifts_pkey PRIMARY KEY (tenant_id, run_id, position),
            CONSTRAINT reconciliation_drifts_run_fkey
                FOREIGN KEY (tenant_id, run_id) REFERENCES bankcore.reconciliation_runs (tenant_id, id)
        )
    """)
    isolate_tenants("reconciliation_drifts")
    append_only("reconciliation_drifts", insert="INSERT (tenant_id, run_id, position, place, problem)")
