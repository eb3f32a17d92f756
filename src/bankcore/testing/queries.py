"""Reads of the books in memory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bankcore.arguments import (
    require_count,
    require_id,
    require_ids,
    require_optional_id,
    require_optional_words,
    require_words,
)
from bankcore.clock import AHEAD, PRESENT, Clock, require_instant
from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind
from bankcore.ledger.queries import (
    Balance,
    HistoryFilter,
    HistoryPosition,
    LedgerQueries,
    TransactionView,
    TrialBalanceLine,
    require_page_of_history,
)
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import Money
from bankcore.testing.books import InMemoryBooks


class InMemoryLedgerQueries(LedgerQueries):
    """Answers from the committed state of the books."""

    def __init__(self, books: InMemoryBooks, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def get_account(self, account_id: AccountId, *, owner_id: str | None = None) -> Account:
        """The account as it is now; NotFoundError."""
        require_id(account_id, "/accountId")
        require_optional_words(owner_id, "/ownerId")
        with self._books.lock:
            account = self._books.accounts.get(account_id)
            account = None if account is None else self._as_it_counts(account)
        if account is None or owner_id not in {None, account.owner_id}:
            raise NotFoundError(resource="account", identifier=str(account_id))
        return account

    def _as_it_counts(self, account: Account) -> Account:
        """The account without what is held for holds whose time is over."""
        if not account.held_minor:
            return account
        now = self._clock.now()
        over = [hold for hold in self._books.open_holds_of(account.id) if hold.is_over(now)]
        return replace(account, held_minor=account.held_minor - sum(hold.remaining_minor for hold in over))

    def get_owner_id(self, account_id: AccountId) -> str:
        """Whose account it is; NotFoundError."""
        return self.get_account(account_id).owner_id

    def find_account_by_number(self, number: str) -> Account | None:
        require_words(number, "/number")
        with self._books.lock:
            account_id = self._books.numbers.get(number)
            return None if account_id is None else self._as_it_counts(self._books.accounts[account_id])

    def list_accounts(self, *, owner_id: str, after: AccountId | None = None, limit: int) -> Sequence[Account]:
        require_words(owner_id, "/ownerId")
        require_optional_id(after, "/after")
        require_count(limit, "/limit")
        with self._books.lock:
            accounts = self._books.accounts.values()
            owned = [self._as_it_counts(account) for account in accounts if account.owner_id == owner_id]
        ordered = sorted(owned, key=lambda account: account.id)
        return [account for account in ordered if after is None or account.id > after][:limit]

    def balance_at(self, account_id: AccountId, at: datetime | None = None, *, owner_id: str | None = None) -> Balance:
        """The balance left by the last entry posted at or before that instant; NotFoundError."""
        with self._books.lock:
            account = self.get_account(account_id, owner_id=owner_id)
            if at is None:
                return Balance(
                    account_id=account_id,
                    balance=account.balance,
                    held=account.held,
                    at=self._clock.now(),
                    version=account.version,
                )
            last = self._books.entries.get((account_id, self._last_sequence(account, require_instant(at, "/at"))))
        nothing = Money.zero(account.currency)
        return Balance(account_id=account_id, balance=last.balance_after if last else nothing, held=nothing, at=at)

    def balance_effective_at(
        self, account_id: AccountId, effective_at: datetime, *, owner_id: str | None = None
    ) -> Balance:
        """The balance at the instant, corrected by what counts at another time than it was posted; NotFoundError."""
        with self._books.lock:
            balance = self.balance_at(account_id, require_instant(effective_at, "/effectiveAt"), owner_id=owner_id)
            last = self.last_sequence_at(account_id, effective_at)
            entries = self._books.entries_of(self.get_account(account_id))
            counted = [(each, self._books.transactions[each.transaction_id].effective_at) for each in entries]
        later = [
            entry.amount
            for entry, effective in counted
            if entry.sequence > last and effective < entry.posted_at and effective <= effective_at
        ]
        earlier = [
            -entry.amount
            for entry, effective in counted
            if entry.sequence <= last and effective > entry.posted_at and effective > effective_at
        ]
        return replace(balance, balance=Money.sum([balance.balance, *later, *earlier], balance.balance.currency))

    def last_sequence_at(self, account_id: AccountId, instant: datetime, *, owner_id: str | None = None) -> int:
        """The sequence of the last entry posted at or before that instant, 0 for none; NotFoundError."""
        with self._books.lock:
            account = self.get_account(account_id, owner_id=owner_id)
            return self._last_sequence(account, require_instant(instant, "/instant"))

    def _last_sequence(self, account: Account, instant: datetime) -> int:
        """The latest entry by its sequence that is posted by then; all of them, now, where they are ahead of now."""
        posted = [(entry.posted_at, entry.sequence) for entry in self._books.entries_of(account)]
        now = self._clock.now()
        if posted and posted[-1][0] - now > AHEAD and instant >= now - PRESENT:
            return account.version
        return max((sequence for posted_at, sequence in posted if posted_at <= instant), default=0)

    def trial_balance(self, at: datetime | None = None) -> Sequence[TrialBalanceLine]:
        with self._books.lock:
            accounts = list(self._books.accounts.values())
            if at is not None:
                at = require_instant(at, "/at")
                accounts = [
                    replace(account, balance_minor=self.balance_at(account.id, at).balance.minor)
                    for account in accounts
                    if account.created_at <= at
                ]
        groups: dict[tuple[str, AccountKind], list[Account]] = defaultdict(list)
        for account in accounts:
            groups[account.currency.code, account.kind].append(account)
        return [
            TrialBalanceLine(found[0].currency, kind, len(found), sum(account.balance_minor for account in found))
            for (_code, kind), found in sorted(groups.items())
        ]

    def list_entries(
        self, account_id: AccountId, *, before_sequence: int | None = None, limit: int, owner_id: str | None = None
    ) -> Sequence[Entry]:
        """The account's entries, latest first, from just before the given sequence; NotFoundError."""
        require_count(limit, "/limit")
        if before_sequence is not None:
            require_count(before_sequence, "/beforeSequence")
        with self._books.lock:
            entries = self._books.entries_of(self.get_account(account_id, owner_id=owner_id))
        wanted = [entry for entry in entries if before_sequence is None or entry.sequence < before_sequence]
        return wanted[::-1][:limit]

    def get_transaction(self, transaction_id: TransactionId, *, owner_id: str | None = None) -> TransactionView:
        """The transaction as the owner, a party to it, may see it; NotFoundError."""
        require_id(transaction_id, "/transactionId")
        require_optional_words(owner_id, "/ownerId")
        with self._books.lock:
            transaction = self._books.transactions.get(transaction_id)
            reversed_by = self._reversed_by(transaction_id)
            own = None if transaction is None or owner_id is None else self._parties(transaction, owner_id)
        if transaction is None or (owner_id is not None and not own):
            raise NotFoundError(resource="transaction", identifier=str(transaction_id))
        return TransactionView(transaction=transaction, own_account_ids=own, reversed_by=reversed_by)

    def find_transactions(self, transaction_ids: Sequence[TransactionId]) -> Mapping[TransactionId, Transaction]:
        require_ids(transaction_ids, "/transactionIds")
        with self._books.lock:
            known = self._books.transactions
            return {found: known[found] for found in transaction_ids if found in known}

    def history(
        self, wanted: HistoryFilter, *, before: HistoryPosition | None = None, offset: int = 0, limit: int
    ) -> Sequence[TransactionView]:
        require_page_of_history(wanted, before, offset=offset, limit=limit)
        with self._books.lock:
            views = [
                TransactionView(
                    transaction=transaction, own_account_ids=own, reversed_by=self._reversed_by(transaction.id)
                )
                for transaction in self._books.transactions.values()
                if (own := self._parties(transaction, wanted.owner_id))
                and (before is None or _position(transaction) < before)
                and _is_wanted(transaction, own, wanted)
            ]
        ordered = sorted(views, key=lambda view: _position(view.transaction), reverse=True)
        return ordered[offset : offset + limit]

    def _reversed_by(self, transaction_id: TransactionId) -> tuple[TransactionId, ...]:
        return tuple(sorted(each.id for each in self._books.reversals_of(transaction_id)))

    def _parties(self, transaction: Transaction, owner_id: str) -> frozenset[AccountId]:
        """The accounts of that owner that the transaction touches."""
        touched = {entry.account_id for entry in transaction.entries}
        return frozenset(touched_id for touched_id in touched if self._books.accounts[touched_id].owner_id == owner_id)


