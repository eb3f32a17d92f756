"""The position of each audit record in its tenant's log, which the database itself gives, in the order of commits.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_CALLERS = ("bankcore_app", "bankcore_sealer")
# What is visible now and was not visible when positions were given last: the transactions that were at work then, and
# those that began later. Numbers of the future are those of another cluster, and have positions; where nothing was
# looked at yet (below 0), they count too. Either scan is a look-up in an index, however long a transaction stays open;
# and so is a leaf, which a join would have compared with every leaf of a table that was small when it was analyzed.
_UNPLACED = """
    SELECT log.id, log.xid, log.at, log.action, log.account_ids FROM bankcore.audit_log AS log
    WHERE log.tenant_id = tenant AND log.xid >= state.below
      AND log.xid < CASE WHEN state.below = '0' THEN '18446744073709551615'::xid8
                         ELSE (SELECT pg_snapshot_xmax(pg_current_snapshot())) END
      AND (SELECT leaf.idx FROM bankcore.log_leaves AS leaf
           WHERE leaf.tenant_id = tenant AND leaf.audit_id = log.id LIMIT 1) IS NULL
    UNION ALL
    SELECT log.id, log.xid, log.at, log.action, log.account_ids FROM bankcore.audit_log AS log
    WHERE log.tenant_id = tenant AND log.xid < state.below AND log.xid = ANY(state.in_progress)
      AND (SELECT leaf.idx FROM bankcore.log_leaves AS leaf
           WHERE leaf.tenant_id = tenant AND leaf.audit_id = log.id LIMIT 1) IS NULL
