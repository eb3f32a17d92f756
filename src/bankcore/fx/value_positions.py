"""ValuePositions: what the bank holds of each currency because of exchanges, and what that is worth now."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bankcore.arguments import require_a
from bankcore.clock import Clock
from bankcore.fx.ports import RateSource
from bankcore.fx.rates import CurrencyPair, ExchangeRate, FxUnavailableError, RateProblem, require_present
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.queries import LedgerQueries
from bankcore.money import Currency
from bankcore.rounding import Rounding

_ONE: Final = ExchangeRate(1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FxPosition:
    """The sum of the position accounts of one currency, and its value; `problem` says why there is none.

    In minor units of either currency, because sums can be more than an amount.
    """

    currency: Currency
    balance_minor: int
    rate: ExchangeRate | None = None
    value_minor: int | None = None
    problem: RateProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionReport:
    """All positions, valued in one currency at that instant; nothing is posted."""

    currency: Currency
    at: datetime
    positions: tuple[FxPosition, ...]

    @property
    def total_minor(self) -> int | None:
        """What would be left if all were exchanged at these rates: gain or loss. None if a value is missing."""
        values = [position.value_minor for position in self.positions if position.value_minor is not None]
        return sum(values) if len(values) == len(self.positions) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuePositions:
    """Reports the positions of one tenant."""

    queries: LedgerQueries
    rates: RateSource
    clock: Clock
    rate_age_max: timedelta
    default_currency: Currency

    def get_report(self, currency: Currency | None = None) -> PositionReport:
        """The positions in the order of their currencies, each rounded to the smaller value."""
        into = self.default_currency if currency is None else currency
        require_a(Currency, into, "/currency", 'a currency is written Currency.of("USD")')
        sums: dict[Currency, int] = defaultdict(int)
        for line in self.queries.trial_balance():
            if line.kind is AccountKind.FX_POSITION:
                sums[line.currency] += line.total_minor
        found: list[FxPosition] = []
        silent: RateProblem | None = None
        for held, balance_minor in sorted(sums.items(), key=lambda item: item[0].code):
            position = self._value(held, balance_minor, into, silent)
            found.append(position)
            if position.problem is not None and position.problem.concerns_all:
                # A source that does not answer would keep the reader waiting for each currency.
                silent = position.problem
        return PositionReport(currency=into, at=self.clock.now(), positions=tuple(found))

    def _value(self, held: Currency, balance_minor: int, into: Currency, silent: RateProblem | None) -> FxPosition:
        """The position with its value; `silent` is why the source need not be asked again."""
        found = self._find_rate(CurrencyPair(held, into), silent) if balance_minor else _ONE
        if isinstance(found, RateProblem):
            return FxPosition(currency=held, balance_minor=balance_minor, problem=found)
        value_minor = found.converted_minor(balance_minor, held, into, rounding=Rounding.FLOOR)
        return FxPosition(currency=held, balance_minor=balance_minor, rate=found, value_minor=value_minor)

    def _find_rate(self, pair: CurrencyPair, silent: RateProblem | None) -> ExchangeRate | RateProblem:
        if pair.given == pair.got:
            return _ONE
        if silent is not None:
            return silent
        try:
            found = self.rates.get_rate(pair)
            return require_present(found, pair, at=self.clock.now(), age_max=self.rate_age_max)
        except FxUnavailableError as refusal:
            return refusal.problem
