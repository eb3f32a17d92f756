"""Quotes: what is got for an amount, held for a short time, for one transfer of one owner."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, NewType, Self
from uuid import UUID

from bankcore.errors import BankcoreError, InvalidRequestError
from bankcore.fx.rates import BASIS_POINTS, CurrencyPair, ExchangeRate
from bankcore.identifiers import TenantId, TransactionId
from bankcore.ledger.quoted_transfers import QuoteExpiredError, QuoteUsedError
from bankcore.money import CurrencyMismatchError, Money

FxQuoteId = NewType("FxQuoteId", UUID)
SPREAD_MAX: Final = BASIS_POINTS // 2
"""In basis points: a bank that keeps more than half is a mistake."""


class QuoteStatus(StrEnum):
    """Whether a quote can be used."""

    ACTIVE = "active"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotePolicy:
    """How long a rate is held, how old it may be when it is, and what the bank keeps of it, in basis points."""

    lifetime: timedelta = timedelta(seconds=60)
    rate_age_max: timedelta = timedelta(seconds=60)
    spread_bps: int = 0

    def __post_init__(self) -> None:
        """Refuse spreads that nobody means."""
        if type(self.spread_bps) is not int or not 0 <= self.spread_bps <= SPREAD_MAX:
            raise InvalidRequestError(pointer="/spread", detail=f"a whole number from 0 to {SPREAD_MAX}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FxQuote:
    """For `from_amount`, `to_amount` is got; never changed, but for the one transaction that uses it.

    `rate` is what it says: `market_rate`, as of `rated_at`, less the spread. Only `owner_id` may use it, or services of
    ours if there is none. It is good before `expires_at`, by the database's clock.
    """

    tenant_id: TenantId
    id: FxQuoteId
    owner_id: str | None
    from_amount: Money
    to_amount: Money
    rate: ExchangeRate
    market_rate: ExchangeRate
    spread_bps: int
    rated_at: datetime
    created_at: datetime
    expires_at: datetime
    transaction_id: TransactionId | None = None

    @property
    def pair(self) -> CurrencyPair:
        """Both currencies."""
        return CurrencyPair(self.from_amount.currency, self.to_amount.currency)

    def is_shown_to(self, owner_id: str | None) -> bool:
        """Whether that owner may know of it; None stands for staff and services."""
        return owner_id is None or owner_id == self.owner_id

    def status_at(self, instant: datetime) -> QuoteStatus:
        """What it is then. A used quote stays used."""
        if self.transaction_id is not None:
            return QuoteStatus.USED
        return QuoteStatus.ACTIVE if instant < self.expires_at else QuoteStatus.EXPIRED

    def seconds_remaining_at(self, instant: datetime) -> int:
        """For how many more whole seconds it can be used; 0 for none. A clock that was set back adds none."""
        if self.status_at(instant) is not QuoteStatus.ACTIVE:
            return 0
        return min(self.expires_at - instant, self.expires_at - self.created_at) // timedelta(seconds=1)

    def refusal_of(self, amount: Money, *, at: datetime) -> BankcoreError | None:
        """Why no transfer of that amount can use it then, or None if one can."""
        status = self.status_at(at)
        if status is QuoteStatus.USED:
            return QuoteUsedError(quote_id=self.id)
        if status is QuoteStatus.EXPIRED:
            return QuoteExpiredError(quote_id=self.id, expired_at=self.expires_at)
        if amount.currency != self.from_amount.currency:
            return CurrencyMismatchError(expected=self.from_amount.currency.code, actual=amount.currency.code)
        if amount != self.from_amount:
            return InvalidRequestError(pointer="/amount", detail=f"the quote is for {self.from_amount}")
        return None

    def used_by(self, transaction_id: TransactionId) -> Self:
        """The quote after that transaction."""
        return replace(self, transaction_id=transaction_id)

    def as_given(self) -> Self:
        """The quote as it was at first."""
        return replace(self, transaction_id=None)


class QuoteAsOf(NamedTuple):
    """A quote, and the instant at which it was read, by the database's clock."""

    quote: FxQuote
    as_of: datetime
