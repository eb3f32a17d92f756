"""Reading the books: the questions of holders, staff and auditors, and the port that answers them."""

import re
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from bankcore.arguments import (
    require_a,
    require_count,
    require_id,
    require_optional_id,
    require_optional_words,
    require_words,
)
from bankcore.clock import require_instant, require_period
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import Currency, Money

_AMOUNT: Final = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account held at one instant.

    `version` is how many entries it has, as `Expect` takes it; None in an answer for another instant than now.
    """

    account_id: AccountId
    balance: Money
    held: Money
    at: datetime
    version: int | None = None

    @property
    def available(self) -> Money:
        """Balance less held."""
        return self.balance - self.held


class HistoryPosition(NamedTuple):
    """A place in a history, which runs from the latest transaction to the first."""

    posted_at: datetime
    transaction_id: TransactionId


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which transactions of an owner to list: posted in [from, to), and of an amount in [min, max].

    The amounts are decimal strings in major units, compared with what moved in whatever currency it was.
    """

    owner_id: str
    account_id: AccountId | None = None
    kind: str | None = None
    from_instant: datetime | None = None
    to_instant: datetime | None = None
    amount_min: str | None = None
    amount_max: str | None = None
    reference: str | None = None

    def __post_init__(self) -> None:
        """Refuse unusable filters and times without an offset from UTC; InvalidRequestError."""
        require_period(self.from_instant, self.to_instant)
        require_words(self.owner_id, "/ownerId")
        require_optional_id(self.account_id, "/accountId")
        require_optional_words(self.kind, "/kind")
        require_optional_words(self.reference, "/reference")
        for pointer, amount in (("/min", self.amount_min), ("/max", self.amount_max)):
            # Callers without a type checker do pass numbers.
            if amount is not None and not (isinstance(amount, str) and _AMOUNT.fullmatch(amount)):  # type: ignore[redundant-expr]
                raise InvalidRequestError(pointer=pointer, detail='a decimal string such as "100.50"')


def require_page_of_history(wanted: object, before: object, *, offset: object, limit: object) -> None:
    """Require that they are what `LedgerQueries.history` takes. Raises: InvalidRequestError."""
    require_a(HistoryFilter, wanted, "/wanted", 'what is wanted is written HistoryFilter(owner_id="alice")')
    if before is not None:
        place = "a place is written HistoryPosition(posted_at, transaction_id)"
        if not isinstance(before, HistoryPosition):
            raise InvalidRequestError(pointer="/before", detail=place)
        posted_at, transaction_id = before
        require_instant(posted_at, "/before")
        require_id(transaction_id, "/before")
    require_count(offset, "/offset")
    require_count(limit, "/limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionView:
    """A transaction as one viewer may see it: balances of the accounts in `own_account_ids` only, for staff of all.

    `reversed_by` are the transactions that undid it or parts of it, in their order.
    """

    transaction: Transaction
    own_account_ids: Collection[AccountId] | None
    reversed_by: Sequence[TransactionId] = ()

    def may_see_balances(self, entry: Entry) -> bool:
        """Whether the viewer may see the entry's balances and its place in the account."""
        return self.own_account_ids is None or entry.account_id in self.own_account_ids


@dataclass(frozen=True, slots=True)
class TrialBalanceLine:
    """What all accounts of one kind hold in one currency, in its minor units; the sum may be too large for `Money`."""

    currency: Currency
    kind: AccountKind
    accounts: int
    total_minor: int


class LedgerQueries(Protocol):
    """Reads of one tenant's books; `owner_id` hides the accounts of other owners, None is for staff and services."""

    @abstractmethod
    def get_account(self, account_id: AccountId, *, owner_id: str | None = None) -> Account:
        """The account as it is now.

        Raises:
            NotFoundError: there is none, or it belongs to somebody else.
        """

    @abstractmethod
    def get_owner_id(self, account_id: AccountId) -> str:
        """Whose account it is, which never changes.

        Raises:
            NotFoundError: there is no such account.
        """

    @abstractmethod
    def find_account_by_number(self, number: str) -> Account | None:
        """The account with that human number."""

    @abstractmethod
    def list_accounts(self, *, owner_id: str, after: AccountId | None = None, limit: int) -> Sequence[Account]:
        """The owner's accounts in the order of their ids, from just after the given one."""

    @abstractmethod
    def balance_at(self, account_id: AccountId, at: datetime | None = None, *, owner_id: str | None = None) -> Balance:
        """The balance at that instant, by default now: that of the last entry, by sequence, posted at or before it.

        Raises:
            NotFoundError: no such account.
            InvalidRequestError: an instant without an offset from UTC.
        """

    @abstractmethod
    def balance_effective_at(
        self, account_id: AccountId, effective_at: datetime, *, owner_id: str | None = None
    ) -> Balance:
        """The balance of what counts by that instant, as far as it is posted now; the instant may be any.

        That is the balance at the instant, with what was posted later and counts earlier, and without what was posted
        earlier and counts later. An entry that is posted tomorrow may still change the answer.

        Raises:
            NotFoundError: no such account.
            InvalidRequestError: an instant without an offset from UTC.
        """

    @abstractmethod
    def last_sequence_at(self, account_id: AccountId, instant: datetime, *, owner_id: str | None = None) -> int:
        """The highest sequence of an entry posted at or before that instant, 0 for none.

        If the account's entries are ahead of the clock, because it stepped back, the present is after all of them.

        Raises:
            NotFoundError: no such account.
            InvalidRequestError: an instant without an offset from UTC.
        """

    @abstractmethod
    def list_entries(
        self, account_id: AccountId, *, before_sequence: int | None = None, limit: int, owner_id: str | None = None
    ) -> Sequence[Entry]:
        """The account's entries, latest first, from just before the given sequence.

        Raises:
            NotFoundError: no such account.
        """

    @abstractmethod
    def get_transaction(self, transaction_id: TransactionId, *, owner_id: str | None = None) -> TransactionView:
        """The transaction.

        Raises:
            NotFoundError: there is none, or the owner is no party to it.
        """

    @abstractmethod
    def find_transactions(self, transaction_ids: Sequence[TransactionId]) -> Mapping[TransactionId, Transaction]:
        """Those of the transactions that exist, with any parties."""

    @abstractmethod
    def history(
        self, wanted: HistoryFilter, *, before: HistoryPosition | None = None, offset: int = 0, limit: int
    ) -> Sequence[TransactionView]:
        """The owner's transactions, latest first, from just before the given position, after skipping `offset`."""

    @abstractmethod
    def trial_balance(self, at: datetime | None = None) -> Sequence[TrialBalanceLine]:
        """What all accounts hold at one moment, by default now, by currency and kind; a currency sums to zero.

        An account that was not open yet is not counted. At an instant that a clock went through twice, accounts may
        answer for the one time or the other, and a currency may not sum to zero.

        Raises:
            InvalidRequestError: an instant without an offset from UTC.
        """
