"""Rates out of a file, which is read for each quote: whoever replaces it has changed the rates."""

from pathlib import Path

from typing_extensions import override

from bankcore.fx.ports import RateSource
from bankcore.fx.rates import CurrencyPair, FxUnavailableError, RateAsOf, RateProblem
from bankcore_infra.fx.rates_document import DOCUMENT_BYTES_MAX, rate_listed


class FileRates(RateSource):
    """Says what stands in the file now."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @override
    def get_rate(self, pair: CurrencyPair) -> RateAsOf:
        try:
            with self._path.open("rb") as file:
                document = file.read(DOCUMENT_BYTES_MAX + 1)
        except OSError:
            raise FxUnavailableError.of(pair, RateProblem.UNREACHABLE) from None
        if len(document) > DOCUMENT_BYTES_MAX:
            raise FxUnavailableError.of(pair, RateProblem.WRONG_ANSWER)
        return rate_listed(document, pair)
