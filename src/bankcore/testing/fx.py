"""FX in memory: the real rules and use cases, on quotes that vanish with the test and rates that the test says."""

from dataclasses import dataclass, field
from datetime import timedelta

from bankcore.arguments import require_id, require_optional_words
from bankcore.clock import Clock
from bankcore.errors import NotFoundError
from bankcore.fx.give_quote import GiveQuote
from bankcore.fx.open_positions import OpenPositions
from bankcore.fx.ports import FxQueries, FxUnit, RateSource
from bankcore.fx.quotes import FxQuote, FxQuoteId, QuoteAsOf, QuotePolicy
from bankcore.fx.rates import CurrencyPair, ExchangeRate, FxUnavailableError, RateAsOf, RateProblem
from bankcore.fx.use_quote import UseQuote
from bankcore.fx.value_positions import ValuePositions
from bankcore.identifiers import TransactionId
from bankcore.ledger.transactions import Transaction
from bankcore.money import Currency
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


class InMemoryRates(RateSource):
    """Says what it was told, as of now; `problem` silences it, and `age` makes what it says older."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rates: dict[CurrencyPair, ExchangeRate] = {}
        self.problem: RateProblem | None = None
        self.age = timedelta()
        self.asked = 0

    def set_rate(self, pair: str, rate: str) -> None:
        """Say from now on that one unit of the first currency of a pair such as `USD/NPR` is worth so much."""
        given, got = pair.split("/")
        self._rates[CurrencyPair(Currency.of(given), Currency.of(got))] = ExchangeRate.of(rate)

    def get_rate(self, pair: CurrencyPair) -> RateAsOf:
        """What was told; FxUnavailableError."""
        self.asked += 1
        if self.problem is not None:
            raise FxUnavailableError.of(pair, self.problem)
        if pair not in self._rates:
            raise FxUnavailableError.of(pair, RateProblem.NO_SUCH_RATE)
        return RateAsOf(self._rates[pair], self._clock.now() - self.age)


@dataclass(slots=True)
class InMemoryQuotes(Section):
    """The stored quotes of one tenant; every value is immutable."""

    quotes: dict[FxQuoteId, FxQuote] = field(default_factory=dict)


class InMemoryFxUnit(InMemoryUnit, FxUnit):
    """Quotes and books of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: InMemoryQuotes) -> None:
        super().__init__(ledger_unit, bank)
        self._books = ledger_unit.draft
        self._draft = ledger_unit.draft.section(stored)

    def add_quote(self, quote: FxQuote) -> None:
        self._draft.quotes[quote.id] = quote

    def find_quote(self, quote_id: FxQuoteId) -> FxQuote | None:
        return self._draft.quotes.get(quote_id)

    def lock_quote(self, quote_id: FxQuoteId) -> QuoteAsOf | None:
        quote = self._draft.quotes.get(quote_id)
        return None if quote is None else QuoteAsOf(quote, self.opened_at)

    def mark_used(self, quote: FxQuote) -> None:
        self._draft.quotes[quote.id] = quote

    def find_transaction(self, transaction_id: TransactionId) -> Transaction | None:
        return self._books.transactions.get(transaction_id)


class InMemoryFxQueries(FxQueries):
    """Reads of quotes in memory."""

    def __init__(self, stored: InMemoryQuotes, clock: Clock) -> None:
        self._stored = stored
        self._clock = clock

    def get_quote(self, quote_id: FxQuoteId, *, owner_id: str | None = None) -> QuoteAsOf:
        """The quote; NotFoundError."""
        require_id(quote_id, "/quoteId")
        require_optional_words(owner_id, "/ownerId")
        quote = self._stored.quotes.get(quote_id)
        if quote is None or not quote.is_shown_to(owner_id):
            raise NotFoundError(resource="fx_quote", identifier=str(quote_id))
        return QuoteAsOf(quote, self._clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class FxServices:
    """What one tenant's FX offers: quotes to ask for, to read and to use, and positions to value."""

    give_quote: GiveQuote
    use_quote: UseQuote
    queries: FxQueries
    value_positions: ValuePositions


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryFx:
    """One tenant's FX, with the stored quotes and the rates for a test to look at and to change."""

    stored: InMemoryQuotes
    rates: InMemoryRates
    units: InMemoryUnits[InMemoryFxUnit]
    services: FxServices


def in_memory_fx(bank: InMemoryBank, policy: QuotePolicy | None = None) -> InMemoryFx:
    """FX without quotes and rates for the tenant of that bank, whose clock moves its time."""
    stored, rates, policy = InMemoryQuotes(), InMemoryRates(bank.clock), policy or QuotePolicy()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryFxUnit(unit, bank, stored))
    give_quote = GiveQuote(
        tenant_id=bank.tenant_id,
        units=units,
        ids=bank.ids,
        rates=rates,
        positions=OpenPositions(bank.tenant_id, bank.ledger, bank.queries),
        policy=policy,
    )
    value_positions = ValuePositions(
        queries=bank.queries,
        rates=rates,
        clock=bank.clock,
        rate_age_max=policy.rate_age_max,
        default_currency=Currency.of("USD"),
    )
    return InMemoryFx(
        stored=stored,
        rates=rates,
        units=units,
        services=FxServices(
            give_quote=give_quote,
            use_quote=UseQuote(units),
            queries=InMemoryFxQueries(stored, bank.clock),
            value_positions=value_positions,
        ),
    )
