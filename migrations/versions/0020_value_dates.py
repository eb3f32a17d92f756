"""Finds the transactions that count at another time than they were posted, for balances by value date.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Most transactions count when they are posted, and are in neither index (docs/adr/0061). All that is asked is in them,
# so that the table itself is read for what is found only.
_INDEXES = {
    "transactions_counted_before_idx": "(tenant_id, posted_at, effective_at, id) WHERE effective_at < posted_at",
    "transactions_counted_after_idx": "(tenant_id, effective_at, posted_at, id) WHERE effective_at > posted_at",
}


def upgrade() -> None:
    # Built beside those who post; what an upgrade that was broken off has left is built anew.
    with op.get_context().autocommit_block():
        for name, definition in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS bankcore.{name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON bankcore.transactions {definition}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX bankcore.{name}")
