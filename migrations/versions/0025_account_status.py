"""More ways to keep an account out of postings than one: frozen in one direction, and dormant.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_BEFORE = "'active', 'frozen', 'closed'"
_NOW = f"{_BEFORE}, 'debits_frozen', 'credits_frozen', 'dormant'"


def upgrade() -> None:
    _allow(_NOW)


def downgrade() -> None:
    # The release of before knows no direction: what keeps something from an account keeps everything from it.
    # Row level security is forced, so rows are changed as their tenant.
    op.execute(f"""
        DO $$
        DECLARE
            every_tenant CONSTANT uuid[] := ARRAY(SELECT id FROM bankcore.tenants);
            one uuid;
        BEGIN
            FOREACH one IN ARRAY every_tenant LOOP
                PERFORM set_config('bankcore.tenant_id', one::text, true);
                UPDATE bankcore.accounts SET status = 'frozen' WHERE tenant_id = one AND status NOT IN ({_BEFORE});
            END LOOP;
            PERFORM set_config('bankcore.tenant_id', '', true);
        END $$
    """)  # noqa: S608 - constants
    _allow(_BEFORE)


def _allow(statuses: str) -> None:
    # The rows are looked through without the lock that the change of the constraint takes, beside those who post.
    op.execute("ALTER TABLE bankcore.accounts DROP CONSTRAINT accounts_status_check")
    op.execute(f"""
        ALTER TABLE bankcore.accounts ADD CONSTRAINT accounts_status_check CHECK (status IN ({statuses})) NOT VALID
    """)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE bankcore.accounts VALIDATE CONSTRAINT accounts_status_check")
