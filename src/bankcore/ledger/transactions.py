"""What a movement of money is made of: postings asked for, entries recorded, and the transaction of both."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from bankcore.arguments import require_a, require_id
from bankcore.clock import instant_text
from bankcore.decimals import decimal_of
from bankcore.errors import InvalidRequestError, LedgerInvariantError, NotFoundError
from bankcore.idempotency.refusals import JsonValue
from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore.money import Currency, Money

_AMOUNT: Final = 'an amount is written Money.of("100.50", "NPR")'
_PAIR: Final = 2
NO_METADATA: Final[Mapping[str, str]] = MappingProxyType({})


class Posting(NamedTuple):
    """A requested line: a positive amount credits the account, a negative one debits it."""

    account_id: AccountId
    amount: Money


class Source(NamedTuple):
    """The permanent name of a transaction's cause, unique for ever: for callers that retry longer than a key lives."""

    type: str
    id: str


class Entry(NamedTuple):
    """A recorded line; (account, sequence) is its name. Amounts are minor units of `currency`.

    A tuple, not a dataclass: two are made for every transfer, and a tuple is made four times faster (measured).
    """

    account_id: AccountId
    sequence: int
    transaction_id: TransactionId
    currency: Currency
    amount_minor: int
    balance_before_minor: int
    balance_after_minor: int
    posted_at: datetime
    hash: bytes

    @property
    def amount(self) -> Money:
        """What moved, signed."""
        return Money(self.amount_minor, self.currency)

    @property
    def balance_before(self) -> Money:
        """The account's balance just before."""
        return Money(self.balance_before_minor, self.currency)

    @property
    def balance_after(self) -> Money:
        """The account's balance just after."""
        return Money(self.balance_after_minor, self.currency)


class Transaction(NamedTuple):
    """One balanced, immutable record of a movement of money.

    `amount` is what moved in total, None when more than one currency moved. `posted_at` is when we recorded it by the
    database's clock and never decreases along an account; `effective_at` is when it counts.
    """

    tenant_id: TenantId
    id: TransactionId
    kind: str
    amount: Money | None
    reference: str | None
    metadata: Mapping[str, str]
    reverses: TransactionId | None
    source: Source | None
    effective_at: datetime
    posted_at: datetime
    entries: tuple[Entry, ...]

    def entry_of(self, account_id: AccountId) -> Entry:
        """The account's entry; `entries` are in reading order, debits first, and not as they were asked for.

        Raises:
            NotFoundError: the account is no party to it.
            InvalidRequestError: it has several entries, of which only `entries` shows all.
        """
        require_id(account_id, "/accountId")
        found = [entry for entry in self.entries if entry.account_id == account_id]
        if not found:
            raise NotFoundError(resource="entry", identifier=str(account_id))
        if len(found) > 1:
            detail = f"the account has {len(found)} entries in this transaction; look through `entries`"
            raise InvalidRequestError(pointer="/accountId", detail=detail)
        return found[0]

    def to_dict(self) -> dict[str, JsonValue]:
        """The transaction as JSON has it, under the names and in the forms of the API, with all balances."""
        document: dict[str, JsonValue] = {
            "id": str(self.id),
            "kind": self.kind,
            "status": "posted",
            "amount": None if self.amount is None else self.amount.to_decimal_string(),
            "currency": None if self.amount is None else self.amount.currency.code,
            "reference": self.reference,
            "metadata": dict(self.metadata),
            "postedAt": instant_text(self.posted_at),
            "effectiveAt": instant_text(self.effective_at),
            "entries": [self._entry_document(entry) for entry in self.entries],
        }
        if self.reverses is not None:
            document["reverses"] = str(self.reverses)
        return document

    def _entry_document(self, entry: Entry) -> dict[str, JsonValue]:
        document: dict[str, JsonValue] = {
            "accountId": str(entry.account_id),
            "amount": entry.amount.to_decimal_string(),
            "balanceBefore": entry.balance_before.to_decimal_string(),
            "balanceAfter": entry.balance_after.to_decimal_string(),
            "sequence": entry.sequence,
        }
        if self.amount is None:
            document["currency"] = entry.currency.code
        return document

    def __reduce__(self) -> tuple[object, ...]:
        """For caches, queues and copies: the metadata cannot be changed, and what cannot be is not pickled as it is."""
        return _restored, (tuple(self._replace(metadata=dict(self.metadata))),)


class Marks(NamedTuple):
    """What a few transactions have: an id that was told before, and what they undo."""

    transaction_id: TransactionId | None = None
    reverses: TransactionId | None = None


