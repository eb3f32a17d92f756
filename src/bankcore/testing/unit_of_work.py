"""Units of work in memory: one after another, committed whole or not at all."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from bankcore.clock import Clock
from bankcore.errors import LedgerInvariantError, OutcomeUnknownError, UnavailableError
from bankcore.idempotency.keys import IN_PROGRESS, Claim, IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, LockedAccount
from bankcore.ledger.book import Facts, Named
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.holds import LET_GO_MAX, Hold
from bankcore.ledger.limits import LimitFacts, Usage
from bankcore.ledger.ports import ExpectedLock, LedgerUnit, UnitsOfWork
from bankcore.ledger.transactions import Source, Transaction
from bankcore.testing.books import InMemoryBooks
from bankcore.testing.constraints import (
    require_balance,
    require_held,
    require_new_account,
    require_new_transaction,
    require_next_entry,
    require_next_phase,
)

T = TypeVar("T")


class Disturbance(StrEnum):
    """What can happen to a unit of work on a real database."""

    DEADLOCK = "deadlock"
    """The work runs, is undone, and runs again."""
    UNAVAILABLE = "unavailable"
    """Nothing runs and nothing is recorded: UnavailableError."""
    LOST_COMMIT = "lost_commit"
    """The work is committed and the answer is lost: it runs again if it may, else OutcomeUnknownError."""


class InMemoryLedgerUnit(LedgerUnit):
    """The books of one tenant inside one unit of work: what it writes, it writes to a draft."""

    def __init__(
        self, draft: InMemoryBooks, *, opened_at: datetime, keys_held_elsewhere: Collection[IdempotencyKey]
    ) -> None:
        """Work on that draft; keys that another unit of work holds cannot be claimed."""
        self.draft = draft
        self._opened_at = opened_at
        self._keys_held_elsewhere = keys_held_elsewhere
        self._claimed: set[IdempotencyKey] = set()
        self._locked: set[AccountId] = set()

    @property
    def opened_at(self) -> datetime:
        return self._opened_at

    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        return {key: self._claim(key) for key in keys}

    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        """Remember the answers to claimed keys; LedgerInvariantError for a key that was not claimed."""
        for record in records:
            if record.key not in self._claimed:
                raise LedgerInvariantError(f"{record.key} was answered without having been claimed")
            self.draft.keys[record.key] = record

    def expect(self, keys: Sequence[IdempotencyKey], locks: Iterable[ExpectedLock]) -> None:
        """Nothing: there are no round trips to spare."""

    def lock_accounts(self, account_ids: Sequence[AccountId]) -> Sequence[LockedAccount]:
        known = [self.draft.accounts[account_id] for account_id in account_ids if account_id in self.draft.accounts]
        self._locked.update(account.id for account in known)
        return [self._as_locked(account) for account in known]

    def find_accounts_named(self, named: Named) -> Sequence[AccountId]:
        of_holds = [self.draft.holds[hold_id].account_id for hold_id in named.holds if hold_id in self.draft.holds]
        known = self.find_recorded(named.transactions, [])
        return of_holds + [entry.account_id for transaction in known for entry in transaction.entries]

    def read_facts(self, named: Named, due: Sequence[AccountId]) -> Facts:
        known = self.draft.holds
        found = {hold_id: known[hold_id] for hold_id in named.holds if hold_id in known}
        for account_id in dict.fromkeys([*due, *named.emptied]):
            held = self.draft.open_holds_of(account_id)
            over = [hold for hold in held if hold.is_over(self._opened_at)]
            read = [*over[:LET_GO_MAX], *held[len(over) : len(over) + 1]]
            found.update({hold.id: hold for hold in read})
        recorded = self.find_recorded(named.transactions, [])
        return Facts(holds=list(found.values()), transactions=[self.draft.reversible(each) for each in recorded])

    def find_recorded(
        self, transaction_ids: Sequence[TransactionId], sources: Sequence[Source]
    ) -> Sequence[Transaction]:
        used = self.draft.sources
        wanted = dict.fromkeys([*transaction_ids, *(used[source] for source in sources if source in used)])
        recorded = self.draft.transactions
        return [recorded[transaction_id] for transaction_id in wanted if transaction_id in recorded]

    def add_accounts(self, accounts: Sequence[Account]) -> None:
        """Open accounts; LedgerInvariantError for a taken id or number. A settlement account may be there already."""
        for account in accounts:
            if account.kind is AccountKind.SETTLEMENT and account.id in self.draft.accounts:
                continue
            require_new_account(self.draft, account)
            self.draft.accounts[account.id] = account
            self.draft.numbers[account.number] = account.id
            self._locked.add(account.id)

    def add_transactions(self, transactions: Sequence[Transaction]) -> None:
        """Append transactions with their entries; LedgerInvariantError if they do not continue the books."""
        for transaction in transactions:
            require_new_transaction(self.draft, transaction)
            self.draft.transactions[transaction.id] = transaction
            if transaction.source is not None:
                self.draft.sources[transaction.source] = transaction.id
            # Shown in reading order, but made in the order of the postings.
            for entry in sorted(transaction.entries, key=lambda entry: entry.sequence):
                require_next_entry(self.draft, entry)
                self.draft.entries[entry.account_id, entry.sequence] = entry

    def update_accounts(self, accounts: Sequence[LockedAccount]) -> None:
        """Write what changes of an account; LedgerInvariantError without a lock, or against the entries."""
        for account in accounts:
            if account.id not in self._locked:
                raise LedgerInvariantError(f"account {account.id} was changed without having been locked")
            require_balance(self.draft, account)
            self.draft.accounts[account.id] = replace(
                self.draft.accounts[account.id],
                balance_minor=account.balance_minor,
                held_minor=account.held_minor,
                version=account.version,
                head_hash=account.head_hash,
                status=account.status,
            )
            if account.held_at is not None:
                self.draft.held_at[account.id] = account.held_at

    def write_holds(self, holds: Sequence[Hold]) -> None:
        """Write holds; LedgerInvariantError for a phase that does not follow, or an account that holds something else
        than its holds keep.
        """
        for hold in holds:
            require_next_phase(self.draft, hold)
            self.draft.holds[hold.id] = hold
        require_held(self.draft, {hold.account_id for hold in holds})

    def read_limits(self, account_ids: Sequence[AccountId]) -> LimitFacts:
        return self.draft.limit_facts(account_ids)

    def write_usages(self, usages: Sequence[tuple[AccountId, Usage]]) -> None:
        for account_id, usage in usages:
            self.draft.usages[account_id, usage.kind] = usage

    def publish(self, events: Iterable[LedgerEvent]) -> None:
        self.draft.events.extend(events)

    def _claim(self, key: IdempotencyKey) -> Claim:
        record = self.draft.keys.get(key)
        if record is not None and self._opened_at < record.expires_at:
            return record
        if key in self._keys_held_elsewhere:
            return IN_PROGRESS
        self._claimed.add(key)
        return None

    def _as_locked(self, account: Account) -> LockedAccount:
        last = self.draft.entries.get((account.id, account.version))
        held = self.draft.open_holds_of(account.id)
        return LockedAccount(
            id=account.id,
            owner_id=account.owner_id,
            currency=account.currency,
            kind=account.kind,
            status=account.status,
            floor_minor=account.floor_minor,
            balance_minor=account.balance_minor,
            held_minor=account.held_minor,
            version=account.version,
            head_hash=account.head_hash,
            last_posted_at=None if last is None else last.posted_at,
            held_at=self.draft.held_at.get(account.id),
            held_until=held[0].expires_at if held else None,
            is_limited=bool(self.draft.limits.get(account.id) or self.draft.limits.get(None)),
        )


class InMemoryUnitsOfWork(UnitsOfWork):
    """Runs units of work on the books one after another, from any number of threads.

    Because they never overlap, no key is ever found in progress by itself; `holding_key` makes one so.
    """

    def __init__(self, books: InMemoryBooks, clock: Clock) -> None:
        self._books = books
        self._clock = clock
        self._keys_held_elsewhere: set[IdempotencyKey] = set()
        self._disturbances: list[Disturbance] = []

    def run(self, work: Callable[[InMemoryLedgerUnit], T], *, resubmittable: bool = False) -> T:
        """Run the work and commit; if it raises, nothing has happened.

        Raises:
            UnavailableError: as asked for by `disturb_next`.
            OutcomeUnknownError: as asked for by `disturb_next`, and the work could not be submitted again.
        """
        with self._books.lock:
            disturbance = self._disturbances.pop(0) if self._disturbances else None
            if disturbance is Disturbance.UNAVAILABLE:
                raise UnavailableError
            if disturbance is Disturbance.DEADLOCK:
                self._attempt(work)
            if disturbance is Disturbance.LOST_COMMIT:
                self._commit(work)
                if not resubmittable:
                    raise OutcomeUnknownError
            return self._commit(work)

    def rehearse(self, work: Callable[[InMemoryLedgerUnit], T]) -> T:
        with self._books.lock:
            return self._attempt(work)[0]

    def disturb_next(self, *disturbances: Disturbance) -> None:
        """Let these happen to the next units of work, one each."""
        self._disturbances.extend(disturbances)

    @contextmanager
    def holding_key(self, value: str, *, scope: str = "") -> Iterator[None]:
        """For as long as the context lasts, the key is held as if by another unit of work that is still running."""
        key = IdempotencyKey(scope, value)
        with self._books.lock:
            self._keys_held_elsewhere.add(key)
        try:
            yield
        finally:
            with self._books.lock:
                self._keys_held_elsewhere.discard(key)

    def _commit(self, work: Callable[[InMemoryLedgerUnit], T]) -> T:
        result, draft = self._attempt(work)
        self._books.commit(draft)
        return result

    def _attempt(self, work: Callable[[InMemoryLedgerUnit], T]) -> tuple[T, InMemoryBooks]:
        draft = self._books.draft()
        unit = InMemoryLedgerUnit(
            draft, opened_at=self._clock.now(), keys_held_elsewhere=frozenset(self._keys_held_elsewhere)
        )
        return work(unit), draft
