"""Holds: funds that are set aside on an account, and what the account has to know of them.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a default, so that no row is written again; the release of before leaves both as they are.
    op.execute("ALTER TABLE bankcore.accounts ADD COLUMN held_at timestamptz")
    op.execute("ALTER TABLE bankcore.accounts ADD COLUMN held_until timestamptz")
    grant("UPDATE (held_at, held_until)", "accounts", to=("bankcore_app",))
    op.execute("""
        CREATE TABLE bankcore.holds (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            account_id uuid NOT NULL,
            amount_minor bigint NOT NULL,
            captured_minor bigint NOT NULL,
            version bigint NOT NULL,
            placed_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            by_holder boolean NOT NULL,
            currency text NOT NULL,
            status text NOT NULL,
            reference text,
            CONSTRAINT holds_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT holds_amount_check CHECK (amount_minor > 0 AND captured_minor BETWEEN 0 AND amount_minor),
            CONSTRAINT holds_version_check CHECK (version > 0),
            CONSTRAINT holds_status_check CHECK (status IN ('open', 'captured', 'voided', 'expired')),
            CONSTRAINT holds_open_check CHECK (status <> 'open' OR captured_minor < amount_minor)
        ) WITH (fillfactor = 80)
    """)
    op.execute("""
        CREATE INDEX holds_open_idx ON bankcore.holds (tenant_id, account_id, expires_at) WHERE status = 'open'
    """)
    op.execute("CREATE INDEX holds_account_idx ON bankcore.holds (tenant_id, account_id, id)")
    isolate_tenants("holds")
    forbid("DELETE OR TRUNCATE", "holds")
    grant(
        "SELECT, INSERT, UPDATE (captured_minor, version, expires_at, status)",
        "holds",
        to=("bankcore_app",),
    )
    grant("SELECT", "holds", to=("bankcore_auditor",))
    _rules()


def downgrade() -> None:
    op.execute("DROP TABLE bankcore.holds")
    op.execute("DROP FUNCTION bankcore.check_held")
    op.execute("DROP FUNCTION bankcore.check_hold_phases")
    op.execute("ALTER TABLE bankcore.accounts DROP COLUMN held_at, DROP COLUMN held_until")


def _rules() -> None:
    # Whoever writes a hold has written its account before, in the same transaction and under its lock.
    op.execute("""
        CREATE FUNCTION bankcore.check_held() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM (SELECT DISTINCT tenant_id, account_id, currency FROM changed) AS n
                WHERE (
                    SELECT a.currency = n.currency AND a.held_minor = coalesce((
                        SELECT sum(h.amount_minor - h.captured_minor) FROM bankcore.holds AS h
                        WHERE h.tenant_id = n.tenant_id AND h.account_id = n.account_id AND h.status = 'open'), 0)
                    FROM bankcore.accounts AS a WHERE a.tenant_id = n.tenant_id AND a.id = n.account_id
                ) IS NOT TRUE
            ) THEN
                RAISE EXCEPTION 'an account that does not hold what its open holds keep' USING ERRCODE = 'BC005';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE FUNCTION bankcore.check_hold_phases() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM changed AS n JOIN before AS b ON b.tenant_id = n.tenant_id AND b.id = n.id
                WHERE b.status <> 'open' OR n.version <= b.version OR n.captured_minor < b.captured_minor
            ) THEN
                RAISE EXCEPTION 'a hold that does not follow from what it was' USING ERRCODE = 'BC006';
            END IF;
            RETURN NULL;
        END $$
    """)
    for name, moment, tables, function in (
        ("holds_placed_check", "INSERT", "NEW TABLE AS changed", "check_held"),
        ("holds_held_check", "UPDATE", "NEW TABLE AS changed", "check_held"),
        ("holds_phases_check", "UPDATE", "OLD TABLE AS before NEW TABLE AS changed", "check_hold_phases"),
    ):
        op.execute(f"""
            CREATE TRIGGER {name} AFTER {moment} ON bankcore.holds
            REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION bankcore.{function}()
        """)
        op.execute(f"ALTER TABLE bankcore.holds ENABLE ALWAYS TRIGGER {name}")
