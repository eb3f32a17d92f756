"""What must hold of the books, asked of the tables themselves and, for the chains, of the core."""

from itertools import groupby
from typing import Final

from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import GENESIS_HASH
from bankcore.ledger.chain import follows
from bankcore.ledger.transactions import Entry
from bankcore.money import CURRENCIES
from tests.worlds.sql_bank import ScratchDatabase, SqlBank

_WRONG: Final = {
    "transactions that do not sum to zero": """
        SELECT tenant_id, transaction_id, currency FROM bankcore.entries
        GROUP BY tenant_id, transaction_id, currency HAVING sum(amount_minor) <> 0""",
    "currencies whose balances do not sum to zero": """
        SELECT tenant_id, currency FROM bankcore.accounts
        GROUP BY tenant_id, currency HAVING sum(balance_minor) <> 0""",
    "transactions without entries": """
        SELECT t.id FROM bankcore.transactions t
        WHERE NOT EXISTS (SELECT FROM bankcore.entries e
                          WHERE (e.tenant_id, e.transaction_id) = (t.tenant_id, t.id))""",
    "entries without a transaction": """
        SELECT e.account_id, e.sequence FROM bankcore.entries e
        WHERE NOT EXISTS (SELECT FROM bankcore.transactions t
                          WHERE (t.tenant_id, t.id, t.posted_at) = (e.tenant_id, e.transaction_id, e.posted_at))""",
    "entries that do not continue the one before": """
        SELECT account_id, sequence FROM (
            SELECT *, row_number() OVER w AS place, lag(balance_after_minor, 1, 0::bigint) OVER w AS left_by_last,
                   lag(posted_at) OVER w AS earlier, lag(transaction_id) OVER w AS last_transaction
            FROM bankcore.entries WINDOW w AS (PARTITION BY tenant_id, account_id ORDER BY sequence)) e
        WHERE sequence <> place OR balance_before_minor <> left_by_last
           OR (posted_at, transaction_id) < (earlier, last_transaction)""",
    "accounts that do not stand where their entries left them": """
        SELECT a.id FROM bankcore.accounts a
        LEFT JOIN (SELECT tenant_id, account_id, count(*) AS count, sum(amount_minor) AS sum, max(posted_at) AS last
                   FROM bankcore.entries GROUP BY tenant_id, account_id) e
               ON (e.tenant_id, e.account_id) = (a.tenant_id, a.id)
        WHERE a.version <> coalesce(e.count, 0) OR a.balance_minor <> coalesce(e.sum, 0)
           OR a.last_posted_at IS DISTINCT FROM e.last""",
    "accounts below their floor": """
        SELECT id FROM bankcore.accounts WHERE balance_minor - held_minor < floor_minor""",
    "posted transactions without their audit record": """
        SELECT t.id FROM bankcore.transactions t
        LEFT JOIN bankcore.audit_log l
               ON (l.tenant_id, l.subject_id, l.action) = (t.tenant_id, t.id, 'transaction.posted')
        GROUP BY t.tenant_id, t.id HAVING count(l.id) <> 1""",
}


def require_sound(bank: SqlBank) -> None:
    """Nothing, if every rule of the books holds for every tenant, and every chain of this one."""
    bank.scratch.execute("ANALYZE")
    for rule, statement in _WRONG.items():
        assert bank.scratch.rows(statement) == [], rule
    require_chains(bank.scratch)


def require_chains(scratch: ScratchDatabase) -> None:
    """Nothing, if every entry's hash follows from the one before, and every account's head is its last entry's."""
    rows = scratch.rows("""
        SELECT tenant_id, account_id, sequence, transaction_id, currency, amount_minor, balance_before_minor,
               balance_after_minor, posted_at, hash FROM bankcore.entries ORDER BY tenant_id, account_id, sequence""")
    accounts = scratch.rows("SELECT tenant_id, id, head_hash FROM bankcore.accounts")
    heads = {(tenant_id, account_id): head for tenant_id, account_id, head in accounts}
    for (tenant_id, account_id), entries in groupby(rows, lambda row: row[:2]):
        head = GENESIS_HASH
        for row in entries:
            entry = Entry(AccountId(account_id), row[2], row[3], CURRENCIES[str(row[4])], *row[5:])  # type: ignore[arg-type]
            assert follows(head, tenant_id, entry), entry
            head = entry.hash
        assert heads.pop((tenant_id, account_id)) == head
    assert set(heads.values()) <= {GENESIS_HASH}
