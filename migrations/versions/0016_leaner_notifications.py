"""Notifications: one key and no texts, and an end for what was sent or given up long ago.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

from bankcore_infra.db.ddl import forbid

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_UNSENT = "notifications_unsent_idx ON bankcore.notifications (tenant_id, status, id)"
# As `delivery_id` makes it: the first half of the event's id, then a hash with the two bits of every UUID.
_ID = """encode(substring(uuid_send(event_id) FOR 8) || set_byte(hash, 0, get_byte(hash, 0) & 63 | 128), 'hex')::uuid"""
_HASH = "substring(sha256(uuid_send(event_id) || uuid_send(user_id) || convert_to(channel, 'UTF8')) FOR 8)"


def upgrade() -> None:
    # Of what is sent or skipped, which is nearly all, nobody asks by status. Built beside those who write, and first:
    # whatever comes after it is one transaction.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS bankcore.notifications_unsent_idx")
        op.execute(f"CREATE INDEX CONCURRENTLY {_UNSENT} WHERE status IN ('pending', 'failed', 'dead')")
    op.execute("DROP INDEX bankcore.notifications_status_idx")
    _name_by_event()
    op.execute("ALTER TABLE bankcore.notifications DROP CONSTRAINT notifications_event_key")
    # Nobody can delete a user, and whoever inserts has just read that there is one.
    op.execute("ALTER TABLE bankcore.notifications DROP CONSTRAINT notifications_user_fkey")
    # A text is made of the event's record when it is sent.
    op.execute("ALTER TABLE bankcore.notifications DROP COLUMN facts")
    op.execute("ALTER TABLE bankcore.notifications RENAME COLUMN sent_at TO ended_at")
    op.execute("ALTER TABLE bankcore.notifications DROP CONSTRAINT notifications_sent_check")
    op.execute("""
        ALTER TABLE bankcore.notifications ADD CONSTRAINT notifications_ended_check CHECK (
            CASE WHEN status = 'sent' THEN ended_at IS NOT NULL ELSE ended_at IS NULL OR next_at IS NULL END)
    """)
    # No update stays on its page, since each changes when it is due, which is in an index.
    op.execute("ALTER TABLE bankcore.notifications RESET (fillfactor)")
    _let_old_ones_go()


def downgrade() -> None:
    op.execute("REVOKE DELETE ON bankcore.notifications FROM bankcore_app")
    op.execute("DROP POLICY only_old ON bankcore.notifications")
    op.execute("DROP TRIGGER notifications_append_only ON bankcore.notifications")
    forbid("DELETE OR TRUNCATE", "notifications")
    op.execute("ALTER TABLE bankcore.notifications SET (fillfactor = 80)")
    op.execute("ALTER TABLE bankcore.notifications DROP CONSTRAINT notifications_ended_check")
    _for_each_tenant("UPDATE bankcore.notifications SET ended_at = NULL WHERE tenant_id = one AND status <> 'sent'")
    op.execute("ALTER TABLE bankcore.notifications RENAME COLUMN ended_at TO sent_at")
    op.execute("""
        ALTER TABLE bankcore.notifications ADD CONSTRAINT notifications_sent_check
        CHECK ((status = 'sent') = (sent_at IS NOT NULL))
    """)
    # What is still to be sent has no text that the release of before could send.
    _for_each_tenant("""
        UPDATE bankcore.notifications SET status = 'skipped', next_at = NULL, last_error = 'downgraded'
        WHERE tenant_id = one AND next_at IS NOT NULL
    """)
    op.execute("ALTER TABLE bankcore.notifications ADD COLUMN facts jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE bankcore.notifications ALTER COLUMN facts DROP DEFAULT")
    op.execute("""
        ALTER TABLE bankcore.notifications ADD CONSTRAINT notifications_facts_check
        CHECK (jsonb_typeof(facts) = 'object')
    """)
    op.execute("GRANT INSERT (facts) ON bankcore.notifications TO bankcore_app")
    op.execute("""
        ALTER TABLE bankcore.notifications ADD CONSTRAINT notifications_user_fkey
        FOREIGN KEY (tenant_id, user_id) REFERENCES bankcore.users (tenant_id, id)
    """)
    op.execute("""
        ALTER TABLE bankcore.notifications ADD CONSTRAINT notifications_event_key
        UNIQUE (tenant_id, event_id, user_id, channel)
    """)
    op.execute("CREATE INDEX notifications_status_idx ON bankcore.notifications (tenant_id, status, id)")
    op.execute("DROP INDEX bankcore.notifications_unsent_idx")


def _name_by_event() -> None:
    # Of an event that is parked for one of its accounts, the owner may have been told already, and would be told again
    # under the new name.
    _for_each_tenant(f"""
        UPDATE bankcore.notifications AS told SET id = named.id
        FROM (
            SELECT id AS known, {_ID} AS id
            FROM (
                SELECT id, event_id, {_HASH} AS hash FROM bankcore.notifications
                WHERE tenant_id = one AND event_id IN (
                    SELECT event_id FROM bankcore.parked_events
                    WHERE tenant_id = one AND consumer = 'notifications')) AS hashed) AS named
        WHERE told.tenant_id = one AND told.id = named.known
    """)  # noqa: S608 - made of constants


def _let_old_ones_go() -> None:
    # What may go is decided here and not by whoever deletes: of anything younger, a DELETE finds no row.
    op.execute("DROP TRIGGER notifications_append_only ON bankcore.notifications")
    forbid("TRUNCATE", "notifications")
    op.execute("""
        CREATE POLICY only_old ON bankcore.notifications AS RESTRICTIVE FOR DELETE
        USING (next_at IS NULL AND coalesce(ended_at, created_at) < now() - interval '30 days')
    """)
    op.execute("GRANT DELETE ON bankcore.notifications TO bankcore_app")


def _for_each_tenant(work: str) -> None:
    """Row level security is forced, so rows are changed as their tenant."""
    op.execute(f"""
        DO $$
        DECLARE
            every_tenant CONSTANT uuid[] := ARRAY(SELECT id FROM bankcore.tenants);
            one uuid;
        BEGIN
            FOREACH one IN ARRAY every_tenant LOOP
                PERFORM set_config('app.tenant_id', one::text, true);
                {work};
            END LOOP;
            PERFORM set_config('app.tenant_id', '', true);
        END $$
    """)  # noqa: S608 - made of constants
