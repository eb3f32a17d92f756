"""A consumer is a cursor in the log of its tenant; of single events only those are kept that failed, or wait for one.

Revision ID: 0014
Revises: 0013
"""

from alembic import context, op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_DROPPED = ("inbox", "deliveries", "subscriptions")
_FOUND_BY_OWNER = ("audit_log", "log_states", "cursors")
_COPY = ("tenant_id", "id", "consumer", "event_id", "account_id", "sequence", "starts", "last_error", "created_at")


def upgrade() -> None:
    _cursors()
    _parked_events()
    _find_work()
    _move_over()
    for table in _DROPPED:
        op.execute(f"DROP TABLE bankcore.{table}")


def downgrade() -> None:
    # They are as they were made.
    made = context.script.get_revision("0004").module
    for make in (made._subscriptions, made._deliveries, made._inbox):  # noqa: SLF001 - a migration never changes
        make()
    op.execute("ALTER TABLE bankcore.subscriptions ADD COLUMN position bigint")
    op.execute("GRANT INSERT (position), UPDATE (position) ON bankcore.subscriptions TO bankcore_app")
    _move_back()
    op.execute("DROP FUNCTION bankcore.find_work")
    for table in _FOUND_BY_OWNER:
        op.execute(f"DROP POLICY finding ON bankcore.{table}")
    for table in ("parked_events", "cursors"):
        op.execute(f"DROP TABLE bankcore.{table}")


def _cursors() -> None:
    op.execute("""
        CREATE TABLE bankcore.cursors (
            tenant_id uuid NOT NULL CONSTRAINT cursors_tenant_fkey REFERENCES bankcore.tenants,
            consumer text NOT NULL,
            position bigint NOT NULL DEFAULT 0,
            alone_until bigint NOT NULL DEFAULT 0,
            attempt bigint NOT NULL DEFAULT 0,
            begun_at timestamptz,
            due_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT cursors_pkey PRIMARY KEY (tenant_id, consumer),
            CONSTRAINT cursors_consumer_check CHECK (consumer ~ '^[a-z][a-z_]{0,39}$'),
            CONSTRAINT cursors_position_check CHECK (position >= 0)
        ) WITH (fillfactor = 50)
    """)
    isolate_tenants("cursors")
    forbid("DELETE OR TRUNCATE", "cursors")
    grant(
        "SELECT, INSERT (tenant_id, consumer), UPDATE (position, alone_until, attempt, begun_at, due_at)",
        "cursors",
        to=("bankcore_app",),
    )
    grant("SELECT", "cursors", to=("bankcore_auditor",))


def _parked_events() -> None:
    op.execute("""
        CREATE TABLE bankcore.parked_events (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            consumer text NOT NULL,
            event_id uuid NOT NULL,
            account_id uuid,
            sequence bigint,
            status text NOT NULL,
            starts integer NOT NULL DEFAULT 0,
            due_at timestamptz,
            last_error text,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT parked_events_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT parked_events_cursor_fkey
                FOREIGN KEY (tenant_id, consumer) REFERENCES bankcore.cursors (tenant_id, consumer),
            CONSTRAINT parked_events_status_check CHECK (status IN ('waiting', 'dead')),
            CONSTRAINT parked_events_order_check CHECK ((account_id IS NULL) = (sequence IS NULL)),
            CONSTRAINT parked_events_due_check
                CHECK (due_at IS NOT NULL OR status = 'waiting' AND account_id IS NOT NULL),
            CONSTRAINT parked_events_starts_check CHECK (starts >= 0)
        ) WITH (fillfactor = 70)
    """)
    op.execute("""
        CREATE INDEX parked_events_due_idx ON bankcore.parked_events (tenant_id, consumer, due_at)
        WHERE status = 'waiting' AND due_at IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX parked_events_lane_idx ON bankcore.parked_events (tenant_id, consumer, account_id, sequence, id)
        WHERE status = 'waiting'
    """)
    op.execute("CREATE INDEX parked_events_dead_idx ON bankcore.parked_events (tenant_id, id) WHERE status = 'dead'")
    isolate_tenants("parked_events")
    forbid("TRUNCATE", "parked_events")
    grant(
        "SELECT, INSERT (tenant_id, id, consumer, event_id, account_id, sequence, status, starts, due_at, last_error),"
        " UPDATE (status, starts, due_at, last_error), DELETE",
        "parked_events",
        to=("bankcore_app",),
    )
    grant("SELECT", "parked_events", to=("bankcore_auditor",))


