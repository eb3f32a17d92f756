"""Recorded transactions out of their rows."""

from collections import defaultdict
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select, tuple_

from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus
from bankcore.ledger.transactions import NO_METADATA, Entry, Source, Transaction, in_reading_order
from bankcore.money import CURRENCIES, Money
from bankcore_infra.db.tables import ENTRIES, TRANSACTIONS
from bankcore_infra.db.transactions import TenantConnection

ENTRY_COLUMNS: Final = (
    ENTRIES.c.account_id,
    ENTRIES.c.sequence,
    ENTRIES.c.transaction_id,
    ENTRIES.c.currency.label("entry_currency"),
    ENTRIES.c.amount_minor,
    ENTRIES.c.balance_before_minor,
    ENTRIES.c.balance_after_minor,
    ENTRIES.c.posted_at,
    ENTRIES.c.hash,
)


def find_transactions(
    connection: TenantConnection, transaction_ids: Sequence[TransactionId]
) -> dict[TransactionId, Transaction]:
    """The transactions with these ids, and their entries, in two statements."""
    found = load_transactions(connection, TRANSACTIONS.c.id.in_(transaction_ids))
    return {transaction.id: transaction for transaction in found}


def find_transactions_by_source(connection: TenantConnection, sources: Sequence[Source]) -> dict[Source, Transaction]:
    """The transactions that these sources caused."""
    names = [tuple(source) for source in sources]
    found = load_transactions(connection, tuple_(TRANSACTIONS.c.source_type, TRANSACTIONS.c.source_id).in_(names))
    return {transaction.source: transaction for transaction in found if transaction.source is not None}


def load_transactions(connection: TenantConnection, condition: ColumnElement[bool]) -> list[Transaction]:
    """The tenant's transactions that meet the condition, in no particular order."""
    rows = connection.sql.execute(
        select(TRANSACTIONS).where(TRANSACTIONS.c.tenant_id == connection.tenant_id, condition)
    ).fetchall()
    entries = _entries_by_transaction(connection, [row.id for row in rows])
    return [_transaction_of(row, entries[row.id]) for row in rows]


def _entries_by_transaction(connection: TenantConnection, transaction_ids: Sequence[UUID]) -> dict[UUID, list[Entry]]:
    found: dict[UUID, list[Entry]] = defaultdict(list)
    if transaction_ids:
        statement = select(*ENTRY_COLUMNS).where(
            ENTRIES.c.tenant_id == connection.tenant_id, ENTRIES.c.transaction_id.in_(transaction_ids)
        )
        for entry in read_entries(connection, statement):
            found[entry.transaction_id].append(entry)
    return found


def read_entries(connection: TenantConnection, statement: Select[Any]) -> list[Entry]:
    """Entries out of the rows of a statement that selects `ENTRY_COLUMNS`."""
    return [entry_of(row) for row in connection.sql.execute(statement)]


def entry_of(row: Row[Any]) -> Entry:
    """An entry out of a row of `ENTRY_COLUMNS`."""
    return Entry(
        row.account_id,
        row.sequence,
        row.transaction_id,
        CURRENCIES[row.entry_currency],
        row.amount_minor,
        row.balance_before_minor,
        row.balance_after_minor,
        row.posted_at,
        row.hash,
    )


def _transaction_of(row: Row[Any], entries: Sequence[Entry]) -> Transaction:
    return Transaction(
        tenant_id=row.tenant_id,
        id=row.id,
        kind=row.kind,
        amount=None if row.amount_minor is None else Money(row.amount_minor, CURRENCIES[row.currency]),
        reference=row.reference,
        metadata=MappingProxyType(row.metadata) if row.metadata else NO_METADATA,
        reverses=row.reverses,
        source=None if row.source_type is None else Source(row.source_type, row.source_id),
        effective_at=row.effective_at,
        posted_at=row.posted_at,
        entries=in_reading_order(entries),
    )


def account_of(row: Row[Any]) -> Account:
    """An account out of a row of the table."""
    return Account(
        tenant_id=row.tenant_id,
        id=AccountId(row.id),
        number=row.number,
        owner_id=row.owner_id,
        name=row.name,
        currency=CURRENCIES[row.currency],
        kind=AccountKind(row.kind),
        status=AccountStatus(row.status),
        balance_minor=row.balance_minor,
        held_minor=row.held_minor,
        floor_minor=row.floor_minor,
        version=row.version,
        head_hash=row.head_hash,
        created_at=row.created_at,
    )
