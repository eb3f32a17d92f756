"""The books: currencies, tenants, accounts, transactions, entries, idempotency keys and the audit log.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from bankcore.iso_4217 import ISO_4217
from bankcore_infra.db.ddl import append_only, forbid, grant, isolate_tenants

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT USAGE ON SCHEMA bankcore TO bankcore_app, bankcore_auditor")
    op.execute("GRANT SELECT ON bankcore.alembic_version TO bankcore_app, bankcore_auditor")
    _reference_tables()
    _accounts()
    _transactions()
    _entries()
    _idempotency_keys()
    _audit_log()
    _rules()


def downgrade() -> None:
    for table in ("audit_log", "idempotency_keys", "entries", "transactions", "accounts", "tenants", "currencies"):
        op.execute(f"DROP TABLE bankcore.{table}")
    for function in ("last_sequence_at", "check_new_entries", "check_balances", "refuse_change", "current_tenant"):
        op.execute(f"DROP FUNCTION bankcore.{function}")
    op.execute("REVOKE SELECT ON bankcore.alembic_version FROM bankcore_app, bankcore_auditor")
    op.execute("REVOKE USAGE ON SCHEMA bankcore FROM bankcore_app, bankcore_auditor")


def _reference_tables() -> None:
    op.execute("""
        CREATE FUNCTION bankcore.current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
        RETURN nullif(current_setting('app.tenant_id', true), '')::uuid
    """)
    op.execute("""
        CREATE FUNCTION bankcore.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is not allowed on %', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
        END $$
    """)
    op.execute("""
        CREATE TABLE bankcore.currencies (
            code text CONSTRAINT currencies_pkey PRIMARY KEY,
            exponent smallint NOT NULL,
            name text NOT NULL,
            CONSTRAINT currencies_code_check CHECK (code ~ '^[A-Z]{3}$'),
            CONSTRAINT currencies_exponent_check CHECK (exponent BETWEEN 0 AND 4)
        )
    """)
    grant("SELECT", "currencies", to=("bankcore_app", "bankcore_auditor"))
    _seed_currencies()
    op.execute("""
        CREATE TABLE bankcore.tenants (
            id uuid CONSTRAINT tenants_pkey PRIMARY KEY,
            slug text NOT NULL CONSTRAINT tenants_slug_key UNIQUE,
            name text NOT NULL,
            kind text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT tenants_slug_check CHECK (slug ~ '^[a-z0-9](-?[a-z0-9]){0,62}$'),
            CONSTRAINT tenants_kind_check CHECK (kind IN ('live', 'test'))
        )
    """)
    # Without a tenant in the session the directory is open, because a slug must be found before its tenant is known;
    # with one, only its own row is there.
    op.execute("ALTER TABLE bankcore.tenants ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE bankcore.tenants FORCE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY tenant_isolation ON bankcore.tenants
        USING (bankcore.current_tenant() IS NULL OR id = bankcore.current_tenant())
    """)
    grant("SELECT, INSERT (id, slug, name, kind)", "tenants", to=("bankcore_app",))
    grant("SELECT", "tenants", to=("bankcore_auditor",))


def _seed_currencies() -> None:
    table = sa.table("currencies", sa.column("code"), sa.column("exponent"), sa.column("name"), schema="bankcore")
    rows = [{"code": code, "exponent": exponent, "name": name} for code, exponent, name in ISO_4217]
    op.bulk_insert(table, rows)


def _accounts() -> None:
    op.execute("""
        CREATE TABLE bankcore.accounts (
            tenant_id uuid NOT NULL CONSTRAINT accounts_tenant_fkey REFERENCES bankcore.tenants,
            id uuid NOT NULL,
            balance_minor bigint NOT NULL DEFAULT 0,
            held_minor bigint NOT NULL DEFAULT 0,
            floor_minor bigint,
            version bigint NOT NULL DEFAULT 0,
            last_posted_at timestamptz,
            created_at timestamptz NOT NULL,
            head_hash bytea NOT NULL DEFAULT '\\x0000000000000000000000000000000000000000000000000000000000000000',
            currency text NOT NULL CONSTRAINT accounts_currency_fkey REFERENCES bankcore.currencies,
            kind text NOT NULL,
            status text NOT NULL DEFAULT 'active',
            number text NOT NULL,
            owner_id text NOT NULL,
            name text,
            CONSTRAINT accounts_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT accounts_number_key UNIQUE (tenant_id, number),
            CONSTRAINT accounts_kind_check
                CHECK (kind IN ('customer', 'settlement', 'fee', 'fx_position', 'escrow', 'suspense')),
            CONSTRAINT accounts_status_check CHECK (status IN ('active', 'frozen', 'closed')),
            CONSTRAINT accounts_balance_check CHECK (balance_minor <> -9223372036854775808),
            CONSTRAINT accounts_held_check CHECK (held_minor >= 0),
            CONSTRAINT accounts_floor_check CHECK (floor_minor <= 0),
            CONSTRAINT accounts_above_floor_check CHECK (balance_minor - held_minor >= floor_minor),
            CONSTRAINT accounts_version_check CHECK (version >= 0),
            CONSTRAINT accounts_head_hash_check CHECK (octet_length(head_hash) = 32)
        ) WITH (fillfactor = 70)
    """)
    op.execute("CREATE INDEX accounts_owner_idx ON bankcore.accounts (tenant_id, owner_id, id)")
    isolate_tenants("accounts")
    forbid("DELETE OR TRUNCATE", "accounts")
    grant(
        "SELECT, INSERT (tenant_id, id, floor_minor, created_at, currency, kind, number, owner_id, name),"
        " UPDATE (balance_minor, held_minor, version, last_posted_at, head_hash, status, name)",
        "accounts",
        to=("bankcore_app",),
    )
    grant("SELECT", "accounts", to=("bankcore_auditor",))


