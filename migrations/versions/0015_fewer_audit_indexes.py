"""Fewer entries in the indexes of the audit log: posted transactions are found by way of their entries.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# The record of a transaction has the transaction's id, so that the entries of an account lead to it (docs/adr/0038).
# Records of before have ids of their own, and stay in the indexes.
_NOT_BY_ENTRIES = "(action = 'transaction.posted' AND id = subject_id) IS NOT TRUE"
_PLACES = {
    **{
        f"audit_log_account_{place}_idx": (
            f"(tenant_id, (account_ids[{place}]), at) WHERE cardinality(account_ids) >= {place}"
        )
        for place in range(1, 5)
    },
    "audit_log_accounts_idx": "(tenant_id, at) WHERE cardinality(account_ids) > 4",
}


_COMMIT = "audit_log_commit_idx"


def upgrade() -> None:
    # Built beside those who post, under other names; and first, so that what comes after it is one short transaction. What
    # an upgrade that was broken off has left is built anew.
    with op.get_context().autocommit_block():
        for name, definition in _PLACES.items():
            _build(name, f"{definition} AND {_NOT_BY_ENTRIES}")
        # Without the id the records of one transaction share an entry; what is found is sorted in any case.
        _build(_COMMIT, "(tenant_id, xid)")
    for name in (*_PLACES, _COMMIT):
        op.execute(f"DROP INDEX bankcore.{name}")
        op.execute(f"ALTER INDEX bankcore.{name}_new RENAME TO {name}")
    # Entries of before need not be looked through for records that have their transaction's id: nobody wrote such records
    # before the schema was upgraded.
    op.execute("ALTER TABLE bankcore.tenants ADD COLUMN records_named_since timestamptz NOT NULL DEFAULT now()")


def _build(name: str, definition: str) -> None:
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS bankcore.{name}_new")
    op.execute(f"CREATE INDEX CONCURRENTLY {name}_new ON bankcore.audit_log {definition}")


def downgrade() -> None:
    op.execute("ALTER TABLE bankcore.tenants DROP COLUMN records_named_since")
    op.execute(f"DROP INDEX bankcore.{_COMMIT}")
    op.execute(f"CREATE INDEX {_COMMIT} ON bankcore.audit_log (tenant_id, xid, id)")
    for name, definition in _PLACES.items():
        op.execute(f"DROP INDEX bankcore.{name}")
        op.execute(f"CREATE INDEX {name} ON bankcore.audit_log {definition}")
