"""What is dated ahead of the clock holds nobody up: time on an account may begin anew, and reading by time follows.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

from bankcore_infra.db.ddl import append_only, isolate_tenants

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# How far ahead of the clock the last entry of an account may be and still be followed; see docs/adr/0034.
_LEAD_MAX = "interval '5 minutes'"
_CONTINUES = """
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
           AND CASE WHEN n.previous_sequence IS NULL
                    THEN n.posted_at > coalesce(a.last_posted_at, '-infinity') {or_anew}
                    ELSE n.posted_at >= n.previous_posted_at END
        FROM bankcore.accounts a WHERE a.tenant_id = n.tenant_id AND a.id = n.account_id
    ) IS NOT TRUE
"""
# What a datetime of the application cannot say, it could never read again either.
_READABLE = ">= '0001-01-01 00:00:00+00' AND {0} < '10000-01-01 00:00:00+00'"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE bankcore.time_breaks (
            tenant_id uuid NOT NULL,
            account_id uuid NOT NULL,
            sequence bigint NOT NULL,
            CONSTRAINT time_breaks_pkey PRIMARY KEY (tenant_id, account_id, sequence)
        )
    """)
    isolate_tenants("time_breaks")
    append_only("time_breaks")
    op.execute(_check_new_entries())
    op.execute(_last_sequence_at())


def downgrade() -> None:
    op.execute(_check_new_entries_before())
    op.execute(_last_sequence_at_before())
    op.execute("DROP TABLE bankcore.time_breaks")


def _check_new_entries() -> str:
    effective = "t.effective_at " + _READABLE.format("t.effective_at")
    # Where time began anew is looked for only if an entry does not follow the one before it, which is never but then.
    continuing = f"""
            IF EXISTS ({_CONTINUES.format(or_anew="")}) THEN
                IF EXISTS ({_CONTINUES.format(or_anew=f"OR a.last_posted_at > now() + {_LEAD_MAX}")}) THEN
                    RAISE EXCEPTION 'entries that do not continue their account' USING ERRCODE = 'BC003';
                END IF;
                INSERT INTO bankcore.time_breaks (tenant_id, account_id, sequence)
                SELECT n.tenant_id, n.account_id, n.sequence FROM added n
                WHERE (
                    SELECT n.sequence = a.version + 1 AND n.posted_at <= a.last_posted_at
                    FROM bankcore.accounts a WHERE a.tenant_id = n.tenant_id AND a.id = n.account_id);
            END IF;
    """  # noqa: S608 - made of constants
    return _trigger(
        bounds="n.first < now() OR n.last >= '10000-01-01 00:00:00+00'",
        effective=f"AND {effective}",
        continuing=continuing,
    )


def _check_new_entries_before() -> str:
    continuing = f"""
            IF EXISTS ({_CONTINUES.format(or_anew="")}) THEN
                RAISE EXCEPTION 'entries that do not continue their account' USING ERRCODE = 'BC003';
            END IF;
    """
    return _trigger(bounds="n.first < now()", effective="", continuing=continuing)


def _trigger(*, bounds: str, effective: str, continuing: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION bankcore.check_new_entries() RETURNS trigger LANGUAGE plpgsql AS $$
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
                WHERE {bounds}
                OR (
                    SELECT t.posted_at = n.first AND t.posted_at = n.last {effective}
                    FROM bankcore.transactions t
                    WHERE t.tenant_id = n.tenant_id AND t.id = n.transaction_id
                ) IS NOT TRUE
                OR (
                    SELECT count(*) = n.entries FROM bankcore.entries e
                    WHERE e.tenant_id = n.tenant_id AND e.transaction_id = n.transaction_id
                ) IS NOT TRUE
            ) THEN
                RAISE EXCEPTION 'entries that are not those of a new transaction' USING ERRCODE = 'BC002';
            END IF;
            {continuing}
            RETURN NULL;
        END $$
    """  # noqa: S608 - made of constants


def _last_sequence_at() -> str:
    # Between two breaks posting times grow, so a binary search finds an instant there; the latest such part that has
    # an entry by then has the answer. An account ahead of the clock was posted to before now, whatever its entries say.
    return """
        CREATE OR REPLACE FUNCTION bankcore.last_sequence_at(tenant uuid, account uuid, instant timestamptz)
        RETURNS bigint LANGUAGE plpgsql STABLE AS $$
        DECLARE
            high bigint;
            last timestamptz;
            first bigint;
            low bigint;
            middle bigint;
        BEGIN
            SELECT a.version, a.last_posted_at INTO high, last
            FROM bankcore.accounts a WHERE a.tenant_id = tenant AND a.id = account;
            IF last > clock_timestamp() + interval '1 second' AND instant >= now() - interval '1 minute' THEN
                RETURN high;
            END IF;
            LOOP
                first := coalesce((
                    SELECT b.sequence FROM bankcore.time_breaks b
                    WHERE b.tenant_id = tenant AND b.account_id = account AND b.sequence <= high
                    ORDER BY b.sequence DESC LIMIT 1), 1);
                low := first - 1;
                WHILE low < high LOOP
                    middle := (low + high + 1) / 2;
                    IF (SELECT e.posted_at FROM bankcore.entries e
                        WHERE e.tenant_id = tenant AND e.account_id = account AND e.sequence = middle) <= instant THEN
                        low := middle;
                    ELSE
                        high := middle - 1;
                    END IF;
                END LOOP;
                IF low >= first OR first = 1 THEN
                    RETURN low;
                END IF;
            END LOOP;
        END $$
    """


def _last_sequence_at_before() -> str:
    return """
        CREATE OR REPLACE FUNCTION bankcore.last_sequence_at(tenant uuid, account uuid, instant timestamptz)
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
    """
