"""What FX needs from outside: present rates, one unit of work over quotes, and queries."""

from abc import abstractmethod
from typing import Protocol

from bankcore.fx.quotes import FxQuote, FxQuoteId, QuoteAsOf
from bankcore.fx.rates import CurrencyPair, RateAsOf
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import TransactionId
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Transaction


class RateSource(Protocol):
    """Tells what currencies are worth. It is asked outside of units of work, because it may be slow."""

    @abstractmethod
    def get_rate(self, pair: CurrencyPair) -> RateAsOf:
        """What the source says now, never what it said before.

        Raises:
            FxUnavailableError: it says nothing, nothing that can be believed, or not in time.
        """


class FxUnit(UnitOfWork, Protocol):
    """Quotes of one tenant inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The ledger in this unit of work: its commands are committed with the rest."""

    @abstractmethod
    def add_quote(self, quote: FxQuote) -> None:
        """Add a new quote."""

    @abstractmethod
    def find_quote(self, quote_id: FxQuoteId) -> FxQuote | None:
        """The quote with that id."""

    @abstractmethod
    def lock_quote(self, quote_id: FxQuoteId) -> QuoteAsOf | None:
        """Lock the quote until this unit of work ends; as it is, and what time it is, once it is locked.

        Raises:
            UnavailableError: another unit of work held it for too long.
        """

    @abstractmethod
    def mark_used(self, quote: FxQuote) -> None:
        """Write the transaction of a quote that is locked by this unit of work."""

    @abstractmethod
    def find_transaction(self, transaction_id: TransactionId) -> Transaction | None:
        """The recorded transaction with that id."""


FxUnits = Units[FxUnit]
"""Runs a piece of FX's work in a unit of work of its own."""


class FxQueries(Protocol):
    """Reads of one tenant's quotes; `owner_id` hides those of other owners, None is for staff and services."""

    @abstractmethod
    def get_quote(self, quote_id: FxQuoteId, *, owner_id: str | None = None) -> QuoteAsOf:
        """The quote as it is now.

        Raises:
            NotFoundError: there is none, or it was given to somebody else.
            InvalidRequestError: the id is none.
        """
