"""Verifies a tenant's books: every account recomputed from its entries, every transaction summed."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from bankcore.identifiers import TenantId
from bankcore.ledger.transactions import Entry
from bankcore.ledger.verification import Finding, verify_account
from bankcore_infra.db.session import lift_time_limit
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.ledger.outside import UNMET, UNMET_ASSERTIONS
from bankcore_infra.ledger.reading import account_of, entry_of

_STREAMED: Final = {"stream_results": True, "max_row_buffer": 2_000}
_COUNTS: Final = text("""
    SELECT (SELECT count(*) FROM bankcore.accounts WHERE tenant_id = :tenant) AS accounts,
           (SELECT count(*) FROM bankcore.transactions WHERE tenant_id = :tenant) AS transactions,
           (SELECT count(*) FROM bankcore.entries WHERE tenant_id = :tenant) AS entries
""")
_ACCOUNTS_WITH_ENTRIES: Final = text("""
    SELECT a.tenant_id, a.id, a.number, a.owner_id, a.name, a.currency, a.kind, a.status,
           a.balance_minor, a.held_minor, a.floor_minor, a.version, a.head_hash, a.created_at,
           e.account_id, e.sequence, e.transaction_id, e.currency AS entry_currency, e.amount_minor,
           e.balance_before_minor, e.balance_after_minor, e.posted_at, e.hash
    FROM bankcore.accounts AS a
    LEFT JOIN bankcore.entries AS e ON e.tenant_id = a.tenant_id AND e.account_id = a.id
    WHERE a.tenant_id = :tenant
    ORDER BY a.tenant_id, a.id, e.sequence
""")
_CONTRADICTIONS: Final = {
    "its entries in {0} sum to {1} minor units, not to zero": """
        SELECT 'transaction ' || transaction_id, currency, sum(amount_minor)::text FROM bankcore.entries
        WHERE tenant_id = :tenant GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0 LIMIT 1000
    """,
    "says that {0} minor units moved, its entries say {1}": """
        SELECT 'transaction ' || t.id, t.amount_minor::text, e.moved::text FROM bankcore.transactions AS t
        CROSS JOIN LATERAL (
            SELECT sum(amount_minor) AS moved FROM bankcore.entries AS e
            WHERE e.tenant_id = t.tenant_id AND e.transaction_id = t.id AND e.amount_minor > 0
        ) AS e
        WHERE t.tenant_id = :tenant AND t.amount_minor <> e.moved LIMIT 1000
    """,
    "was reversed by {0} minor units, and moved {1}": """
        SELECT 'transaction ' || t.id, r.undone::text, t.amount_minor::text FROM bankcore.transactions AS t
        JOIN (
            SELECT reverses, sum(amount_minor) AS undone, count(*) AS times FROM bankcore.transactions
            WHERE tenant_id = :tenant AND reverses IS NOT NULL GROUP BY reverses
        ) AS r ON r.reverses = t.id
        WHERE t.tenant_id = :tenant AND (r.undone > t.amount_minor OR t.amount_minor IS NULL AND r.times > 1) LIMIT 1000
    """,
    "has no entries": """
        SELECT 'transaction ' || id FROM bankcore.transactions AS t WHERE tenant_id = :tenant AND NOT EXISTS (
            SELECT FROM bankcore.entries AS e WHERE e.tenant_id = t.tenant_id AND e.transaction_id = t.id) LIMIT 1000
    """,
    "belongs to transaction {0}, which is not there": """
        SELECT 'account ' || account_id || ' entry ' || sequence, transaction_id::text FROM bankcore.entries AS e
        WHERE tenant_id = :tenant AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            WHERE t.tenant_id = e.tenant_id AND t.id = e.transaction_id) LIMIT 1000
    """,
    "has entries, and is not there": """
        SELECT DISTINCT 'account ' || account_id FROM bankcore.entries AS e WHERE tenant_id = :tenant AND NOT EXISTS (
            SELECT FROM bankcore.accounts AS a WHERE a.tenant_id = e.tenant_id AND a.id = e.account_id) LIMIT 1000
    """,
    "holds {0} minor units, its open holds keep {1}": """
        SELECT 'account ' || a.id, a.held_minor::text, coalesce(h.kept, 0)::text FROM bankcore.accounts AS a
        LEFT JOIN (
            SELECT account_id, sum(amount_minor - captured_minor) AS kept FROM bankcore.holds
            WHERE tenant_id = :tenant AND status = 'open' GROUP BY account_id
        ) AS h ON h.account_id = a.id
        WHERE a.tenant_id = :tenant AND a.held_minor <> coalesce(h.kept, 0) LIMIT 1000
    """,
    "expires at {0}, before its account looks for it": """
        SELECT 'hold ' || h.id, h.expires_at::text FROM bankcore.holds AS h
        JOIN bankcore.accounts AS a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
        WHERE h.tenant_id = :tenant AND h.status = 'open' AND (a.held_until <= h.expires_at) IS NOT TRUE LIMIT 1000
    """,
    UNMET: UNMET_ASSERTIONS,
    "all balances sum to {0} minor units, not to zero": """
        SELECT 'currency ' || currency, sum(balance_minor)::text FROM bankcore.accounts WHERE tenant_id = :tenant
        GROUP BY currency HAVING sum(balance_minor) <> 0
    """,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """What was looked at, and what was wrong with it."""

    accounts: int
    transactions: int
    entries: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing contradicts itself."""
        return not self.findings


