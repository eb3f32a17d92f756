"""Transfers between two currencies: the port to whoever gives quotes, and what such a transaction says of its quote."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, NamedTuple, Protocol
from uuid import UUID

from bankcore.errors import ConflictError, RejectedError
from bankcore.idempotency.answers import Accepted
from bankcore.ledger.commands import Transfer
from bankcore.ledger.transactions import Transaction
from bankcore.origin import LIBRARY, Origin

FX_TRANSFER: Final = "fx_transfer"
"""The kind of these transactions."""
QUOTE_ID: Final = "fxQuoteId"
RATE: Final = "fxRate"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class QuoteUsedError(ConflictError):
    """A quote is good for one transfer, and this one was made."""

    code: ClassVar[str] = "quote_used"
    title: ClassVar[str] = "The quote was used"
    quote_id: UUID


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class QuoteExpiredError(RejectedError):
    """The rate of a quote holds for a short time, and that is over; ask for a new one."""

    code: ClassVar[str] = "quote_expired"
    title: ClassVar[str] = "The quote has expired"
    quote_id: UUID
    expired_at: datetime


class AppliedQuote(NamedTuple):
    """Which quote a transaction used, and the exact rate: major units that were given for one of the payer's."""

    quote_id: str
    rate: str


def applied_quote(transaction: Transaction) -> AppliedQuote | None:
    """The quote of the transaction; None if it is no transfer between currencies.

    Its record is in the metadata, under two names that no caller may use in such a transfer.
    """
    if transaction.kind != FX_TRANSFER:
        return None
    quote_id, rate = (transaction.metadata.get(name) for name in (QUOTE_ID, RATE))
    return None if quote_id is None or rate is None else AppliedQuote(quote_id, rate)


class QuotedTransfers(Protocol):
    """Moves money from an account of one currency to one of another, at the rate of a quote."""

    @abstractmethod
    def __call__(self, transfer: Transfer, quote_id: UUID, *, origin: Origin = LIBRARY) -> Accepted[Transaction]:
        """Make the transfer, whose amount is the quote's, and use the quote up. Key and repeats are as everywhere.

        Raises:
            NotFoundError: there is no such quote, or it was given to somebody else; or an account is not there.
            QuoteUsedError: another transfer has used it.
            QuoteExpiredError: its time is over.
            InvalidRequestError: the amount is not that of the quote, or the metadata has a name that is the quote's.
            RejectedError: the ledger refuses (InsufficientFundsError, AccountFrozenError, ...).
            CurrencyMismatchError: an account or the amount is of another currency than the quote's.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with the key is still running.
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: send it again with the same key.
        """
