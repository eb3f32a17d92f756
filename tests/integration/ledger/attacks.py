"""Statements that somebody with a database connection may try against the books."""

from typing import Final, NamedTuple

DENIED: Final = "42501"
DONE: Final = "done"
"""Nothing stops it: prevention ends with who owns the tables, and `bankcore verify` or a witness has to find it."""

_NOTHING_GIVEN: Final = "22012"
_SEALED: Final = (("log_leaves", "hash"), ("checkpoints", "note"))
_EVERYBODY: Final = (DENIED, DENIED, DENIED, DENIED)
_NOT_US: Final = (DENIED, DONE, DENIED, DONE)
_NEW_TRANSACTION: Final = (
    "INSERT INTO bankcore.transactions (tenant_id, id, posted_at, effective_at, kind)"
    " VALUES ('{tenant}', '{new}', {instant}, now(), 'general');"
)
_ENTRY: Final = (
    "('{tenant}', '{account}', {sequence}, '{transaction}', {amount}, {before}, {after}, {instant}, '{currency}',"
    " sha256('x'))"
)


class Attack(NamedTuple):
    """A statement, and how it ends for the application, the owner, the auditor and a superuser, in this order."""

    name: str
    statement: str
    ends: tuple[str, str, str, str]


def _on_history() -> list[Attack]:
    found: list[Attack] = []
    for table, column in (("transactions", "kind"), ("entries", "amount_minor"), ("audit_log", "body"), *_SEALED):
        change = f"SET {column} = t.{column}"
        merge = f"MERGE INTO bankcore.{table} t USING (SELECT 1) s ON true WHEN MATCHED THEN"
        statements = {
            "update": f"UPDATE bankcore.{table} t {change}",
            "update of no row": f"UPDATE bankcore.{table} t {change} WHERE false",
            "delete": f"DELETE FROM bankcore.{table}",
            "delete of no row": f"DELETE FROM bankcore.{table} WHERE false",
            "truncate": f"TRUNCATE bankcore.{table}",
            "truncate cascade": f"TRUNCATE bankcore.{table} CASCADE",
            "upsert": f"INSERT INTO bankcore.{table} AS t SELECT * FROM bankcore.{table} ON CONFLICT ON CONSTRAINT"
            f" {table}_pkey DO UPDATE {change}",
            "merge update": f"{merge} UPDATE {change}",
            "merge delete": f"{merge} DELETE",
            "update in a query": f"WITH u AS (UPDATE bankcore.{table} t {change} RETURNING 1) SELECT count(*) FROM u",
            "delete as a replica": f"SET session_replication_role = replica; DELETE FROM bankcore.{table}",
            "truncate as a replica": f"SET session_replication_role = replica; TRUNCATE bankcore.{table}",
        }
        found += [Attack(f"{table}: {name}", statement, _EVERYBODY) for name, statement in statements.items()]
    return found


def _entries(*lines: tuple[str, str, str, str, str], first: str = "", **common: str) -> str:
    """Insert these (account, sequence, amount, before, after), by default into a new transaction of this instant."""
    words = {"transaction": "{new}", "instant": "now()", "currency": "NPR", **common}
    rows = [
        _ENTRY.format(
            tenant="{tenant}", account=account, sequence=sequence, amount=amount, before=before, after=after, **words
        )
        for account, sequence, amount, before, after in lines
    ]
    opening = first or _NEW_TRANSACTION.replace("{instant}", words["instant"])
    return f"{opening} INSERT INTO bankcore.entries VALUES {', '.join(rows)}"


# Alice has 100.00 after one entry, Bob nothing; both in rupees, neither below zero.
_DEBIT: Final = ("{alice}", "2", "-1", "10000", "9999")
_CREDIT: Final = ("{bob}", "1", "1", "0", "1")
_OLD: Final = "SELECT 1;"
_BALANCES: Final = (
    "; UPDATE bankcore.accounts a SET balance_minor = e.balance_after_minor, version = e.sequence, head_hash = e.hash,"
    " last_posted_at = e.posted_at FROM bankcore.entries e WHERE e.account_id = a.id AND e.transaction_id = '{new}'"
)


def _refused(sqlstate: str) -> tuple[str, str, str, str]:
    """The same rule for everybody who may insert at all."""
    return (sqlstate, sqlstate, DENIED, sqlstate)