def _find_work() -> None:
    # Of all tenants, which is what the application may not see in one statement: ids and whether there is work, nothing
    # else leaves the function. A record without a position is looked for as `place_records` does.
    for table in _FOUND_BY_OWNER:
        op.execute(f"CREATE POLICY finding ON bankcore.{table} FOR SELECT TO bankcore_owner USING (true)")
    op.execute("""
        CREATE FUNCTION bankcore.find_work(
            consumers text[], OUT tenant uuid, OUT has_unplaced boolean, OUT behind text[])
        RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        SET enable_seqscan = on SET jit = off
        AS $$
            SELECT found.* FROM bankcore.tenants AS known
            LEFT JOIN bankcore.log_states AS state ON state.tenant_id = known.id
            CROSS JOIN LATERAL (
                SELECT known.id AS tenant,
                       cardinality(state.waiting) > state.served
                       OR EXISTS (
                           SELECT FROM bankcore.audit_log AS log
                           WHERE log.tenant_id = known.id AND log.xid >= coalesce(state.below, '0')
                             AND log.xid < pg_snapshot_xmax(pg_current_snapshot()))
                       OR EXISTS (
                           SELECT FROM bankcore.audit_log AS log
                           WHERE log.tenant_id = known.id AND log.xid < state.below
                             AND log.xid = ANY(state.in_progress) AND NOT EXISTS (
                                 SELECT FROM bankcore.log_leaves AS leaf
                                 WHERE leaf.tenant_id = known.id AND leaf.audit_id = log.id)) AS has_unplaced,
                       ARRAY(
                           SELECT name FROM unnest(consumers) AS name
                           LEFT JOIN bankcore.cursors AS cursor
                             ON cursor.tenant_id = known.id AND cursor.consumer = name
                           WHERE coalesce(cursor.position, 0) < state.size OR cursor.due_at <= now()
                              OR cursor.due_at > now() + interval '1 day') AS behind
            ) AS found
            WHERE found.has_unplaced OR cardinality(found.behind) > 0
        $$
    """)
    op.execute("REVOKE ALL ON FUNCTION bankcore.find_work(text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION bankcore.find_work(text[]) TO bankcore_app")


