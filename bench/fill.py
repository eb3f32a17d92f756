"""Fills a bank with years of valid history in minutes: through COPY, which only a superuser may use on these tables.

The indexes that do not keep names unique are built after the rows, and the checks of new entries are off meanwhile,
because they refuse entries of the past; all in one transaction, so that the tables are never seen without either.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import psycopg
from psycopg import sql

from bankcore.identifiers import TenantId
from bankcore.ledger.transactions import Entry
from bankcore.ledger.verification import Finding, verify_account
from bankcore.money import Currency
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.ledger.queries import SqlLedgerQueries
from bench.fill_history import COLUMNS, History, Row, Rows, Size

CURRENCY: Final = Currency.of("USD")
_PAST: Final = timedelta(days=365)
_ENTRIES_AT_ONCE: Final = 1_000
_SESSION: Final = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL maintenance_work_mem = '256MB';
    ALTER TABLE bankcore.entries DISABLE TRIGGER entries_check;
"""
_CHECKED_AGAIN: Final = "ALTER TABLE bankcore.entries ENABLE ALWAYS TRIGGER entries_check"
_TABLES: Final = ("transactions", "entries", "audit_log", "accounts")
# The keys of transactions and records grow with time, so their indexes cost little; those of entries come in any order.
_INDEXES: Final = """
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition,
           con.conname AS constraint, pg_get_constraintdef(con.oid) AS constraint_definition, i.indrelid::regclass::text
    FROM pg_index AS i LEFT JOIN pg_constraint AS con ON con.conindid = i.indexrelid AND con.contype IN ('p', 'u')
    WHERE i.indrelid = ANY (ARRAY['bankcore.entries', 'bankcore.audit_log', 'bankcore.accounts']::regclass[])
      AND (con.oid IS NULL OR i.indrelid = 'bankcore.entries'::regclass)
    ORDER BY i.indexrelid
"""
_SAMPLE: Final = """
    SELECT id FROM bankcore.accounts WHERE tenant_id = %s AND kind <> 'settlement'
    ORDER BY version DESC, id LIMIT %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A tenant with a history: what the measurements of reading need to know of it."""

    tenant_id: TenantId
    slug: str
    history: History


def fill(
    superuser_url: str, slug: str, size: Size, *, seed: int = 7, on_progress: Callable[[int], None] = lambda _done: None
) -> Filled:
    """Make a tenant of that name with that much history; progress in entries."""
    with psycopg.connect(superuser_url) as connection:
        tenant_id = TenantId(RandomIdentifiers().new_id())
        connection.execute(
            "INSERT INTO bankcore.tenants (id, slug, name, kind) VALUES (%s, %s, %s, 'test')", (tenant_id, slug, slug)
        )
        row = connection.execute("SELECT now()").fetchone()
        assert row is not None  # noqa: S101 - a query without conditions has a row
        history = History(tenant_id, CURRENCY, size, row[0] - _PAST, row[0] - timedelta(hours=1), seed)
        connection.execute(_SESSION)
        with _without_indexes(connection):
            for rows in _ahead(history.chunks()):
                _copy(connection, "transactions", rows.transactions)
                _copy(connection, "entries", rows.entries)
                _copy(connection, "audit_log", rows.audit_log)
                on_progress(len(rows.entries))
            _copy(connection, "accounts", history.account_rows())
        connection.execute(_CHECKED_AGAIN)
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(sql.SQL("VACUUM ANALYZE bankcore.{}").format(sql.Identifier(table)))
    return Filled(tenant_id=tenant_id, slug=slug, history=history)


def verify_sample(app_url: str, superuser_url: str, tenant_id: TenantId, *, accounts: int = 100) -> list[Finding]:
    """What is wrong with the busiest accounts, recomputed from all their entries by the library."""
    with psycopg.connect(superuser_url) as connection:
        ids = [account_id for (account_id,) in connection.execute(_SAMPLE, (tenant_id, accounts))]
    findings: list[Finding] = []
    with Database(app_url, pool_size=1) as database:
        queries = SqlLedgerQueries(OwnTransactions(database, tenant_id))
        for account_id in ids:
            account = queries.get_account(account_id)
            entries: list[Entry] = []
            before = account.version + 1
            while before > 1:
                page = queries.list_entries(account_id, before_sequence=before, limit=_ENTRIES_AT_ONCE)
                entries.extend(page)
                before = page[-1].sequence if page else 1
            findings.extend(verify_account(account, reversed(entries)))
    return findings


def _copy(connection: psycopg.Connection, table: str, rows: Iterable[Row]) -> None:
    names, types = zip(*(column.split() for column in COLUMNS[table].split(", ")), strict=True)
    statement = f"COPY bankcore.{table} ({', '.join(names)}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


@contextmanager
def _without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Drop them, and build them again at the end of the block."""
    found = connection.execute(_INDEXES).fetchall()
    for name, _definition, constraint, _constraint_definition, table in found:
        text = f"DROP INDEX {name}" if constraint is None else f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"
        connection.execute(text.encode())
    yield
    for _name, definition, constraint, constraint_definition, table in found:
        added = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {constraint_definition}"
        connection.execute((definition if constraint is None else added).encode())


def _ahead(chunks: Iterator[Rows]) -> Iterator[Rows]:
    """The chunks; the next one is made by a thread while the server takes in the one before."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, chunks, None)
        while (rows := waiting.result()) is not None:
            waiting = pool.submit(next, chunks, None)
            yield rows
