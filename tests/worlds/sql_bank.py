"""Real PostgreSQL for the tests: a server, a migrated template on it, and a clone of that for each test."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from uuid import UUID

import psycopg
from psycopg import sql

from bankcore.idempotency.keys import KEY_LIFETIME
from bankcore.identifiers import TenantId
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.accounts import Account
from bankcore.ledger.service import LedgerService
from bankcore.money import Money
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_infra.audit.recording.listener import AuditListener
from bankcore_infra.db.caller_transaction import CallerTransaction
from bankcore_infra.db.engine import Database
from bankcore_infra.db.lent import CallersConnection
from bankcore_infra.db.migrate import upgrade
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.embedded import scratch_postgres
from bankcore_infra.embedded.postgres import PostgresServer
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.ledger.queries import SqlLedgerQueries
from bankcore_infra.ledger.unit import SqlUnitsOfWork
from bankcore_infra.signals import LedgerSignals
from bankcore_infra.tenancy.directory import insert_tenant
from bankcore_infra.units import UnitParts

SUPERUSER: Final = "postgres"
APP: Final = "bankcore_app"
# A test that kills processes keeps what the kernel was given; only a power cut would tell the difference.
QUICK: Final = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_wal_size": "256MB"}
_ROOM_BYTES: Final = 8 * 1024**3
_TEMPLATE: Final = "template_bank"


def folder_in_memory() -> Path | None:
    """Where files never reach a disk, if there is room: a database is a thousand files, and each test has its own."""
    folder = Path("/dev/shm")
    is_there = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return folder if is_there and shutil.disk_usage(folder).free >= _ROOM_BYTES else None


class ScratchDatabase:
    """An empty, migrated database that lasts as long as the test."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        self.server = server
        self.name = name

    def url(self, role: str = APP) -> str:
        """Where it is, for that role."""
        return self.server.dsn(role, self.name)

    @contextmanager
    def connection(self, role: str = SUPERUSER) -> Iterator[psycopg.Connection]:
        """A connection as that role on which each statement commits by itself."""
        with psycopg.connect(self.url(role), autocommit=True) as connection:
            yield connection

    def scalar(self, statement: str, *parameters: object) -> object:
        """The one value of a query, asked by the superuser, whom row level security does not bind."""
        row = self.row(statement, *parameters)
        return row[0]

    def row(self, statement: str, *parameters: object) -> tuple[object, ...]:
        """The one row of a query, asked by the superuser."""
        (row,) = self.rows(statement, *parameters)
        return row

    def rows(self, statement: str, *parameters: object) -> Sequence[tuple[object, ...]]:
        """The rows of a query, asked by the superuser."""
        with self.connection() as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def execute(self, statement: str, *parameters: object) -> None:
        """Run a statement as the superuser."""
        with self.connection() as connection:
            connection.execute(statement.encode(), parameters)


class ScratchCluster:
    """A PostgreSQL server with a template of the bank."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._clones = 0
        # Kept from clone to clone, because two new connections cost as much as half a clone.
        self._keeper: psycopg.Connection | None = None
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
        upgrade(server.dsn(SUPERUSER, _TEMPLATE))

    @classmethod
    @contextmanager
    def running(cls, *, version: int = 18) -> Iterator[Self]:
        """Such a server until the end of the block."""
        with (
            scratch_postgres(QUICK, version=version, parent=folder_in_memory()) as server,
            closing(cls(server)) as made,
        ):
            yield made

    @contextmanager
    def database(self, *, template: str = _TEMPLATE) -> Iterator[ScratchDatabase]:
        """A clone of the template until the end of the block."""
        self._clones += 1
        name = f"bank_{self._clones}"
        clone = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._run(clone.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield ScratchDatabase(self.server, name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Let go of the server."""
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None

    def _run(self, statement: sql.Composed) -> None:
        """Run it on the connection that is kept, or on a new one if a test has stopped or killed the server since."""
        try:
            self._kept().execute(statement)
        except psycopg.OperationalError:
            if not self._kept().closed:
                raise
            self.close()
            self._kept().execute(statement)

    def _kept(self) -> psycopg.Connection:
        if self._keeper is None:
            self._keeper = psycopg.connect(self.server.dsn(SUPERUSER, "postgres"), autocommit=True)
        return self._keeper


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlBank:
    """What one tenant of a bank on PostgreSQL offers, put together as in production."""

    tenant_id: TenantId
    scratch: ScratchDatabase
    database: Database
    signals: LedgerSignals
    ids: RandomIdentifiers
    units: SqlUnitsOfWork
    ledger: LedgerService
    queries: SqlLedgerQueries
    accounts: AccountService

    @property
    def unit(self) -> UnitParts:
        """What the units of work of capabilities are made of."""
        return UnitParts(signals=self.signals, ids=self.ids, key_lifetime=KEY_LIFETIME)

    def using(self, connection: CallersConnection) -> LedgerService:
        """The ledger inside that transaction of the caller's."""
        return LedgerService(
            self.tenant_id, SqlUnitsOfWork(CallerTransaction(connection, self.tenant_id), self.signals), self.ids
        )

    def open_account(
        self, owner_id: str = "alice", *, currency: str = "NPR", floor: str | None = "0", balance: str | None = None
    ) -> Account:
        """A new account, with money on it if `balance` says so."""
        account = self.accounts.open(currency=currency, owner_id=owner_id, floor=floor)
        if balance is not None:
            self.ledger.deposit(account.id, Money.of(balance, currency))
        return self.queries.get_account(account.id)

    def removals(self) -> list[tuple[str, str, int]]:
        """What jobs have removed by the audit log: action, job and number of rows, in order."""
        rows = self.scratch.rows(
            "SELECT action, actor_id, (convert_from(body, 'UTF8')::jsonb ->> 'removedRows')::int "
            "FROM bankcore.audit_log WHERE convert_from(body, 'UTF8') LIKE %s ORDER BY id",
            "%removedRows%",
        )
        return [(str(action), str(job), int(str(number))) for action, job, number in rows]

    def balance(self, account: Account) -> str:
        """What is on the account now, in major units."""
        return self.queries.get_account(account.id).balance.to_decimal_string()


def sql_bank(scratch: ScratchDatabase, database: Database, slug: str = "main", *, key_hours: float = 24) -> SqlBank:
    """A new tenant of that database."""
    tenant_id = TenantId(UUID(int=RandomIdentifiers().new_id().int))
    # Without a record: a test's log begins with what the test does.
    with database.begin() as connection:
        assert insert_tenant(connection, Tenant(tenant_id, slug, slug.title(), TenantKind.TEST))
    return _bank_of(tenant_id, scratch, database, key_hours)


def moved_bank(bank: SqlBank, scratch: ScratchDatabase, database: Database) -> SqlBank:
    """The same tenant, in another database that has its rows."""
    return _bank_of(bank.tenant_id, scratch, database, key_hours=24)


def _bank_of(tenant_id: TenantId, scratch: ScratchDatabase, database: Database, key_hours: float) -> SqlBank:
    ids, signals = RandomIdentifiers(), LedgerSignals()
    AuditListener().attach(signals)
    transactions = OwnTransactions(database, tenant_id)
    units, queries = SqlUnitsOfWork(transactions, signals), SqlLedgerQueries(transactions)
    ledger = LedgerService(tenant_id, units, ids, key_lifetime=KEY_LIFETIME * key_hours / 24)
    return SqlBank(
        tenant_id=tenant_id,
        scratch=scratch,
        database=database,
        signals=signals,
        ids=ids,
        units=units,
        ledger=ledger,
        queries=queries,
        accounts=AccountService(ledger, queries),
    )
