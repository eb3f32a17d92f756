"""TimelyRates: nobody waits for a rate longer than was said, whatever its source does."""

import threading
from concurrent.futures import Future

from typing_extensions import override

from bankcore.fx.ports import RateSource
from bankcore.fx.rates import CurrencyPair, FxUnavailableError, RateAsOf, RateProblem


class TimelyRates(RateSource):
    """Asks another source in a thread of its own, which may hang where no time limit reaches: in looking up a name, or
    while a server sends a byte now and then.

    Only so many questions are under way at once, because a silent server must not keep every thread of a process.
    """

    def __init__(self, rates: RateSource, *, timeout_s: float, at_once_max: int) -> None:
        self._rates = rates
        self._timeout_s = timeout_s
        self._places = threading.BoundedSemaphore(at_once_max)

    @override
    def get_rate(self, pair: CurrencyPair) -> RateAsOf:
        if not self._places.acquire(blocking=False):
            raise FxUnavailableError.of(pair, RateProblem.OVERLOADED)
        found: Future[RateAsOf] = Future()
        threading.Thread(target=self._ask, args=(pair, found), name="fx-rate", daemon=True).start()
        try:
            return found.result(self._timeout_s)
        except TimeoutError:
            raise FxUnavailableError.of(pair, RateProblem.TOO_SLOW) from None

    def _ask(self, pair: CurrencyPair, found: "Future[RateAsOf]") -> None:
        """Ask; the place becomes free when the source has answered, not when the caller stops waiting."""
        try:
            found.set_result(self._rates.get_rate(pair))
        except BaseException as error:  # noqa: BLE001 - it is raised where the rate was asked for
            found.set_exception(error)
        finally:
            self._places.release()
