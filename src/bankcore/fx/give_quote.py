"""GiveQuote: tells what would be got for an amount, and holds it for a while."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from bankcore.arguments import require_a
from bankcore.errors import BankcoreError, InvalidRequestError, LedgerInvariantError
from bankcore.events.stamps import CommandRefused
from bankcore.fx.actions import QUOTE_GIVEN
from bankcore.fx.events import FxQuoteGiven
from bankcore.fx.open_positions import OpenPositions
from bankcore.fx.ports import FxUnit, FxUnits, RateSource
from bankcore.fx.quotes import FxQuote, FxQuoteId, QuotePolicy
from bankcore.fx.rates import CurrencyPair, FxUnavailableError, RateAsOf, require_present
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.identifiers import IdentifierSource, TenantId
from bankcore.money import AmountOutOfRangeError, Currency, Money
from bankcore.origin import LIBRARY, Origin
from bankcore.rounding import Rounding


@dataclass(frozen=True, slots=True)
class RequestQuote:
    """What is got of `to_currency` for this amount?"""

    from_amount: Money
    to_currency: Currency
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive, one currency twice, and an invalid key."""
        require_a(Money, self.from_amount, "/fromAmount", 'an amount is written Money.of("100.50", "USD")')
        require_a(Currency, self.to_currency, "/toCurrency", 'a currency is written Currency.of("NPR")')
        if self.from_amount.minor <= 0:
            raise InvalidRequestError(pointer="/fromAmount", detail="the amount must be more than zero")
        if self.from_amount.currency == self.to_currency:
            raise InvalidRequestError(pointer="/toCurrency", detail="a quote is for two currencies")
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    @property
    def pair(self) -> CurrencyPair:
        """Both currencies."""
        return CurrencyPair(self.from_amount.currency, self.to_currency)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        asked = ["request_quote", self.from_amount.minor, *[currency.code for currency in self.pair]]
        return sha256(json.dumps(asked, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveQuote:
    """Gives quotes of one tenant."""

    tenant_id: TenantId
    units: FxUnits
    ids: IdentifierSource
    rates: RateSource
    positions: OpenPositions
    policy: QuotePolicy = field(default_factory=QuotePolicy)

    def __call__(self, command: RequestQuote, *, origin: Origin = LIBRARY) -> Accepted[FxQuote]:
        """Give a quote to the caller alone. A caller that repeats key and request gets the first one again, as it was.

        The source of rates is asked before the unit of work begins, so that nobody waits for it with a lock.

        Raises:
            InvalidRequestError: the amount comes to less than a minor unit of the other currency.
            AmountOutOfRangeError: it comes to more than an amount can be.
            FxUnavailableError: there is no present rate; nothing was recorded.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with the key is still running.
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: send it again with the same key.
        """
        require_a(RequestQuote, command, "/command", "what is asked for is a RequestQuote")
        require_a(Origin, origin, "/origin", "who asks is an Origin")
        key = key_of(origin, command.idempotency_key)
        found = self._find_rate(command.pair)
        if isinstance(found, RateAsOf):
            self.positions(command.pair, origin=origin)
        return answer_once(
            self.units, key, command.fingerprint(), lambda unit: _Giving(self, unit, command, found, origin)
        )

    def _find_rate(self, pair: CurrencyPair) -> RateAsOf | FxUnavailableError:
        """The rate, or why there is none: whoever repeats a request needs none."""
        try:
            return self.rates.get_rate(pair)
        except FxUnavailableError as refusal:
            return refusal


@dataclass(frozen=True, slots=True)
class _Giving(KeyedTask[FxQuote]):
    service: GiveQuote
    unit: FxUnit
    command: RequestQuote
    found: RateAsOf | FxUnavailableError
    origin: Origin

    def decide(self) -> FxQuote | Rejected:
        command, unit, policy = self.command, self.unit, self.service.policy
        if isinstance(self.found, FxUnavailableError):
            # Raised and not returned, because nothing of it is remembered: the next try may find a rate.
            raise self.found
        market_rate = require_present(self.found, command.pair, at=unit.opened_at, age_max=policy.rate_age_max)
        rate = market_rate.less(policy.spread_bps)
        try:
            to_amount = rate.convert(command.from_amount, command.to_currency, rounding=Rounding.DOWN)
        except AmountOutOfRangeError as refusal:
            return Rejected(refusal)
        if not to_amount:
            detail = f"it comes to less than the smallest amount of {command.to_currency}"
            return Rejected(InvalidRequestError(pointer="/fromAmount", detail=detail))
        quote = FxQuote(
            tenant_id=self.service.tenant_id,
            id=FxQuoteId(self.service.ids.new_id()),
            owner_id=self.origin.owner_id,
            from_amount=command.from_amount,
            to_amount=to_amount,
            rate=rate,
            market_rate=market_rate,
            spread_bps=policy.spread_bps,
            rated_at=self.found.as_of,
            created_at=unit.opened_at,
            expires_at=unit.opened_at + policy.lifetime,
        )
        unit.add_quote(quote)
        unit.publish([FxQuoteGiven(unit.new_stamp(self.origin), quote)])
        return quote

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.origin), QUOTE_GIVEN, None, reason)

    def encode(self, value: FxQuote) -> bytes:
        return value.id.bytes

    def decode(self, encoded: bytes) -> FxQuote:
        quote = self.unit.find_quote(FxQuoteId(UUID(bytes=encoded)))
        if quote is None:
            raise LedgerInvariantError("a quote is remembered that is not there")
        return quote.as_given()