def _transactions() -> None:
    op.execute("""
        CREATE TABLE bankcore.transactions (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            posted_at timestamptz NOT NULL,
            effective_at timestamptz NOT NULL,
            amount_minor bigint,
            reverses uuid,
            kind text NOT NULL,
            currency text,
            reference text,
            source_type text,
            source_id text,
            metadata jsonb,
            CONSTRAINT transactions_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT transactions_amount_check CHECK ((amount_minor IS NULL) = (currency IS NULL)),
            CONSTRAINT transactions_source_check CHECK ((source_type IS NULL) = (source_id IS NULL)),
            CONSTRAINT transactions_reverses_fkey
                FOREIGN KEY (tenant_id, reverses) REFERENCES bankcore.transactions (tenant_id, id)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX transactions_source_key ON bankcore.transactions (tenant_id, source_type, source_id)
        WHERE source_type IS NOT NULL
    """)
    op.execute("""
        CREATE UNIQUE INDEX transactions_reverses_key ON bankcore.transactions (tenant_id, reverses)
        WHERE reverses IS NOT NULL
    """)
    isolate_tenants("transactions")
    append_only("transactions")


def _entries() -> None:
    op.execute("""
        CREATE TABLE bankcore.entries (
            tenant_id uuid NOT NULL,
            account_id uuid NOT NULL,
            sequence bigint NOT NULL,
            transaction_id uuid NOT NULL,
            amount_minor bigint NOT NULL,
            balance_before_minor bigint NOT NULL,
            balance_after_minor bigint NOT NULL,
            posted_at timestamptz NOT NULL,
            currency text NOT NULL,
            hash bytea NOT NULL,
            CONSTRAINT entries_pkey PRIMARY KEY (tenant_id, account_id, sequence),
            CONSTRAINT entries_amount_check CHECK (amount_minor <> 0),
            CONSTRAINT entries_balance_check
                CHECK (balance_before_minor::numeric + amount_minor = balance_after_minor),
            CONSTRAINT entries_hash_check CHECK (octet_length(hash) = 32)
        )
    """)
    op.execute("CREATE INDEX entries_transaction_idx ON bankcore.entries (tenant_id, transaction_id)")
    isolate_tenants("entries")
    append_only("entries")
    # Posting times grow along an account, so a binary search over its sequence finds an instant without an index of
    # its own on the busiest table.
    op.execute("""
        CREATE FUNCTION bankcore.last_sequence_at(tenant uuid, account uuid, instant timestamptz)
        RETURNS bigint LANGUAGE plpgsql STABLE AS $$
        DECLARE
            low bigint := 0;
            high bigint := (SELECT a.version FROM bankcore.accounts a WHERE a.tenant_id = tenant AND a.id = account);
            middle bigint;
        BEGIN
            WHILE low < high LOOP
                middle := (low + high + 1) / 2;
                IF (SELECT e.posted_at FROM bankcore.entries e
                    WHERE e.tenant_id = tenant AND e.account_id = account AND e.sequence = middle) <= instant THEN
                    low := middle;
                ELSE
                    high := middle - 1;
                END IF;
            END LOOP;
            RETURN low;
        END $$
    """)


def _idempotency_keys() -> None:
    op.execute("""
        CREATE TABLE bankcore.idempotency_keys (
            tenant_id uuid NOT NULL,
            scope text NOT NULL,
            key text NOT NULL,
            expires_at timestamptz NOT NULL,
            fingerprint bytea NOT NULL,
            outcome bytea NOT NULL,
            CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, scope, key),
            CONSTRAINT idempotency_keys_key_check CHECK (length(key) BETWEEN 1 AND 255),
            CONSTRAINT idempotency_keys_fingerprint_check CHECK (octet_length(fingerprint) = 32)
        )
    """)
    # Without the tenant, so that no look-up of a key can ever be planned on this index.
    op.execute("CREATE INDEX idempotency_keys_expires_idx ON bankcore.idempotency_keys (expires_at)")
    isolate_tenants("idempotency_keys")
    forbid("TRUNCATE", "idempotency_keys")
    grant("SELECT, INSERT, UPDATE (expires_at, fingerprint, outcome), DELETE", "idempotency_keys", to=("bankcore_app",))


