"""Recorded transactions out of their rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus
from bankcore.ledger.transactions import NO_METADATA, Entry, Source, Transaction, in_reading_order
from bankcore.money import CURRENCIES, Money
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Rows, Sent, Statement
from bankcore_infra.db.tenant_connection import TenantConnection

# Without what is held for holds whose time is over, whether or not somebody has let them go yet.
SELECT_ACCOUNTS: Final = """
    SELECT tenant_id, id, number, owner_id, name, currency, kind, status, balance_minor,
           CASE WHEN held_until <= now() THEN held_minor - coalesce((
               SELECT sum(over.amount_minor - over.captured_minor) FROM bankcore.holds AS over
               WHERE over.tenant_id = accounts.tenant_id AND over.account_id = accounts.id AND over.status = 'open'
                 AND over.expires_at <= now()), 0)::bigint
           ELSE held_minor END, floor_minor, version, head_hash, created_at
    FROM bankcore.accounts
"""
GET_ACCOUNT: Final = Statement(f"{SELECT_ACCOUNTS} WHERE tenant_id = $1::uuid AND id = $2::uuid")
# Each wanted transaction is one look-up by its key: LIMIT keeps the planner from making a join of it.
_RECORDED: Final = Statement("""
    SELECT t.tenant_id, t.id, t.kind, t.amount_minor AS moved_minor, t.currency AS moved_currency, t.reference,
           t.metadata, t.reverses, t.source_type, t.source_id, t.effective_at,
           e.account_id, e.sequence, e.transaction_id, e.currency AS entry_currency, e.amount_minor,
           e.balance_before_minor, e.balance_after_minor, e.posted_at, e.hash
    FROM (
        SELECT found.* FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
            SELECT * FROM bankcore.transactions AS known
            WHERE known.tenant_id = $2::uuid AND known.id = wanted.id LIMIT 1
        ) AS found
        UNION
        SELECT found.* FROM unnest($3::text[], $4::text[]) AS wanted (source_type, source_id) CROSS JOIN LATERAL (
            SELECT * FROM bankcore.transactions AS known
            WHERE known.tenant_id = $2::uuid AND known.source_type = wanted.source_type
              AND known.source_id = wanted.source_id LIMIT 1
        ) AS found
    ) AS t
    JOIN bankcore.entries AS e ON e.tenant_id = $2::uuid AND e.transaction_id = t.id
""")


class _RecordedRow(NamedTuple):
    """A row of `_RECORDED`: an entry, with the transaction that it belongs to."""

    tenant_id: TenantId
    id: TransactionId
    kind: str
    moved_minor: int | None
    moved_currency: str | None
    reference: str | None
    metadata: Mapping[str, str] | None
    reverses: TransactionId | None
    source_type: str | None
    source_id: str | None
    effective_at: datetime
    account_id: AccountId
    sequence: int
    transaction_id: TransactionId
    entry_currency: str
    amount_minor: int
    balance_before_minor: int
    balance_after_minor: int
    posted_at: datetime
    hash: bytes


def find_transactions(
    connection: TenantConnection, transaction_ids: Sequence[TransactionId]
) -> dict[TransactionId, Transaction]:
    """The transactions with these ids, in one statement."""
    return {transaction.id: transaction for transaction in find_recorded(connection, transaction_ids, [])}


def find_recorded(
    connection: TenantConnection, transaction_ids: Sequence[TransactionId], sources: Sequence[Source]
) -> list[Transaction]:
    """The transactions with these ids or of these sources, each with its entries, in one statement."""
    question = finding_recorded(connection.tenant_id, transaction_ids, sources)
    return recorded_in(connection.ask(question.statement, *question.parameters))


def finding_recorded(tenant_id: TenantId, transaction_ids: Sequence[TransactionId], sources: Sequence[Source]) -> Sent:
    """Asks for the transactions with these ids or of these sources."""
    source_types, source_ids = [source.type for source in sources], [source.id for source in sources]
    parameters = (arrays.uuids(transaction_ids), tenant_id, arrays.texts(source_types), arrays.texts(source_ids))
    return Sent(_RECORDED, parameters)


def recorded_in(answer: Rows) -> list[Transaction]:
    """The transactions in rows that `finding_recorded` has asked for."""
    rows = [_RecordedRow._make(row) for row in answer]
    entries: dict[UUID, list[Entry]] = defaultdict(list)
    heads = {}
    for row in rows:
        heads[row.id] = row
        entries[row.id].append(entry_of(row))
    return [_transaction_of(row, entries[row.id]) for row in heads.values()]


def entry_of(row: Row[Any] | _RecordedRow) -> Entry:
    """An entry out of a row that has its columns, the currency as `entry_currency`."""
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


def entry_in(row: tuple[Any, ...]) -> Entry:
    """The entry in a row whose columns are its fields, in their order."""
    account_id, sequence, transaction_id, currency, *rest = row
    return Entry(account_id, sequence, transaction_id, CURRENCIES[currency], *rest)


def _transaction_of(row: _RecordedRow, entries: Sequence[Entry]) -> Transaction:
    return Transaction(
        tenant_id=row.tenant_id,
        id=row.id,
        kind=row.kind,
        amount=_moved(row),
        reference=row.reference,
        metadata=MappingProxyType(row.metadata) if row.metadata else NO_METADATA,
        reverses=row.reverses,
        source=_source_of(row),
        effective_at=row.effective_at,
        posted_at=row.posted_at,
        entries=in_reading_order(entries),
    )


def _moved(row: _RecordedRow) -> Money | None:
    if row.moved_minor is None or row.moved_currency is None:
        return None
    return Money(row.moved_minor, CURRENCIES[row.moved_currency])


def _source_of(row: _RecordedRow) -> Source | None:
    if row.source_type is None or row.source_id is None:
        return None
    return Source(row.source_type, row.source_id)


def account_of(row: Row[Any]) -> Account:
    """An account out of a row that has its columns."""
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


def account_in(row: tuple[Any, ...]) -> Account:
    """The account in a row of `SELECT_ACCOUNTS`."""
    return Account(
        tenant_id=row[0],
        id=row[1],
        number=row[2],
        owner_id=row[3],
        name=row[4],
        currency=CURRENCIES[row[5]],
        kind=AccountKind(row[6]),
        status=AccountStatus(row[7]),
        balance_minor=row[8],
        held_minor=row[9],
        floor_minor=row[10],
        version=row[11],
        head_hash=row[12],
        created_at=row[13],
    )