def verify_books(
    connection: Connection, tenant_id: TenantId, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None
) -> VerificationReport:
    """Verify the tenant's books as they are in one snapshot, while others go on posting; entries are streamed.

    The connection should belong to the auditor role. `on_progress` is called with entries done and in total.
    """
    connection = connection.execution_options(isolation_level="REPEATABLE READ")
    with connection.begin():
        lift_time_limit(connection)
        connection = TenantConnection(connection, tenant_id).sql
        counts = connection.execute(_COUNTS, {"tenant": tenant_id}).one()
        findings = [
            *_verify_accounts(connection, tenant_id, lambda done: on_progress(done, counts.entries)),
            *_find_contradictions(connection, tenant_id),
        ]
    return VerificationReport(
        accounts=counts.accounts, transactions=counts.transactions, entries=counts.entries, findings=tuple(findings)
    )


def _verify_accounts(
    connection: Connection, tenant_id: TenantId, on_progress: Callable[[int], None]
) -> Iterator[Finding]:
    rows = connection.execute(_ACCOUNTS_WITH_ENTRIES, {"tenant": tenant_id}, execution_options=_STREAMED)
    done = 0
    for _account_id, account_rows in groupby(rows, key=attrgetter("id")):
        done += yield from _verify_rows(account_rows)
        on_progress(done)


def _verify_rows(rows: Iterator[Row[Any]]) -> Generator[Finding, None, int]:
    """Verify the account in these rows, one for each of its entries; returns how many entries it counts."""
    first = next(rows)
    try:
        yield from verify_account(account_of(first), _entries_of(first, rows))
    except (ValueError, KeyError):
        # A kind, status or currency that none of ours is; the rows that were not looked at go with it.
        yield Finding(f"account {first.id}", "it or one of its entries holds a word that no account has")
    return int(first.version)


def _entries_of(first: Row[Any], others: Iterator[Row[Any]]) -> Iterator[Entry]:
    if first.sequence is not None:
        yield entry_of(first)
    for row in others:
        yield entry_of(row)


def _find_contradictions(connection: Connection, tenant_id: TenantId) -> Iterator[Finding]:
    for problem, statement in _CONTRADICTIONS.items():
        for place, *facts in connection.execute(text(statement), {"tenant": tenant_id}):
            yield Finding(place, problem.format(*facts))