def _audit_log() -> None:
    op.execute("""
        CREATE TABLE bankcore.audit_log (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            at timestamptz NOT NULL,
            action text NOT NULL,
            outcome text NOT NULL,
            actor_type text NOT NULL,
            actor_id text NOT NULL,
            subject_id uuid,
            account_ids uuid[] NOT NULL,
            request_id text,
            ip_address text,
            user_agent text,
            body bytea NOT NULL,
            CONSTRAINT audit_log_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT audit_log_outcome_check CHECK (outcome IN ('success', 'rejected', 'denied'))
        )
    """)
    isolate_tenants("audit_log")
    # The transaction id is the database's own: a writer that could choose it could hide below the sealer's horizon.
    append_only(
        "audit_log",
        insert="INSERT (tenant_id, id, at, action, outcome, actor_type, actor_id, subject_id, account_ids, request_id,"
        " ip_address, user_agent, body)",
    )


def _rules() -> None:
    """The domain's rules again, as the database's own: set-based, once a statement (see docs/adr/0003).

    Rows of other tables are looked up by scalar subqueries, never joined: a join may be planned as a scan of the whole
    tenant when the planner has not met the tenant yet, a subquery can only be an index look-up.
    """
    op.execute("""
        CREATE FUNCTION bankcore.check_new_entries() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM added GROUP BY tenant_id, transaction_id, currency HAVING sum(amount_minor) <> 0
            ) THEN
                RAISE EXCEPTION 'entries of a transaction do not sum to zero' USING ERRCODE = 'BC001';
            END IF;
            IF EXISTS (
                SELECT FROM (
                    SELECT tenant_id, transaction_id, count(*) AS entries, min(posted_at) AS first, max(posted_at) AS last
                    FROM added GROUP BY tenant_id, transaction_id
                ) n
                WHERE n.first < now()
                OR (
                    SELECT t.posted_at = n.first AND t.posted_at = n.last FROM bankcore.transactions t
                    WHERE t.tenant_id = n.tenant_id AND t.id = n.transaction_id
                ) IS NOT TRUE
                OR (
                    SELECT count(*) = n.entries FROM bankcore.entries e
                    WHERE e.tenant_id = n.tenant_id AND e.transaction_id = n.transaction_id
                ) IS NOT TRUE
            ) THEN
                RAISE EXCEPTION 'entries that are not those of a new transaction' USING ERRCODE = 'BC002';
            END IF;
            IF EXISTS (
                SELECT FROM (
                    SELECT tenant_id, account_id, currency, sequence, balance_before_minor, posted_at,
                           lag(sequence) OVER account_order AS previous_sequence,
                           lag(balance_after_minor) OVER account_order AS previous_balance,
                           lag(posted_at) OVER account_order AS previous_posted_at
                    FROM added WINDOW account_order AS (PARTITION BY tenant_id, account_id ORDER BY sequence)
                ) n
                WHERE (
                    SELECT a.currency = n.currency
                       AND n.sequence = coalesce(n.previous_sequence, a.version) + 1
                       AND n.balance_before_minor = coalesce(n.previous_balance, a.balance_minor)
                       AND CASE WHEN n.previous_sequence IS NULL THEN n.posted_at > coalesce(a.last_posted_at, '-infinity')
                                ELSE n.posted_at >= n.previous_posted_at END
                    FROM bankcore.accounts a WHERE a.tenant_id = n.tenant_id AND a.id = n.account_id
                ) IS NOT TRUE
            ) THEN
                RAISE EXCEPTION 'entries that do not continue their account' USING ERRCODE = 'BC003';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER entries_check AFTER INSERT ON bankcore.entries
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION bankcore.check_new_entries()
    """)
    op.execute("""
        CREATE FUNCTION bankcore.check_balances() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM changed n
                WHERE n.version > 0 AND (
                    SELECT e.balance_after_minor = n.balance_minor AND e.hash = n.head_hash
                       AND e.posted_at = n.last_posted_at
                    FROM bankcore.entries e
                    WHERE e.tenant_id = n.tenant_id AND e.account_id = n.id AND e.sequence = n.version
                ) IS NOT TRUE
                OR n.version = 0 AND (n.balance_minor <> 0 OR n.last_posted_at IS NOT NULL)
            ) THEN
                RAISE EXCEPTION 'a balance that is not that of the last entry' USING ERRCODE = 'BC004';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER accounts_check AFTER UPDATE ON bankcore.accounts
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION bankcore.check_balances()
    """)
    for table, trigger in (("entries", "entries_check"), ("accounts", "accounts_check")):
        op.execute(f"ALTER TABLE bankcore.{table} ENABLE ALWAYS TRIGGER {trigger}")
