"""What a bank says whose operator has set up no source of rates."""

from typing import Final

from typing_extensions import override

from bankcore.fx.ports import RateSource
from bankcore.fx.rates import CurrencyPair, FxUnavailableError, RateAsOf, RateProblem
from bankcore_infra.settings import variable_of

ADVICE: Final = f"the operator sets {variable_of('fx_rates_file')} or {variable_of('fx_rates_url')}"


class NoRates(RateSource):
    """Has no rate of anything."""

    @override
    def get_rate(self, pair: CurrencyPair) -> RateAsOf:
        raise FxUnavailableError.of(pair, RateProblem.NOT_SET_UP, ADVICE)
