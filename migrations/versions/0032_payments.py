"""Payments: our accounts at providers, payments with attempts and steps, and what providers told us.

Revision ID: 0032
Revises: 0031
"""

from alembic import op

from bankcore_infra.db.ddl import append_only, forbid, grant, isolate_tenants

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _configs()
    _payments()
    _attempts()
    _steps()
    _notices()


def downgrade() -> None:
    for table in ("provider_notices", "payment_events", "payment_attempts", "payments", "provider_configs"):
        op.execute(f"DROP TABLE bankcore.{table}")
    op.execute("DROP FUNCTION bankcore.check_payment_step()")


def _configs() -> None:
    op.execute("""
        CREATE TABLE bankcore.provider_configs (
            tenant_id uuid NOT NULL CONSTRAINT provider_configs_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            priority integer NOT NULL,
            version integer NOT NULL,
            is_enabled boolean NOT NULL,
            name text NOT NULL,
            provider text NOT NULL,
            hint text NOT NULL,
            CONSTRAINT provider_configs_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT provider_configs_name_key UNIQUE (tenant_id, name),
            CONSTRAINT provider_configs_hint_check CHECK (length(hint) <= 4)
        )
    """)
    isolate_tenants("provider_configs")
    forbid("DELETE OR TRUNCATE", "provider_configs")
    grant("SELECT, INSERT", "provider_configs", to=("bankcore_app",))
    grant("UPDATE (priority, version, is_enabled, hint)", "provider_configs", to=("bankcore_app",))
    grant("SELECT", "provider_configs", to=("bankcore_auditor",))


def _payments() -> None:
    # No foreign keys to the books, as of `payout_jobs`: their rows are never deleted.
    op.execute("""
        CREATE TABLE bankcore.payments (
            tenant_id uuid NOT NULL CONSTRAINT payments_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            account_id uuid NOT NULL,
            attempt_id uuid NOT NULL,
            transaction_id uuid,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            ended_at timestamptz,
            asked_at timestamptz,
            due_at timestamptz,
            review_since timestamptz,
            amount_minor bigint NOT NULL,
            fee_minor bigint,
            asks integer NOT NULL DEFAULT 0,
            version integer NOT NULL DEFAULT 0,
            currency text NOT NULL CONSTRAINT payments_currency_fkey REFERENCES bankcore.currencies,
            status text NOT NULL,
            owner_id text NOT NULL,
            description text NOT NULL,
            reference text,
            problem text,
            metadata jsonb NOT NULL,
            CONSTRAINT payments_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT payments_transaction_key UNIQUE (tenant_id, transaction_id),
            CONSTRAINT payments_amount_check CHECK (amount_minor > 0),
            CONSTRAINT payments_fee_check CHECK (fee_minor > 0 AND fee_minor < amount_minor),
            CONSTRAINT payments_status_check CHECK (status IN (
                'pending', 'processing', 'requires_action', 'completed', 'failed', 'canceled', 'expired')),
            CONSTRAINT payments_ended_check CHECK (
                (ended_at IS NOT NULL) = (status IN ('completed', 'failed', 'canceled', 'expired'))),
            CONSTRAINT payments_completed_check CHECK (
                CASE WHEN status = 'completed' THEN transaction_id IS NOT NULL
                     WHEN ended_at IS NULL THEN transaction_id IS NULL ELSE true END)
        ) WITH (fillfactor = 70)
    """)
    op.execute("""
        CREATE INDEX payments_due_idx ON bankcore.payments (tenant_id, due_at, id) WHERE due_at IS NOT NULL
    """)
    op.execute("CREATE INDEX payments_owner_idx ON bankcore.payments (tenant_id, owner_id, id)")
    isolate_tenants("payments")
    forbid("DELETE OR TRUNCATE", "payments")
    changing = "attempt_id, transaction_id, ended_at, asked_at, due_at, review_since, fee_minor, asks, version, status, problem"
    grant(f"SELECT, INSERT, UPDATE ({changing})", "payments", to=("bankcore_app",))
    grant("SELECT", "payments", to=("bankcore_auditor",))