NO_MARKS: Final = Marks()


class Reversible(NamedTuple):
    """A transaction, and how much of it was reversed so far, in minor units, by so many reversals."""

    transaction: Transaction
    reversed_minor: int = 0
    reversals: int = 0

    @property
    def remaining(self) -> Money | None:
        """What can still be reversed; None where several currencies moved, which are reversed whole."""
        amount = self.transaction.amount
        return None if amount is None else Money(amount.minor - self.reversed_minor, amount.currency)

    @property
    def is_undone(self) -> bool:
        """Whether nothing is left to reverse."""
        remaining = self.remaining
        return self.reversals > 0 if remaining is None else not remaining

    @property
    def is_overdone(self) -> bool:
        """Whether more was reversed than moved, which the ledger never allows."""
        amount = self.transaction.amount
        return self.reversals > 1 if amount is None else self.reversed_minor > amount.minor

    def reverse(self, amount: Money | None) -> "Reversible":
        """The transaction after so much more of it was reversed."""
        minor = 0 if amount is None else amount.minor
        return Reversible(self.transaction, self.reversed_minor + minor, self.reversals + 1)


def _restored(facts: tuple[object, ...]) -> Transaction:
    found = Transaction._make(facts)
    return found._replace(metadata=MappingProxyType(found.metadata) if found.metadata else NO_METADATA)


def total_moved(postings: Iterable[Posting]) -> Money | None:
    """The sum of the credits, or None when they are of several currencies."""
    credited = [posting.amount for posting in postings if posting.amount.minor > 0]
    if len(credited) == 1:
        return credited[0]
    currency = credited[0].currency
    if any(amount.currency != currency for amount in credited):
        return None
    return Money(sum(amount.minor for amount in credited), currency)


def in_reading_order(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Debits before credits, then by account and sequence: the one order in which a transaction shows its entries."""
    if len(entries) == _PAIR:
        # Most transactions are a debit and a credit, of which the signs are enough.
        first, second = entries
        if first.amount_minor < 0 < second.amount_minor:
            return (first, second)
    return tuple(sorted(entries, key=_reading_position))


def _reading_position(entry: Entry) -> tuple[bool, int, int]:
    return (entry.amount_minor > 0, entry.account_id.int, entry.sequence)


def require_balanced(entries: Iterable[Entry]) -> None:
    """Require that the entries sum to zero in each currency.

    Raises:
        LedgerInvariantError: they do not, so money would be made or lost.
    """
    totals: dict[Currency, int] = {}
    for entry in entries:
        totals[entry.currency] = totals.get(entry.currency, 0) + entry.amount_minor
    if any(totals.values()):
        raise LedgerInvariantError(f"entries do not sum to zero: {totals}")


def require_amount(amount: Money) -> None:
    """Require that it is an amount that can be moved. Raises: InvalidRequestError."""
    require_a(Money, amount, "/amount", _AMOUNT)
    amount.require_positive()


def require_lines(lines: Sequence[Posting]) -> None:
    """Require that they are postings that move something, and sum to zero in each currency.

    Raises:
        InvalidRequestError: they are not.
        AmountOutOfRangeError: they move more in total than an amount can be.
    """
    for line in lines:
        require_a(Posting, line, "/postings", "postings are a list such as [Posting(account_id, amount), ...]")
        require_id(line.account_id, "/postings")
        require_a(Money, line.amount, "/postings", _AMOUNT)
    credited: dict[Currency, int] = {}
    debited: dict[Currency, int] = {}
    for _account_id, amount in lines:
        if not amount:
            raise InvalidRequestError(pointer="/postings", detail="a posting moves something")
        totals = credited if amount.minor > 0 else debited
        totals[amount.currency] = totals.get(amount.currency, 0) + abs(amount.minor)
    if credited != debited:
        raise InvalidRequestError(
            pointer="/postings", detail=f"postings sum to zero in each currency: {_off(credited, debited)}"
        )
    for currency, total in credited.items():
        # The total must be an amount too, so that no debit of an account is too large for one.
        Money(total, currency)


def _off(credited: Mapping[Currency, int], debited: Mapping[Currency, int]) -> str:
    """By how much the lines miss zero, in the currencies in which they do."""
    sums = {currency: credited.get(currency, 0) - debited.get(currency, 0) for currency in (*debited, *credited)}
    return ", ".join(
        f"{currency.code} is off by {decimal_of(minor, currency.exponent)}" for currency, minor in sums.items() if minor
    )
