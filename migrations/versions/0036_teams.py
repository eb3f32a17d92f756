"""Members of a tenant's team: owner, developer and viewer, one of them each; whoever was removed has no role.

Revision ID: 0036
Revises: 0034
"""

from alembic import op

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None

_BEFORE = "roles <@ ARRAY['holder', 'auditor', 'operator', 'admin'] AND cardinality(roles) > 0"
_NOW = """
    roles <@ ARRAY['holder', 'auditor', 'operator', 'admin', 'owner', 'developer', 'viewer']
    AND ('owner' = ANY (roles))::int + ('developer' = ANY (roles))::int + ('viewer' = ANY (roles))::int <= 1
"""
_TEAM = "ARRAY['owner', 'developer', 'viewer']"


def upgrade() -> None:
    _allow(_NOW)
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS bankcore.users_team_idx")
        op.execute(f"CREATE INDEX CONCURRENTLY users_team_idx ON bankcore.users (tenant_id, id) WHERE roles && {_TEAM}")


def downgrade() -> None:
    # The release of before knows no teams: whoever was nothing but a member of one is kept out.
    # Row level security is forced, so rows are changed as their tenant.
    op.execute("DROP INDEX bankcore.users_team_idx")
    op.execute(f"""
        DO $$
        DECLARE
            every_tenant CONSTANT uuid[] := ARRAY(SELECT id FROM bankcore.tenants);
            one uuid;
        BEGIN
            FOREACH one IN ARRAY every_tenant LOOP
                PERFORM set_config('bankcore.tenant_id', one::text, true);
                UPDATE bankcore.users
                SET roles = array_remove(array_remove(array_remove(roles, 'owner'), 'developer'), 'viewer')
                WHERE tenant_id = one AND roles && {_TEAM};
                UPDATE bankcore.users SET roles = ARRAY['holder'], status = 'disabled'
                WHERE tenant_id = one AND cardinality(roles) = 0;
            END LOOP;
            PERFORM set_config('bankcore.tenant_id', '', true);
        END $$
    """)  # noqa: S608 - constants
    _allow(_BEFORE)


def _allow(roles: str) -> None:
    # The rows are looked through without the lock that the change of the constraint takes, beside those who log in.
    op.execute("ALTER TABLE bankcore.users DROP CONSTRAINT users_roles_check")
    op.execute(f"ALTER TABLE bankcore.users ADD CONSTRAINT users_roles_check CHECK ({roles}) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE bankcore.users VALIDATE CONSTRAINT users_roles_check")
