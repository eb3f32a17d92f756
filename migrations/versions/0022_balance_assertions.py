"""Balances that other banks state of our accounts, kept as they were said.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

from bankcore_infra.db.ddl import append_only, isolate_tenants

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No foreign key to the books, as of `fraud_cases`: their rows are never deleted. The index finds what was said of an
    # account by an instant last.
    op.execute("""
        CREATE TABLE bankcore.balance_assertions (
            tenant_id uuid NOT NULL CONSTRAINT balance_assertions_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            account_id uuid NOT NULL,
            as_of timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            stated_minor bigint NOT NULL,
            currency text NOT NULL CONSTRAINT balance_assertions_currency_fkey REFERENCES bankcore.currencies,
            source text NOT NULL,
            CONSTRAINT balance_assertions_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT balance_assertions_as_of_check CHECK (as_of <= recorded_at)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX balance_assertions_latest_idx
        ON bankcore.balance_assertions (tenant_id, account_id, as_of, id)
    """)
    isolate_tenants("balance_assertions")
    append_only("balance_assertions")


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.balance_assertions")
