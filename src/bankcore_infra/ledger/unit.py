"""The ledger's unit of work on PostgreSQL: every method is one statement, however many rows it writes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from typing_extensions import override

from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, LockedAccount
from bankcore.ledger.book import Facts, Named
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.holds import Hold
from bankcore.ledger.limits import LimitFacts, Usage
from bankcore.ledger.ports import ExpectedLock, LedgerUnit, UnitsOfWork
from bankcore.ledger.transactions import Source, Transaction
from bankcore_infra.db.rows import BYTES, ID, INSTANT, JSON, NUMBER, TEXT, Row, RowStatement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import LostRaceError, Transactions
from bankcore_infra.idempotency.keys import ask_for_keys, claim_keys, store_outcomes, take_claims
from bankcore_infra.ledger.ahead import Ahead
from bankcore_infra.ledger.limits import read_limits, write_usages
from bankcore_infra.ledger.locks import locked_accounts, locking, locking_of_keys
from bankcore_infra.ledger.named import find_accounts_named, read_facts, write_holds
from bankcore_infra.ledger.reading import find_recorded
from bankcore_infra.signals import LedgerSignals
from bankcore_infra.units import SqlUnits

# Locks that depend on keys cost a look-up for each; of more than these, a round trip of its own costs less.
_FEW: Final = 16
_ADD_ACCOUNTS: Final = RowStatement(
    """
    INSERT INTO bankcore.accounts (tenant_id, id, floor_minor, created_at, currency, kind, number, owner_id, name)
    SELECT $1::uuid, * FROM {rows} AS new
    ON CONFLICT ON CONSTRAINT accounts_pkey DO NOTHING
    RETURNING kind
    """,
    [ID, NUMBER, INSTANT, TEXT, TEXT, TEXT, TEXT, TEXT],
)
_ADD_TRANSACTIONS: Final = RowStatement(
    """
    INSERT INTO bankcore.transactions (tenant_id, id, posted_at, effective_at, amount_minor, kind, currency, reference,
                                       reverses, source_type, source_id, metadata)
    SELECT $1::uuid, * FROM {rows} AS new
    """,
    [ID, INSTANT, INSTANT, NUMBER, TEXT, TEXT, TEXT, ID, TEXT, TEXT, JSON],
)
_ADD_ENTRIES: Final = RowStatement(
    """
    INSERT INTO bankcore.entries (tenant_id, account_id, sequence, transaction_id, amount_minor, balance_before_minor,
                                  balance_after_minor, posted_at, currency, hash)
    SELECT $1::uuid, * FROM {rows} AS new
    """,
    [ID, NUMBER, ID, NUMBER, NUMBER, NUMBER, INSTANT, TEXT, BYTES],
)
_UPDATE_ACCOUNTS: Final = RowStatement(
    """
    UPDATE bankcore.accounts AS account
    SET balance_minor = new.balance_minor, version = new.version, head_hash = new.head_hash,
        last_posted_at = new.last_posted_at, status = new.status, held_minor = new.held_minor, held_at = new.held_at,
        held_until = new.held_until
    FROM {rows} AS new (id, balance_minor, version, head_hash, last_posted_at, status, held_minor, held_at, held_until)
    WHERE account.tenant_id = $1::uuid AND account.id = new.id
    """,
    [ID, NUMBER, NUMBER, BYTES, INSTANT, TEXT, NUMBER, INSTANT, INSTANT],
)


class SqlLedgerUnit(LedgerUnit):
    """The books of one tenant inside one transaction."""

    def __init__(
        self,
        connection: TenantConnection,
        signals: LedgerSignals,
        published: list[LedgerEvent] | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        """For that transaction; events are told through the signals, and added to `published`."""
        self._ahead = ahead
        self._connection = connection
        self._signals = signals
        self._expected: Sequence[IdempotencyKey] = ()
        self._locked: Mapping[AccountId, LockedAccount] | None = None
        self.published: list[LedgerEvent] = [] if published is None else published

    @property
    @override
    def opened_at(self) -> datetime:
        return self._connection.opened_at

    @override
    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        if keys != self._expected:
            return claim_keys(self._connection, keys)
        claims, answers = take_claims(self._connection, keys)
        if answers:
            self._locked = {account.id: account for account in locked_accounts(answers[0])}
        return claims

    @override
    def expect(self, keys: Sequence[IdempotencyKey], locks: Iterable[ExpectedLock]) -> None:
        if len(keys) <= _FEW:
            self._connection.begin_with_keys(keys)
        first = list(islice(locks, _FEW + 1))
        has_few = 0 < len(first) <= _FEW
        questions = [locking_of_keys(self._connection.tenant_id, keys, first)] if has_few else []
        ask_for_keys(self._connection, keys, *questions)
        self._expected = keys

    @override
    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        store_outcomes(self._connection, list(records))

    @override
    def lock_accounts(self, account_ids: Sequence[AccountId]) -> Sequence[LockedAccount]:
        if self._locked is not None:
            # They were locked together with the claim of their keys, so that an unknown one is missing here too.
            return [self._locked[account_id] for account_id in account_ids if account_id in self._locked]
        if self._ahead is not None and self._ahead.account_ids == account_ids:
            return self._ahead.accounts
        question = locking(self._connection.tenant_id, account_ids)
        return locked_accounts(self._connection.ask(question.statement, *question.parameters))

    @override
    def find_accounts_named(self, named: Named) -> Sequence[AccountId]:
        return find_accounts_named(self._connection, named)

    @override
    def read_facts(self, named: Named, due: Sequence[AccountId]) -> Facts:
        return read_facts(self._connection, named, due, self.opened_at)

    @override
    def find_recorded(
        self, transaction_ids: Sequence[TransactionId], sources: Sequence[Source]
    ) -> Sequence[Transaction]:
        if self._ahead is not None and not transaction_ids and self._ahead.sources == sources:
            return self._ahead.recorded
        return find_recorded(self._connection, transaction_ids, sources)

    @override
    def add_accounts(self, accounts: Sequence[Account]) -> None:
        # Sorted, because two units of work may open the same settlement accounts, and a unique index is a lock too.
        ordered = sorted(accounts, key=lambda account: account.id)
        rows = [
            (
                account.id,
                account.floor_minor,
                account.created_at,
                account.currency.code,
                account.kind,
                account.number,
                account.owner_id,
                account.name,
            )
            for account in ordered
        ]
        added = self._connection.ask_on(_ADD_ACCOUNTS, rows)
        expected = sum(account.kind is not AccountKind.SETTLEMENT for account in ordered)
        if sum(kind != AccountKind.SETTLEMENT for (kind,) in added) != expected:
            raise LostRaceError

    @override
    def add_transactions(self, transactions: Sequence[Transaction]) -> None:
        self._connection.tell_on(_ADD_TRANSACTIONS, [_transaction_row(transaction) for transaction in transactions])
        entries = [
            (
                entry.account_id,
                entry.sequence,
                entry.transaction_id,
                entry.amount_minor,
                entry.balance_before_minor,
                entry.balance_after_minor,
                entry.posted_at,
                entry.currency.code,
                entry.hash,
            )
            for transaction in transactions
            for entry in transaction.entries
        ]
        self._connection.tell_on(_ADD_ENTRIES, entries)
        # Half of what the server does for a single transfer is in these two; meanwhile we make the rest.
        self._connection.hurry()

    @override
    def update_accounts(self, accounts: Sequence[LockedAccount]) -> None:
        rows = [
            (
                account.id,
                account.balance_minor,
                account.version,
                account.head_hash,
                account.last_posted_at,
                account.status,
                account.held_minor,
                account.held_at,
                account.held_until,
            )
            for account in accounts
        ]
        self._connection.tell_on(_UPDATE_ACCOUNTS, rows)

    @override
    def write_holds(self, holds: Sequence[Hold]) -> None:
        write_holds(self._connection, holds)

    @override
    def read_limits(self, account_ids: Sequence[AccountId]) -> LimitFacts:
        return read_limits(self._connection, account_ids)

    @override
    def write_usages(self, usages: Sequence[tuple[AccountId, Usage]]) -> None:
        write_usages(self._connection, usages)

    @override
    def publish(self, events: Iterable[LedgerEvent]) -> None:
        published = list(events)
        self._signals.tell_recorded(self._connection, published)
        self.published.extend(published)


class SqlUnitsOfWork(SqlUnits[SqlLedgerUnit], UnitsOfWork):
    """Units of work of the ledger."""

    def __init__(self, transactions: Transactions, signals: LedgerSignals) -> None:
        super().__init__(transactions, signals, lambda connection: SqlLedgerUnit(connection, signals))


def _transaction_row(transaction: Transaction) -> Row:
    amount, source, metadata = transaction.amount, transaction.source, transaction.metadata
    return (
        transaction.id,
        transaction.posted_at,
        transaction.effective_at,
        None if amount is None else amount.minor,
        transaction.kind,
        None if amount is None else amount.currency.code,
        transaction.reference,
        transaction.reverses,
        None if source is None else source.type,
        None if source is None else source.id,
        json.dumps(dict(metadata), separators=(",", ":")) if metadata else None,
    )