def _move_over() -> None:
    # What was owed and is not done is parked, each account's first one due. Who had come as far as a transaction number,
    # and was never taken to a position, goes on behind the last record up to it; what the order of positions has before
    # that place, and that of numbers behind it, is parked.
    _for_each_tenant(f"""
        IF EXISTS (SELECT FROM bankcore.subscriptions WHERE tenant_id = one AND position IS NULL) THEN
            PERFORM bankcore.place_records(2147483647, true);
        END IF;
        FOR old IN SELECT * FROM bankcore.subscriptions WHERE tenant_id = one LOOP
            reached := coalesce(old.position, (
                SELECT max(leaf.idx) + 1 FROM bankcore.audit_log AS log
                JOIN bankcore.log_leaves AS leaf ON leaf.tenant_id = log.tenant_id AND leaf.audit_id = log.id
                WHERE log.tenant_id = one AND (log.xid, log.id) <= (old.xid, old.event_id)), 0);
            INSERT INTO bankcore.cursors (tenant_id, consumer, position, created_at)
            VALUES (one, old.consumer, reached, old.created_at);
            INSERT INTO bankcore.parked_events ({", ".join(_COPY)}, status, due_at)
            SELECT {", ".join(_COPY)}, CASE WHEN status = 'dead' THEN 'dead' ELSE 'waiting' END, due_at
            FROM bankcore.deliveries WHERE tenant_id = one AND consumer = old.consumer;
            IF old.position IS NULL THEN
                INSERT INTO bankcore.parked_events (
                    tenant_id, id, consumer, event_id, account_id, sequence, status, due_at)
                SELECT one, gen_random_uuid(), old.consumer, log.id, met.account_id, met.sequence, 'waiting', now()
                FROM bankcore.log_leaves AS leaf
                JOIN bankcore.audit_log AS log ON log.tenant_id = leaf.tenant_id AND log.id = leaf.audit_id
                LEFT JOIN LATERAL (
                    SELECT entry.account_id, max(entry.sequence) AS sequence FROM bankcore.entries AS entry
                    JOIN bankcore.accounts AS account
                      ON account.tenant_id = one AND account.id = entry.account_id AND account.kind = 'customer'
                    WHERE log.action = 'transaction.posted'
                      AND entry.tenant_id = one AND entry.transaction_id = log.subject_id
                    GROUP BY entry.account_id
                    UNION ALL
                    SELECT account.id, 0 FROM bankcore.accounts AS account
                    WHERE log.action = 'account.opened' AND account.tenant_id = one AND account.id = log.subject_id
                      AND account.kind = 'customer') AS met ON true
                WHERE leaf.tenant_id = one AND leaf.idx < reached
                  AND (log.xid, log.id) > (old.xid, old.event_id);
            END IF;
            UPDATE bankcore.parked_events AS later SET due_at = NULL
            WHERE tenant_id = one AND consumer = old.consumer AND status = 'waiting' AND EXISTS (
                SELECT FROM bankcore.parked_events AS earlier
                WHERE earlier.tenant_id = one AND earlier.consumer = old.consumer AND earlier.status = 'waiting'
                  AND earlier.account_id = later.account_id
                  AND (earlier.sequence, earlier.id) < (later.sequence, later.id));
            UPDATE bankcore.parked_events SET due_at = now()
            WHERE tenant_id = one AND consumer = old.consumer AND status = 'waiting' AND due_at IS NOT NULL
              AND starts = 0;
            UPDATE bankcore.cursors SET due_at = (
                SELECT min(due_at) FROM bankcore.parked_events
                WHERE tenant_id = one AND consumer = old.consumer AND status = 'waiting')
            WHERE tenant_id = one AND consumer = old.consumer;
        END LOOP;
    """)  # noqa: S608 - made of constants


def _move_back() -> None:
    _for_each_tenant(f"""
        FOR old IN SELECT * FROM bankcore.cursors WHERE tenant_id = one LOOP
            INSERT INTO bankcore.subscriptions (tenant_id, consumer, xid, event_id, read_below, created_at, position)
            VALUES (one, old.consumer, '0', '00000000-0000-0000-0000-000000000000', '0', old.created_at, old.position);
            INSERT INTO bankcore.deliveries ({", ".join(_COPY)}, after_xid, status, due_at)
            SELECT {", ".join(_COPY)}, '0',
                   CASE WHEN status = 'dead' THEN 'dead' WHEN due_at IS NULL THEN 'waiting' ELSE 'pending' END,
                   coalesce(due_at, now())
            FROM bankcore.parked_events WHERE tenant_id = one AND consumer = old.consumer;
        END LOOP;
    """)  # noqa: S608 - made of constants


def _for_each_tenant(work: str) -> None:
    """Row level security is forced, so rows are moved as their tenant."""
    op.execute(f"""
        DO $$
        DECLARE
            every_tenant CONSTANT uuid[] := ARRAY(SELECT id FROM bankcore.tenants);
            one uuid;
            old record;
            reached bigint;
        BEGIN
            FOREACH one IN ARRAY every_tenant LOOP
                PERFORM set_config('app.tenant_id', one::text, true);
                {work}
            END LOOP;
            PERFORM set_config('app.tenant_id', '', true);
        END $$
    """)  # noqa: S608 - made of constants