"""


def upgrade() -> None:
    _log_states()
    op.execute(_place_records())
    op.execute("REVOKE ALL ON FUNCTION bankcore.place_records(integer, boolean) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION bankcore.place_records(integer, boolean) TO {', '.join(_CALLERS)}")
    _count_stopped_logs()
    # Only the function adds leaves: whoever takes over a role can neither choose a position nor make up a hash.
    op.execute("REVOKE INSERT (tenant_id, idx, audit_id, hash, nodes) ON bankcore.log_leaves FROM bankcore_sealer")
    # Empty for who has come as far as the columns say that it replaces; it is filled in when it is read first.
    op.execute("ALTER TABLE bankcore.subscriptions ADD COLUMN position bigint")
    op.execute("GRANT INSERT (position), UPDATE (position) ON bankcore.subscriptions TO bankcore_app")


def downgrade() -> None:
    op.execute("ALTER TABLE bankcore.subscriptions DROP COLUMN position")
    op.execute("DROP FUNCTION bankcore.count_stopped_logs")
    op.execute("DROP FUNCTION bankcore.place_records")
    op.execute("DROP TABLE bankcore.log_states")
    _forget_what_is_not_signed()
    op.execute("GRANT INSERT (tenant_id, idx, audit_id, hash, nodes) ON bankcore.log_leaves TO bankcore_sealer")


def _log_states() -> None:
    op.execute("""
        CREATE TABLE bankcore.log_states (
            tenant_id uuid NOT NULL CONSTRAINT log_states_tenant_fkey REFERENCES bankcore.tenants,
            size bigint NOT NULL,
            below xid8 NOT NULL,
            system_id bigint NOT NULL,
            in_progress xid8[] NOT NULL,
            frontier bytea[] NOT NULL,
            waiting uuid[] NOT NULL DEFAULT '{}',
            served integer NOT NULL DEFAULT 0,
            CONSTRAINT log_states_pkey PRIMARY KEY (tenant_id),
            CONSTRAINT log_states_size_check CHECK (size >= 0)
        ) WITH (fillfactor = 50)
    """)
    isolate_tenants("log_states")
    forbid("DELETE OR TRUNCATE", "log_states")
    grant("SELECT", "log_states", to=("bankcore_app", "bankcore_sealer", "bankcore_auditor"))


def _count_stopped_logs() -> None:
    # With the caller's own rights, one tenant after the other: whoever may see them all sees how many have stopped.
    op.execute("""
        CREATE FUNCTION bankcore.count_stopped_logs() RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
            system CONSTANT bigint := (SELECT system_identifier FROM pg_control_system());
            every_tenant CONSTANT uuid[] := ARRAY(SELECT id FROM bankcore.tenants);
            session_tenant CONSTANT text := current_setting('app.tenant_id', true);
            one uuid;
            stopped bigint := 0;
        BEGIN
            FOREACH one IN ARRAY every_tenant LOOP
                PERFORM set_config('app.tenant_id', one::text, true);
                IF EXISTS (
                    SELECT FROM bankcore.log_states AS state WHERE state.tenant_id = one AND (
                        state.system_id <> system OR state.below > pg_snapshot_xmax(pg_current_snapshot()))) THEN
                    stopped := stopped + 1;
                END IF;
            END LOOP;
            PERFORM set_config('app.tenant_id', coalesce(session_tenant, ''), true);
            RETURN stopped;
        END $$
    """)


def _place_records() -> str:
    # Of the planner's ways only look-ups by index are right here: it knows neither the tenant nor how little is new.
    return rf"""
        CREATE FUNCTION bankcore.place_records(
            most integer, patiently boolean, OUT placed integer, OUT is_whole boolean, OUT problem text)
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp
        SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_hashjoin = off
        SET enable_mergejoin = off SET jit = off SET work_mem = '32MB'
        AS $$
        DECLARE
            tenant CONSTANT uuid := bankcore.current_tenant();
            system CONSTANT bigint := (SELECT system_identifier FROM pg_control_system());
            state bankcore.log_states;
            snapshot pg_snapshot;
            has_new boolean;
            following record;
            hashed bytea;
            carried bytea;
            nodes bytea[];
            place bigint;
            depth integer;
        BEGIN
            placed := 0;
            is_whole := true;
            IF current_setting('transaction_isolation') <> 'read committed' THEN
                problem := 'isolation';
                RETURN;
            END IF;
            SELECT * INTO state FROM bankcore.log_states WHERE tenant_id = tenant;
            IF NOT FOUND THEN
                -- What was sealed before positions were given apart from it has them.
                INSERT INTO bankcore.log_states (tenant_id, size, below, system_id, in_progress, frontier)
                SELECT id, coalesce(head.size, 0), coalesce(head.upto, '0'), coalesce(head.system_id, system), '{{}}',
                       coalesce(head.frontier, '{{}}')
                FROM bankcore.tenants LEFT JOIN LATERAL (
                    SELECT * FROM bankcore.checkpoints WHERE tenant_id = tenant
                    ORDER BY tenant_id DESC, size DESC LIMIT 1) AS head ON true
                WHERE id = tenant
                ON CONFLICT DO NOTHING;
                SELECT * INTO STRICT state FROM bankcore.log_states WHERE tenant_id = tenant;
            END IF;
            SELECT pg_current_snapshot(), EXISTS ({_UNPLACED}) INTO snapshot, has_new;
            problem := CASE
                WHEN state.system_id <> system THEN 'moved'
                WHEN state.below > pg_snapshot_xmax(snapshot) THEN 'numbers'
                WHEN state.size > 0 AND NOT EXISTS (
                         SELECT FROM bankcore.log_leaves WHERE tenant_id = tenant AND idx = state.size - 1)
                     THEN 'torn' END;
            IF problem IS NOT NULL THEN
                is_whole := false;
                RETURN;
            END IF;
            -- Once in a while also with nothing new, so that what has to be looked through stays little.
            IF NOT has_new AND cardinality(state.waiting) = 0
               AND pg_snapshot_xmax(snapshot)::text::numeric - state.below::text::numeric < 10000 THEN
                RETURN;
            END IF;
            IF patiently THEN
                SELECT * INTO state FROM bankcore.log_states WHERE tenant_id = tenant FOR NO KEY UPDATE;
            ELSE
                SELECT * INTO state FROM bankcore.log_states WHERE tenant_id = tenant FOR NO KEY UPDATE SKIP LOCKED;
                IF NOT FOUND THEN
                    is_whole := false;
                    RETURN;
                END IF;
            END IF;
            IF EXISTS (SELECT FROM bankcore.log_leaves WHERE tenant_id = tenant AND idx >= state.size) THEN
                problem := 'torn';
                is_whole := false;
                RETURN;
            END IF;
            IF cardinality(state.waiting) = 0 THEN
                -- Snapshot and rows are of one statement: what it does not see is what the next call looks for.
                SELECT pg_current_snapshot(), ARRAY(
                    SELECT unplaced.id FROM ({_UNPLACED}) AS unplaced CROSS JOIN LATERAL (
                        -- An account opens before its first entry, which may have begun before, and be of before.
                        SELECT CASE WHEN unplaced.action = 'account.opened' THEN least(unplaced.at, (
                            SELECT first.posted_at FROM bankcore.entries AS first
                            WHERE first.tenant_id = tenant AND first.account_id = unplaced.account_ids[1]
                              AND first.sequence = 1)) ELSE unplaced.at END AS instant
                    ) AS counted
                    ORDER BY counted.instant, counted.instant >= unplaced.at, unplaced.xid, unplaced.id
                ) INTO snapshot, state.waiting;
                state.served := 0;
                state.below := pg_snapshot_xmax(snapshot);
                -- Our own number is in no snapshot of ours, and we may yet record something.
                state.in_progress := ARRAY(
                    SELECT number FROM pg_snapshot_xip(snapshot) AS number UNION SELECT pg_current_xact_id());
            END IF;
            FOR following IN
                SELECT chosen.id, (
                    SELECT log.body FROM bankcore.audit_log AS log WHERE log.tenant_id = tenant AND log.id = chosen.id
                ) AS body
                FROM unnest(state.waiting[state.served + 1 : state.served + most]) WITH ORDINALITY AS chosen (id, number)
                ORDER BY chosen.number
            LOOP
                hashed := sha256('\x00'::bytea || following.body);
                carried := hashed;
                nodes := '{{}}';
                place := state.size;
                depth := cardinality(state.frontier);
                WHILE place & 1 = 1 LOOP
                    carried := sha256('\x01'::bytea || state.frontier[depth] || carried);
                    nodes := array_append(nodes, carried);
                    depth := depth - 1;
                    place := place >> 1;
                END LOOP;
                state.frontier := array_append(state.frontier[1:depth], carried);
                INSERT INTO bankcore.log_leaves (tenant_id, idx, audit_id, hash, nodes)
                VALUES (tenant, state.size, following.id, hashed, nodes);
                state.size := state.size + 1;
                placed := placed + 1;
            END LOOP;
            state.served := state.served + placed;
            -- What is left over keeps its order and is not looked for again; it stays where it is stored.
            is_whole := state.served >= cardinality(state.waiting);
            IF is_whole THEN
                UPDATE bankcore.log_states
                SET size = state.size, frontier = state.frontier, below = state.below, in_progress = state.in_progress,
                    waiting = '{{}}', served = 0
                WHERE tenant_id = tenant;
            ELSIF state.served > placed THEN
                UPDATE bankcore.log_states SET size = state.size, frontier = state.frontier, served = state.served
                WHERE tenant_id = tenant;
            ELSE
                UPDATE bankcore.log_states
                SET size = state.size, frontier = state.frontier, below = state.below, in_progress = state.in_progress,
                    waiting = state.waiting, served = state.served
                WHERE tenant_id = tenant;
            END IF;
        END $$
    """  # noqa: S608 - made of constants


def _forget_what_is_not_signed() -> None:
    """Positions that no checkpoint covers: the sealer of before gives them anew."""
    for table in ("log_leaves", "checkpoints"):
        op.execute(f"ALTER TABLE bankcore.{table} NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE bankcore.log_leaves DISABLE TRIGGER log_leaves_append_only")
    op.execute("""
        DELETE FROM bankcore.log_leaves AS leaf WHERE leaf.idx >= coalesce((
            SELECT max(size) FROM bankcore.checkpoints AS head WHERE head.tenant_id = leaf.tenant_id), 0)
    """)
    op.execute("ALTER TABLE bankcore.log_leaves ENABLE ALWAYS TRIGGER log_leaves_append_only")
    for table in ("log_leaves", "checkpoints"):
        op.execute(f"ALTER TABLE bankcore.{table} FORCE ROW LEVEL SECURITY")
