"""Payments that are authorized first, and captured when the merchant says so.

Revision ID: 0049
Revises: 0048
"""

from alembic import op

from bankcore_infra.db.ddl import grant

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_STATUSES = "'pending', 'processing', 'requires_action', 'completed', 'failed', 'canceled', 'expired'"
_ATTEMPT_STATUSES = "'created', 'sent', 'requires_action', 'unknown', 'succeeded', 'declined', 'not_executed'"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE bankcore.payments
            ADD COLUMN capture_method text NOT NULL DEFAULT 'automatic'
                CONSTRAINT payments_capture_method_check CHECK (capture_method IN ('automatic', 'manual')),
            ADD COLUMN capture_minor bigint,
            ADD COLUMN capture_asked_at timestamptz,
            ADD CONSTRAINT payments_capture_check CHECK (
                (capture_minor IS NULL) = (capture_asked_at IS NULL)
                AND capture_minor > 0 AND capture_minor <= amount_minor)
    """)
    grant("UPDATE (capture_minor, capture_asked_at)", "payments", to=("bankcore_app",))
    _check_statuses("payments", f"{_STATUSES}, 'requires_capture'")
    _check_statuses("payment_attempts", f"{_ATTEMPT_STATUSES}, 'authorized', 'capturing'")


def downgrade() -> None:
    _check_statuses("payments", _STATUSES)
    _check_statuses("payment_attempts", _ATTEMPT_STATUSES)
    op.execute("""
        ALTER TABLE bankcore.payments
            DROP COLUMN capture_method, DROP COLUMN capture_minor, DROP COLUMN capture_asked_at
    """)


def _check_statuses(table: str, statuses: str) -> None:
    # The rows that are there need no look: each of the wider list's words is new.
    op.execute(f"""
        ALTER TABLE bankcore.{table}
            DROP CONSTRAINT {table}_status_check,
            ADD CONSTRAINT {table}_status_check CHECK (status IN ({statuses}))
    """)
