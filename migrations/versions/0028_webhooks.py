"""Webhooks: endpoints, messages, what is owed to whom, and each attempt.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _endpoints()
    _messages()
    _deliveries()
    _attempts()


def downgrade() -> None:
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_messages", "webhook_endpoints"):
        op.execute(f"DROP TABLE bankcore.{table}")


def _endpoints() -> None:
    op.execute("""
        CREATE TABLE bankcore.webhook_endpoints (
            tenant_id uuid NOT NULL CONSTRAINT webhook_endpoints_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            failing_since timestamptz,
            previous_secret_until timestamptz,
            secret_version integer NOT NULL,
            disabled_because text,
            url text NOT NULL,
            description text NOT NULL,
            events text[] NOT NULL,
            CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT webhook_endpoints_version_check CHECK (secret_version > 0),
            CONSTRAINT webhook_endpoints_disabled_check CHECK (disabled_because IN ('by_hand', 'gone', 'failing')),
            CONSTRAINT webhook_endpoints_url_check CHECK (length(url) <= 2048),
            CONSTRAINT webhook_endpoints_description_check CHECK (length(description) <= 200),
            CONSTRAINT webhook_endpoints_events_check CHECK (cardinality(events) BETWEEN 1 AND 100)
        )
    """)
    isolate_tenants("webhook_endpoints")
    forbid("TRUNCATE", "webhook_endpoints")
    grant("SELECT, INSERT, DELETE", "webhook_endpoints", to=("bankcore_app",))
    grant(
        "UPDATE (url, events, description, disabled_because, failing_since, secret_version, previous_secret_until)",
        "webhook_endpoints",
        to=("bankcore_app",),
    )
    # An address may have a word in it that only the receiver should know.
    grant(
        "SELECT (tenant_id, id, created_at, failing_since, previous_secret_until, secret_version, disabled_because,"
        " description, events)",
        "webhook_endpoints",
        to=("bankcore_auditor",),
    )


def _messages() -> None:
    # The bytes that are signed, the same for everybody; a document that the database wrote again would not be.
    op.execute("""
        CREATE TABLE bankcore.webhook_messages (
            tenant_id uuid NOT NULL,
            event_id uuid NOT NULL,
            occurred_at timestamptz NOT NULL,
            type text NOT NULL,
            body bytea NOT NULL,
            CONSTRAINT webhook_messages_pkey PRIMARY KEY (tenant_id, event_id)
        )
    """)
    op.execute("CREATE INDEX webhook_messages_age_idx ON bankcore.webhook_messages (tenant_id, occurred_at)")
    isolate_tenants("webhook_messages")
    forbid("UPDATE OR TRUNCATE", "webhook_messages")
    grant("SELECT, INSERT, DELETE", "webhook_messages", to=("bankcore_app",))
    grant("SELECT", "webhook_messages", to=("bankcore_auditor",))


def _deliveries() -> None:
    op.execute("""
        CREATE TABLE bankcore.webhook_deliveries (
            tenant_id uuid NOT NULL,
            endpoint_id uuid NOT NULL,
            event_id uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            next_at timestamptz,
            attempts integer NOT NULL DEFAULT 0,
            tries integer NOT NULL DEFAULT 0,
            status text NOT NULL,
            CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (tenant_id, endpoint_id, event_id),
            CONSTRAINT webhook_deliveries_endpoint_fkey FOREIGN KEY (tenant_id, endpoint_id)
                REFERENCES bankcore.webhook_endpoints ON DELETE CASCADE,
            CONSTRAINT webhook_deliveries_message_fkey FOREIGN KEY (tenant_id, event_id)
                REFERENCES bankcore.webhook_messages ON DELETE CASCADE,
            CONSTRAINT webhook_deliveries_status_check
                CHECK (status IN ('pending', 'delivered', 'failed', 'skipped')),
            CONSTRAINT webhook_deliveries_next_check CHECK ((status = 'pending') = (next_at IS NOT NULL)),
            CONSTRAINT webhook_deliveries_attempts_check CHECK (tries BETWEEN 0 AND attempts)
        ) WITH (fillfactor = 80)
    """)
    op.execute("""
        CREATE INDEX webhook_deliveries_due_idx ON bankcore.webhook_deliveries (tenant_id, endpoint_id, next_at, event_id)
        WHERE next_at IS NOT NULL
    """)
    op.execute("CREATE INDEX webhook_deliveries_event_idx ON bankcore.webhook_deliveries (tenant_id, event_id)")
    isolate_tenants("webhook_deliveries")
    forbid("TRUNCATE", "webhook_deliveries")
    grant(
        "SELECT, INSERT (tenant_id, endpoint_id, event_id, status, next_at), UPDATE (next_at, attempts, tries, status)",
        "webhook_deliveries",
        to=("bankcore_app",),
    )
    grant("SELECT", "webhook_deliveries", to=("bankcore_auditor",))


def _attempts() -> None:
    op.execute("""
        CREATE TABLE bankcore.webhook_attempts (
            tenant_id uuid NOT NULL,
            endpoint_id uuid NOT NULL,
            event_id uuid NOT NULL,
            at timestamptz NOT NULL,
            number integer NOT NULL,
            took_ms integer NOT NULL,
            http_status smallint,
            problem text,
            CONSTRAINT webhook_attempts_pkey PRIMARY KEY (tenant_id, endpoint_id, event_id, number),
            CONSTRAINT webhook_attempts_delivery_fkey FOREIGN KEY (tenant_id, endpoint_id, event_id)
                REFERENCES bankcore.webhook_deliveries ON DELETE CASCADE,
            CONSTRAINT webhook_attempts_result_check CHECK ((http_status IS NULL) <> (problem IS NULL)),
            CONSTRAINT webhook_attempts_problem_check CHECK (problem ~ '^[a-z0-9_]{1,64}$')
        )
    """)
    isolate_tenants("webhook_attempts")
    forbid("UPDATE OR TRUNCATE", "webhook_attempts")
    grant("SELECT, INSERT", "webhook_attempts", to=("bankcore_app",))
    grant("SELECT", "webhook_attempts", to=("bankcore_auditor",))