def _on_transactions_of_entries() -> list[Attack]:
    return [
        Attack("entries: a sound pair", _entries(_DEBIT, _CREDIT) + _BALANCES, (DONE, DONE, DENIED, DONE)),
        Attack("entries: one side only", _entries(_DEBIT), _refused("BC001")),
        Attack("entries: unbalanced", _entries(_DEBIT, ("{bob}", "1", "2", "0", "2")), _refused("BC001")),
        Attack("entries: unknown transaction", _entries(_DEBIT, _CREDIT, first=_OLD), _refused("BC002")),
        Attack(
            "entries: more for an old transaction",
            _entries(_DEBIT, _CREDIT, first=_OLD, transaction="{old}", instant="'{old_instant}'"),
            _refused("BC002"),
        ),
        Attack(
            "entries: more for an old transaction, on accounts that were idle since",
            _entries(
                ("{carol}", "1", "-1", "0", "-1"),
                _CREDIT,
                first=_OLD,
                transaction="{old}",
                instant="'{old_instant}'",
            ),
            _refused("BC002"),
        ),
        Attack(
            "entries: another instant than their transaction's",
            _entries(_DEBIT, _CREDIT, first=_NEW_TRANSACTION.replace("{instant}", "now() - interval '1 hour'")),
            _refused("BC002"),
        ),
        Attack(
            "entries: back-dated", _entries(_DEBIT, _CREDIT, instant="(now() - interval '1 day')"), _refused("BC002")
        ),
        Attack(
            "entries: earlier than the account's last",
            _entries(_DEBIT, _CREDIT, instant="(now() + interval '4 minutes')")
            + _BALANCES
            + "; "
            + _entries(
                ("{alice}", "3", "-1", "9999", "9998"), ("{bob}", "2", "1", "1", "2"), transaction="{newer}"
            ).replace("'{new}'", "'{newer}'"),
            _refused("BC003"),
        ),
        Attack(
            "entries: a second set for a transaction that has its own",
            _entries(_DEBIT, _CREDIT)
            + _BALANCES
            + "; "
            + _entries(("{alice}", "3", "-1", "9999", "9998"), ("{bob}", "2", "1", "1", "2"), first=_OLD),
            _refused("BC002"),
        ),
    ]


def _on_accounts_of_entries() -> list[Attack]:
    return [
        Attack("entries: gap", _entries(("{alice}", "3", "-1", "10000", "9999"), _CREDIT), _refused("BC003")),
        Attack(
            "entries: sequence taken", _entries(("{alice}", "1", "-1", "10000", "9999"), _CREDIT), _refused("23505")
        ),
        Attack("entries: wrong start", _entries(("{alice}", "2", "-1", "9999", "9998"), _CREDIT), _refused("BC003")),
        Attack("entries: wrong end", _entries(("{alice}", "2", "-1", "10000", "9998"), _CREDIT), _refused("23514")),
        Attack("entries: nothing moves", _entries(("{alice}", "2", "0", "10000", "10000")), _refused("23514")),
        Attack("entries: other currency", _entries(_DEBIT, _CREDIT, currency="USD"), _refused("BC003")),
        Attack("entries: unknown account", _entries(_DEBIT, ("{new}", "1", "1", "0", "1")), _refused("BC003")),
        Attack(
            "entries: below the floor",
            _entries(("{alice}", "2", "-10001", "10000", "-1"), ("{bob}", "1", "10001", "0", "10001")) + _BALANCES,
            _refused("23514"),
        ),
        # The account then stands still, as its next entry is taken, and verification names it.
        Attack("entries: balances left behind", _entries(_DEBIT, _CREDIT), (DONE, DONE, DENIED, DONE)),
        Attack(
            "entries: of another tenant",
            _entries(_DEBIT, _CREDIT).replace("'{tenant}'", "'{other_tenant}'"),
            (DENIED, DENIED, DENIED, "BC003"),
        ),
    ]


def _on_accounts() -> list[Attack]:
    alice = "WHERE id = '{alice}'"
    return [
        *(
            Attack(
                f"accounts: set {column} = {value}", f"UPDATE bankcore.accounts SET {column} = {value} {alice}", ends
            )
            for column, value, ends in (
                ("balance_minor", "balance_minor + 1", _refused("BC004")),
                ("version", "version + 1", _refused("BC004")),
                ("version", "0", _refused("BC004")),
                ("head_hash", "sha256('x')", _refused("BC004")),
                ("last_posted_at", "last_posted_at - interval '1 day'", _refused("BC004")),
                ("last_posted_at", "NULL", _refused("BC004")),
                ("held_minor", "balance_minor + 1", _refused("23514")),
                ("held_minor", "-1", _refused("23514")),
                ("floor_minor", "-100", _NOT_US),
                ("currency", "'USD'", _NOT_US),
                ("owner_id", "'mallory'", _NOT_US),
                ("number", "'1'", _NOT_US),
                ("kind", "'fee'", _NOT_US),
                ("created_at", "now()", _NOT_US),
                ("id", "'{new}'", (DENIED, "BC004", DENIED, "BC004")),
                ("status", "'closed'", (DONE, DONE, DENIED, DONE)),
            )
        ),
        Attack("accounts: delete", "DELETE FROM bankcore.accounts", _EVERYBODY),
        Attack("accounts: truncate", "TRUNCATE bankcore.accounts", _EVERYBODY),
        Attack("accounts: truncate cascade", "TRUNCATE bankcore.tenants CASCADE", _EVERYBODY),
        Attack(
            "accounts: open with money",
            "INSERT INTO bankcore.accounts (tenant_id, id, balance_minor, created_at, currency, kind, number, owner_id)"
            " VALUES ('{tenant}', '{new}', 100, now(), 'NPR', 'customer', '1', 'mallory')",
            _NOT_US,
        ),
        Attack(
            "accounts: balance as a replica",
            f"SET session_replication_role = replica; UPDATE bankcore.accounts SET balance_minor = 0 {alice}",
            (DENIED, DENIED, DENIED, "BC004"),
        ),
    ]