def _attempts() -> None:
    op.execute("""
        CREATE TABLE bankcore.payment_attempts (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            payment_id uuid NOT NULL,
            config_id uuid NOT NULL,
            started_at timestamptz NOT NULL,
            ended_at timestamptz,
            number integer NOT NULL,
            status text NOT NULL,
            provider_id text,
            code text,
            next_action jsonb,
            CONSTRAINT payment_attempts_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT payment_attempts_number_key UNIQUE (tenant_id, payment_id, number),
            CONSTRAINT payment_attempts_payment_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES bankcore.payments,
            CONSTRAINT payment_attempts_config_fkey
                FOREIGN KEY (tenant_id, config_id) REFERENCES bankcore.provider_configs,
            CONSTRAINT payment_attempts_status_check CHECK (status IN (
                'created', 'sent', 'requires_action', 'unknown', 'succeeded', 'declined', 'not_executed')),
            CONSTRAINT payment_attempts_ended_check CHECK (
                (ended_at IS NOT NULL) = (status IN ('succeeded', 'declined', 'not_executed')))
        ) WITH (fillfactor = 70)
    """)
    isolate_tenants("payment_attempts")
    forbid("DELETE OR TRUNCATE", "payment_attempts")
    grant(
        "SELECT, INSERT, UPDATE (ended_at, status, provider_id, code, next_action)",
        "payment_attempts",
        to=("bankcore_app",),
    )
    # Where the payer is sent may have a word in it that only the payer should know.
    grant(
        "SELECT (tenant_id, id, payment_id, config_id, started_at, ended_at, number, status, provider_id, code)",
        "payment_attempts",
        to=("bankcore_auditor",),
    )


def _steps() -> None:
    op.execute("""
        CREATE TABLE bankcore.payment_events (
            tenant_id uuid NOT NULL,
            payment_id uuid NOT NULL,
            attempt_id uuid NOT NULL,
            at timestamptz NOT NULL,
            number integer NOT NULL,
            action text NOT NULL,
            before text,
            after text NOT NULL,
            attempt_before text,
            attempt_after text NOT NULL,
            reason text,
            actor text NOT NULL,
            CONSTRAINT payment_events_pkey PRIMARY KEY (tenant_id, payment_id, number),
            CONSTRAINT payment_events_attempt_fkey
                FOREIGN KEY (tenant_id, attempt_id) REFERENCES bankcore.payment_attempts
        )
    """)
    isolate_tenants("payment_events")
    append_only("payment_events")
    # What ended stays as it ended, whoever asks: money may have moved for it.
    op.execute("""
        CREATE FUNCTION bankcore.check_payment_step() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
        BEGIN
            IF OLD.ended_at IS NOT NULL AND (NEW.status <> OLD.status OR NEW.ended_at IS DISTINCT FROM OLD.ended_at) THEN
                RAISE EXCEPTION '% % ended', TG_TABLE_NAME, OLD.id USING ERRCODE = '42501';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER payments_end_once BEFORE UPDATE ON bankcore.payments
        FOR EACH ROW EXECUTE FUNCTION bankcore.check_payment_step()
    """)
    op.execute("""
        CREATE TRIGGER payment_attempts_end_once BEFORE UPDATE ON bankcore.payment_attempts
        FOR EACH ROW EXECUTE FUNCTION bankcore.check_payment_step()
    """)
    op.execute("ALTER TABLE bankcore.payments ENABLE ALWAYS TRIGGER payments_end_once")
    op.execute("ALTER TABLE bankcore.payment_attempts ENABLE ALWAYS TRIGGER payment_attempts_end_once")


def _notices() -> None:
    # The bytes that were signed: whoever doubts what was done can verify them again.
    op.execute("""
        CREATE TABLE bankcore.provider_notices (
            tenant_id uuid NOT NULL,
            config_id uuid NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now(),
            due_at timestamptz DEFAULT now(),
            ended_at timestamptz,
            tries integer NOT NULL DEFAULT 0,
            digest bytea NOT NULL,
            name text NOT NULL,
            body bytea NOT NULL,
            CONSTRAINT provider_notices_pkey PRIMARY KEY (tenant_id, config_id, digest),
            CONSTRAINT provider_notices_config_fkey
                FOREIGN KEY (tenant_id, config_id) REFERENCES bankcore.provider_configs,
            CONSTRAINT provider_notices_digest_check CHECK (length(digest) = 32),
            CONSTRAINT provider_notices_ended_check CHECK (ended_at IS NULL OR due_at IS NULL)
        ) WITH (fillfactor = 80)
    """)
    op.execute("""
        CREATE INDEX provider_notices_due_idx ON bankcore.provider_notices (tenant_id, due_at) WHERE due_at IS NOT NULL
    """)
    isolate_tenants("provider_notices")
    forbid("DELETE OR TRUNCATE", "provider_notices")
    grant(
        "SELECT, INSERT (tenant_id, config_id, digest, name, body), UPDATE (due_at, ended_at, tries)",
        "provider_notices",
        to=("bankcore_app",),
    )
    # The bodies name payers.
    grant(
        "SELECT (tenant_id, config_id, received_at, due_at, ended_at, tries, digest, name)",
        "provider_notices",
        to=("bankcore_auditor",),
    )
