"""Quotes of exchange rates: what is got for an amount, and the one transaction that used it.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_RATE = r"^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$"


def upgrade() -> None:
    # Rates are exact decimals of any length, and no arithmetic is done with them here. No foreign keys to the books, as
    # of `fraud_cases`: their rows are never deleted.
    op.execute(f"""
        CREATE TABLE bankcore.fx_quotes (
            tenant_id uuid NOT NULL CONSTRAINT fx_quotes_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            transaction_id uuid,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            rated_at timestamptz NOT NULL,
            from_minor bigint NOT NULL,
            to_minor bigint NOT NULL,
            spread_bps integer NOT NULL,
            from_currency text NOT NULL CONSTRAINT fx_quotes_from_currency_fkey REFERENCES bankcore.currencies,
            to_currency text NOT NULL CONSTRAINT fx_quotes_to_currency_fkey REFERENCES bankcore.currencies,
            owner_id text,
            rate text NOT NULL,
            market_rate text NOT NULL,
            CONSTRAINT fx_quotes_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT fx_quotes_transaction_key UNIQUE (tenant_id, transaction_id),
            CONSTRAINT fx_quotes_amounts_check CHECK (from_minor > 0 AND to_minor > 0),
            CONSTRAINT fx_quotes_currencies_check CHECK (from_currency <> to_currency),
            CONSTRAINT fx_quotes_spread_check CHECK (spread_bps BETWEEN 0 AND 5000),
            CONSTRAINT fx_quotes_rate_check CHECK (rate ~ '{_RATE}' AND market_rate ~ '{_RATE}'),
            CONSTRAINT fx_quotes_expires_check CHECK (expires_at >= created_at)
        ) WITH (fillfactor = 90)
    """)
    isolate_tenants("fx_quotes")
    forbid("DELETE OR TRUNCATE", "fx_quotes")
    # A used quote stays as it is, whoever asks: what was given for it is in the books.
    op.execute("""
        CREATE TRIGGER fx_quotes_used_once BEFORE UPDATE ON bankcore.fx_quotes
        FOR EACH ROW WHEN (OLD.transaction_id IS NOT NULL) EXECUTE FUNCTION bankcore.refuse_change()
    """)
    op.execute("ALTER TABLE bankcore.fx_quotes ENABLE ALWAYS TRIGGER fx_quotes_used_once")
    grant(
        "SELECT, UPDATE (transaction_id), INSERT (tenant_id, id, created_at, expires_at, rated_at, from_minor,"
        " to_minor, spread_bps, from_currency, to_currency, owner_id, rate, market_rate)",
        "fx_quotes",
        to=("bankcore_app",),
    )
    grant("SELECT", "fx_quotes", to=("bankcore_auditor",))


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.fx_quotes")