def _on_the_rest() -> list[Attack]:
    return [
        Attack(
            "audit_log: own transaction id",
            "INSERT INTO bankcore.audit_log (tenant_id, id, xid, at, action, outcome, actor_type, actor_id,"
            " account_ids, body) VALUES ('{tenant}', '{new}', '3', now(), 'x', 'success', 'x', 'x', '{{}}', 'x')",
            _NOT_US,
        ),
        Attack("idempotency_keys: truncate", "TRUNCATE bankcore.idempotency_keys", _EVERYBODY),
        Attack("idempotency_keys: rename", "UPDATE bankcore.idempotency_keys SET key = 'x'", _NOT_US),
        # The application stores answers and the reaper removes them; that a key counts once is the sources' business.
        Attack("idempotency_keys: forget", "DELETE FROM bankcore.idempotency_keys", (DONE, DONE, DENIED, DONE)),
        Attack("idempotency_keys: look", "SELECT * FROM bankcore.idempotency_keys", (DONE, DONE, DENIED, DONE)),
        Attack("tenants: rename", "UPDATE bankcore.tenants SET slug = 'x' WHERE slug = 'main'", _NOT_US),
        Attack("tenants: delete", "DELETE FROM bankcore.tenants", (DENIED, "23503", DENIED, "23503")),
        Attack("currencies: other decimals", "UPDATE bankcore.currencies SET exponent = 0", _NOT_US),
        Attack("currencies: new", "INSERT INTO bankcore.currencies VALUES ('XXZ', 2, 'x')", _NOT_US),
        Attack("role: become the owner", "SET ROLE bankcore_owner", (DENIED, DONE, DENIED, DONE)),
        Attack("role: become a superuser", "SET ROLE postgres", (DENIED, DENIED, DENIED, DONE)),
        Attack("role: raise oneself", "ALTER ROLE bankcore_app BYPASSRLS", (DENIED, DENIED, DENIED, DONE)),
        # The tenant is a fence against mistakes of the program, not against whoever writes its SQL.
        Attack(
            "tenant: choose another",
            "SELECT set_config('bankcore.tenant_id', '{other_tenant}', true); SELECT * FROM bankcore.accounts",
            (DONE, DONE, DONE, DONE),
        ),
        Attack(
            "tenant: switch security off",
            "SET LOCAL row_security = off; SELECT * FROM bankcore.accounts",
            (DENIED, DENIED, DENIED, DONE),
        ),
        Attack("files: read", "SELECT pg_read_file('PG_VERSION')", (DENIED, DENIED, DENIED, DONE)),
        Attack("files: run", "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'", (DENIED, DENIED, DENIED, DONE)),
    ]


def _on_the_schema() -> list[Attack]:
    entries = "ALTER TABLE bankcore.entries"
    statements = {
        "disable the trigger": f"{entries} DISABLE TRIGGER entries_append_only",
        "drop the trigger": "DROP TRIGGER entries_append_only ON bankcore.entries",
        "empty the trigger": "CREATE OR REPLACE FUNCTION bankcore.refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NULL; END'",
        "rewrite a column": f"{entries} ALTER COLUMN hash TYPE bytea USING sha256(hash)",
        "drop a rule": f"{entries} DROP CONSTRAINT entries_balance_check",
        "drop a column": f"{entries} DROP COLUMN hash",
        "rename the table": f"{entries} RENAME TO old_entries",
        "drop the table": "DROP TABLE bankcore.entries",
        "add a rewrite rule": "CREATE RULE r AS ON INSERT TO bankcore.entries DO INSTEAD NOTHING",
        "drop the policy": "DROP POLICY tenant_isolation ON bankcore.entries",
        "let the owner pass": f"{entries} NO FORCE ROW LEVEL SECURITY",
        "add a table": "CREATE TABLE bankcore.mine ()",
        "add a trigger": "CREATE TRIGGER t AFTER INSERT ON bankcore.entries EXECUTE FUNCTION bankcore.refuse_change()",
    }
    # Whoever may not give is only warned, and gives nothing.
    gift = (
        "GRANT ALL ON bankcore.entries TO bankcore_app;"
        " SELECT 1 / has_table_privilege('bankcore_app', 'bankcore.entries', 'DELETE')::int"
    )
    return [
        *(Attack(f"schema: {name}", statement, _NOT_US) for name, statement in statements.items()),
        Attack("schema: give rights away", gift, (_NOTHING_GIVEN, DONE, _NOTHING_GIVEN, DONE)),
    ]


ATTACKS: Final = [
    *_on_history(),
    *_on_transactions_of_entries(),
    *_on_accounts_of_entries(),
    *_on_accounts(),
    *_on_the_rest(),
    *_on_the_schema(),
]
