"""What the routes of transactions take and show."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Final, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit, Transfer, Withdraw
from bankcore.ledger.expectations import EXPECTATIONS_MAX, Expect
from bankcore.ledger.queries import TransactionView
from bankcore.ledger.quoted_transfers import applied_quote
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.ledger.transactions import Entry, Transaction
from bankcore.money import Money
from bankcore_http.answering import members
from bankcore_http.answering.members import REFERENCE_EXAMPLE, Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.ledger.destinations import Destination
from bankcore_http.ledger.shapes.accounts import BalanceAfter, KindName, Moved
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible
from bankcore_http.reading.pagination import PagedListQuery
from bankcore_http.reading.shapes import BodyShape, Ranges

KIND_LENGTH_MAX: Final = 32
_NUMBER_LENGTH_MAX: Final = 40
_VERSION_MAX: Final = 2**53 - 1

_Version = Annotated[int, fields.whole_number(0, _VERSION_MAX)]
_AccountNumber = Annotated[str, fields.text(_NUMBER_LENGTH_MAX)]


class ExpectBody(BodyShape):
    """What must be so on an account of yours, or nothing is done: its version before, what is available after."""

    account_id: fields.AccountUuid
    version: Annotated[Omissible[_Version], Doc(description="As the account shows it")] = None
    available_min: Annotated[Omissible[fields.AmountString], Doc(example="0.00")] = None

    def expectation(self, currency: str) -> Expect:
        """The expectation, in that currency; InvalidRequestError, AmountOutOfRangeError."""
        least = None if self.available_min is None else Money.of(self.available_min, currency)
        return Expect(AccountId(self.account_id), version=self.version, available_min=least)


class AmountBody(BodyShape):
    """What every request to move money says."""

    amount: Annotated[fields.AmountString, Doc(description="More than zero, at most the currency's decimals")]
    currency: fields.CurrencyCode
    reference: Annotated[Omissible[fields.Reference], Doc(example=REFERENCE_EXAMPLE)] = None
    metadata: fields.Metadata = Field(default_factory=dict)
    expects: Annotated[list[ExpectBody], Field(max_length=EXPECTATIONS_MAX)] = Field(default_factory=list)

    def money(self) -> Money:
        """The amount, more than zero; InvalidRequestError, AmountOutOfRangeError."""
        return Money.of(self.amount, self.currency).require_positive()

    def expectations(self) -> Sequence[Expect]:
        """What is expected; InvalidRequestError names the one that says nothing."""
        expected: list[Expect] = []
        for index, each in enumerate(self.expects):
            try:
                expected.append(each.expectation(self.currency))
            except InvalidRequestError as error:
                raise replace(error, pointer=f"/expects/{index}{error.pointer}") from None
        return expected


class MoneyBody(AmountBody):
    """Money that enters or leaves an account."""

    account_id: fields.AccountUuid

    def deposit(self, key: str | None = None) -> Deposit:
        """The command to credit the account; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return Deposit(
            AccountId(self.account_id),
            self.money(),
            reference=self.reference,
            metadata=self.metadata,
            expects=self.expectations(),
            idempotency_key=key,
        )

    def withdrawal(self, key: str | None = None) -> Withdraw:
        """The command to debit the account; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return Withdraw(
            AccountId(self.account_id),
            self.money(),
            reference=self.reference,
            metadata=self.metadata,
            expects=self.expectations(),
            idempotency_key=key,
        )


class TransferBody(AmountBody):
    """Money that moves between two accounts; exactly one of `toAccountId` and `toAccountNumber` says where to."""

    alternatives: ClassVar[tuple[str, ...]] = ("toAccountId", "toAccountNumber")

    from_account_id: fields.AccountUuid
    to_account_id: Annotated[Omissible[fields.Uuid], Doc(example=members.OTHER_ACCOUNT_ID_EXAMPLE)] = None
    to_account_number: Annotated[
        Omissible[_AccountNumber], Doc(example=members.NUMBER_EXAMPLE, description="Instead of `toAccountId`")
    ] = None
    fx_quote_id: Annotated[
        Omissible[fields.Uuid], Doc(description="The quote to use, for accounts of two currencies")
    ] = None

    def command(self, money: Money, destination: Destination, key: str) -> Transfer:
        """The command to move that money there."""
        return Transfer(
            AccountId(self.from_account_id),
            destination.account_id,
            money,
            reference=self.reference,
            metadata=self.metadata,
            expects=self.expectations(),
            idempotency_key=key,
        )


class ReversalBody(BodyShape):
    """How much of a transaction is undone, and why."""

    amount: Annotated[Omissible[fields.AmountString], Doc(description="By default all that is left")] = None
    currency: Annotated[Omissible[fields.CurrencyCode], Doc(description="By default that of the transaction")] = None
    reason: Annotated[fields.Reference, Doc(example="Sent twice")]

    def command(self, transaction: Transaction, key: str) -> ReverseTransaction:
        """The command to undo it; InvalidRequestError or AmountOutOfRangeError for the amount."""
        amount = None
        if self.amount is not None:
            currency = self.currency or transaction.entries[0].currency
            amount = Money.of(self.amount, currency).require_positive()
        return ReverseTransaction(transaction.id, amount, reason=self.reason, idempotency_key=key)


class HistoryQuery(PagedListQuery):
    """Which transactions to list: posted in [from, to), of an amount in [min, max]."""

    ranges: ClassVar[Ranges] = (("from_instant", "to_instant"), ("amount_min", "amount_max"))

    account_id: Omissible[fields.AccountUuid] = None
    kind: Annotated[Omissible[Annotated[str, fields.text(KIND_LENGTH_MAX)]], Doc(example="transfer")] = None
    from_instant: Omissible[fields.Instant] = Field(None, alias="from")
    to_instant: Omissible[fields.Instant] = Field(None, alias="to")
    amount_min: Omissible[fields.AmountString] = Field(None, alias="min")
    amount_max: Omissible[fields.AmountString] = Field(None, alias="max")
    reference: Annotated[Omissible[fields.Reference], Doc(example=REFERENCE_EXAMPLE)] = None


class TransactionEntryShape(TypedDict):
    """A line of a transaction; balances and sequence are shown for the viewer's own accounts, and to staff."""

    accountId: members.AccountId
    amount: Moved
    currency: NotRequired[
        Annotated[members.Currency, Doc(description="Only where a transaction moves several currencies")]
    ]
    balanceBefore: NotRequired[members.Amount]
    balanceAfter: NotRequired[BalanceAfter]
    sequence: NotRequired[members.Ordinal]


