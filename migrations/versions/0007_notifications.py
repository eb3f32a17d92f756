"""Notifications: who wants to be told what, and what became of each delivery.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _preferences()
    _notifications()


def downgrade() -> None:
    for table in ("notifications", "notification_preferences"):
        op.execute(f"DROP TABLE bankcore.{table}")


def _preferences() -> None:
    # A user without rows has the defaults; an empty array is a choice too.
    op.execute("""
        CREATE TABLE bankcore.notification_preferences (
            tenant_id uuid NOT NULL,
            user_id uuid NOT NULL,
            template text NOT NULL,
            channels text[] NOT NULL,
            CONSTRAINT notification_preferences_pkey PRIMARY KEY (tenant_id, user_id, template),
            CONSTRAINT notification_preferences_user_fkey
                FOREIGN KEY (tenant_id, user_id) REFERENCES bankcore.users (tenant_id, id),
            CONSTRAINT notification_preferences_template_check CHECK (template ~ '^[a-z_]{1,64}$'),
            CONSTRAINT notification_preferences_channels_check CHECK (channels <@ ARRAY['email'])
        )
    """)
    isolate_tenants("notification_preferences")
    forbid("DELETE OR TRUNCATE", "notification_preferences")
    grant("SELECT, INSERT, UPDATE (channels)", "notification_preferences", to=("bankcore_app",))
    grant("SELECT", "notification_preferences", to=("bankcore_auditor",))


def _notifications() -> None:
    # No address and no text is kept: addresses are looked up when a mail is sent, and texts are made of the facts then.
    op.execute("""
        CREATE TABLE bankcore.notifications (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            event_id uuid NOT NULL,
            user_id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            next_at timestamptz,
            sent_at timestamptz,
            attempt integer NOT NULL DEFAULT 0,
            channel text NOT NULL,
            template text NOT NULL,
            status text NOT NULL,
            last_error text,
            facts jsonb NOT NULL,
            CONSTRAINT notifications_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT notifications_event_key UNIQUE (tenant_id, event_id, user_id, channel),
            CONSTRAINT notifications_user_fkey
                FOREIGN KEY (tenant_id, user_id) REFERENCES bankcore.users (tenant_id, id),
            CONSTRAINT notifications_channel_check CHECK (channel IN ('email')),
            CONSTRAINT notifications_template_check CHECK (template ~ '^[a-z_]{1,64}$'),
            CONSTRAINT notifications_status_check CHECK (status IN ('pending', 'sent', 'failed', 'dead', 'skipped')),
            CONSTRAINT notifications_attempt_check CHECK (attempt >= 0),
            CONSTRAINT notifications_next_check CHECK ((status IN ('pending', 'failed')) = (next_at IS NOT NULL)),
            CONSTRAINT notifications_sent_check CHECK ((status = 'sent') = (sent_at IS NOT NULL)),
            CONSTRAINT notifications_last_error_check CHECK (last_error ~ '^[a-z0-9_]{1,64}$'),
            CONSTRAINT notifications_facts_check CHECK (jsonb_typeof(facts) = 'object')
        ) WITH (fillfactor = 80)
    """)
    op.execute("""
        CREATE INDEX notifications_due_idx ON bankcore.notifications (tenant_id, next_at, id)
        WHERE next_at IS NOT NULL
    """)
    op.execute("CREATE INDEX notifications_user_idx ON bankcore.notifications (tenant_id, user_id, id)")
    op.execute("CREATE INDEX notifications_status_idx ON bankcore.notifications (tenant_id, status, id)")
    isolate_tenants("notifications")
    forbid("DELETE OR TRUNCATE", "notifications")
    grant(
        "SELECT, INSERT (tenant_id, id, event_id, user_id, created_at, next_at, channel, template, status, last_error,"
        " facts), UPDATE (next_at, sent_at, attempt, status, last_error)",
        "notifications",
        to=("bankcore_app",),
    )
    grant("SELECT", "notifications", to=("bankcore_auditor",))
