"""What a provider told us is kept until it is worked on, and no longer.

Revision ID: 0050
Revises: 0049
"""

from alembic import op

from bankcore_infra.db.ddl import grant

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    grant("UPDATE (body)", "provider_notices", to=("bankcore_app",))
    # Of those that were ended before, or in vain, a job of each night empties a portion after the other; it finds them
    # here, and nothing else is in it. Built beside those who pay; what an upgrade that was broken off has left is built
    # anew.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS bankcore.provider_notices_body_idx")
        op.execute("""
            CREATE INDEX CONCURRENTLY provider_notices_body_idx ON bankcore.provider_notices (tenant_id, received_at)
            WHERE due_at IS NULL AND body <> ''
        """)


def downgrade() -> None:
    op.execute("DROP INDEX bankcore.provider_notices_body_idx")
    op.execute("REVOKE UPDATE (body) ON bankcore.provider_notices FROM bankcore_app")