class _Reversing(TypedDict):
    # Apart, because mypy takes a member that may be missing into a display by such a type only.
    reversedBy: NotRequired[
        Annotated[list[members.OtherTransactionId], Doc(description="The transactions that undo it, or parts of it")]
    ]
    reverses: NotRequired[
        Annotated[members.OtherTransactionId, Doc(description="The transaction that this one undoes")]
    ]


class _Exchanging(TypedDict):
    fxQuoteId: NotRequired[
        Annotated[members.QuoteId, Doc(description="The quote that a transfer between currencies used")]
    ]
    fxRate: NotRequired[
        Annotated[str, Doc(description="Its exact rate", pattern=members.AMOUNT_PATTERN, example="133.25")]
    ]


class TransactionShape(_Reversing, _Exchanging):
    """A recorded movement of money; amount and currency are null where it moves several currencies."""

    id: members.TransactionId
    kind: KindName
    status: Annotated[str, Word("posted")]
    amount: Annotated[members.Amount, Doc(example="250.50")] | None
    currency: members.Currency | None
    reference: members.Reference | None
    metadata: fields.Metadata
    postedAt: members.Instant
    effectiveAt: members.Instant
    entries: list[TransactionEntryShape]


def present_transaction(view: TransactionView) -> TransactionShape:
    """A transaction as its viewer may see it: of the other side's accounts only what moved."""
    transaction = view.transaction
    amount = transaction.amount
    reverses: _Reversing = {} if transaction.reverses is None else {"reverses": str(transaction.reverses)}
    if view.reversed_by:
        reverses["reversedBy"] = list(map(str, view.reversed_by))
    quote = applied_quote(transaction)
    exchanging: _Exchanging = {} if quote is None else {"fxQuoteId": quote.quote_id, "fxRate": quote.rate}
    return {
        "id": str(transaction.id),
        "kind": transaction.kind,
        "status": "posted",
        "amount": None if amount is None else amount.to_decimal_string(),
        "currency": None if amount is None else amount.currency.code,
        "reference": transaction.reference,
        "metadata": dict(transaction.metadata),
        **reverses,
        **exchanging,
        "postedAt": render_instant(transaction.posted_at),
        "effectiveAt": render_instant(transaction.effective_at),
        "entries": [_present_entry(view, entry) for entry in transaction.entries],
    }


def _present_entry(view: TransactionView, entry: Entry) -> TransactionEntryShape:
    shown: TransactionEntryShape = {"accountId": str(entry.account_id), "amount": entry.amount.to_decimal_string()}
    if view.transaction.amount is None:
        shown["currency"] = entry.currency.code
    if view.may_see_balances(entry):
        shown["balanceBefore"] = entry.balance_before.to_decimal_string()
        shown["balanceAfter"] = entry.balance_after.to_decimal_string()
        shown["sequence"] = entry.sequence
    return shown
