"""The tenant of a transaction is a setting with our name, so that a program beside us can have one called `app.`.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def upgrade() -> None:
    # The release of before, which goes on while this is done, says `app.tenant_id`. Where ours is set, it alone counts;
    # what else stands in the other may be somebody else's, and no id at all.
    op.execute(f"""
        CREATE OR REPLACE FUNCTION bankcore.current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
        RETURN coalesce(
            nullif(current_setting('bankcore.tenant_id', true), ''),
            CASE WHEN current_setting('app.tenant_id', true) ~ '{_UUID}' THEN current_setting('app.tenant_id') END)::uuid
    """)
    _count_stopped_logs("bankcore.tenant_id")


def downgrade() -> None:
    op.execute("""
        CREATE OR REPLACE FUNCTION bankcore.current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
        RETURN nullif(current_setting('app.tenant_id', true), '')::uuid
    """)
    _count_stopped_logs("app.tenant_id")


def _count_stopped_logs(setting: str) -> None:
    op.execute(f"""
        CREATE OR REPLACE FUNCTION bankcore.count_stopped_logs() RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
            system CONSTANT bigint := (SELECT system_identifier FROM pg_control_system());
            every_tenant CONSTANT uuid[] := ARRAY(SELECT id FROM bankcore.tenants);
            session_tenant CONSTANT text := current_setting('{setting}', true);
            one uuid;
            stopped bigint := 0;
        BEGIN
            FOREACH one IN ARRAY every_tenant LOOP
                PERFORM set_config('{setting}', one::text, true);
                IF EXISTS (
                    SELECT FROM bankcore.log_states AS state WHERE state.tenant_id = one AND (
                        state.system_id <> system OR state.below > pg_snapshot_xmax(pg_current_snapshot()))) THEN
                    stopped := stopped + 1;
                END IF;
            END LOOP;
            PERFORM set_config('{setting}', coalesce(session_tenant, ''), true);
            RETURN stopped;
        END $$
    """)  # noqa: S608 - made of constants