def _position(transaction: Transaction) -> HistoryPosition:
    return HistoryPosition(transaction.posted_at, transaction.id)


def _is_wanted(transaction: Transaction, own: Iterable[AccountId], wanted: HistoryFilter) -> bool:
    return (
        (wanted.account_id is None or wanted.account_id in own)
        and (wanted.kind is None or wanted.kind == transaction.kind)
        and (wanted.from_instant is None or wanted.from_instant <= transaction.posted_at)
        and (wanted.to_instant is None or transaction.posted_at < wanted.to_instant)
        and (wanted.reference is None or wanted.reference == transaction.reference)
        and _is_amount_wanted(transaction.amount, wanted)
    )


def _is_amount_wanted(amount: Money | None, wanted: HistoryFilter) -> bool:
    """Whether the number, whatever its currency, is within the limits; several currencies are no number."""
    if amount is None:
        return wanted.amount_min is None and wanted.amount_max is None
    return (wanted.amount_min is None or _compare(amount, wanted.amount_min) >= 0) and (
        wanted.amount_max is None or _compare(amount, wanted.amount_max) <= 0
    )


def _compare(amount: Money, limit: str) -> int:
    """Less than zero, zero or more: how the amount lies to a decimal string in major units, compared exactly."""
    whole, _, fraction = limit.partition(".")
    amount_scale: int = 10 ** len(fraction)
    limit_scale: int = 10**amount.currency.exponent
    return amount.minor * amount_scale - int(whole + fraction) * limit_scale
