"""Rates from a server, which is asked for each quote, with the client of the standard library (docs/adr/0062)."""

from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit

from typing_extensions import override

from bankcore.fx.ports import RateSource
from bankcore.fx.rates import CurrencyPair, FxUnavailableError, RateAsOf, RateProblem
from bankcore_infra.fx.rates_document import DOCUMENT_BYTES_MAX, rate_answered
from bankcore_infra.settings import SettingsError, variable_of

URL_VARIABLE: Final = variable_of("fx_rates_url")


class HttpRates(RateSource):
    """Says what the server answers. No other address is followed, and nothing is kept."""

    def __init__(self, url: str, *, timeout_s: float, token: str | None = None) -> None:
        """Ask that address, in which `{from}` and `{to}` stand for the currencies.

        Raises:
            SettingsError: it is no such address.
        """
        self._place = _place_of(url)
        self._timeout_s = timeout_s
        self._headers = {"Accept": "application/json", "User-Agent": "bankcore"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    @override
    def get_rate(self, pair: CurrencyPair) -> RateAsOf:
        connection = self._connection()
        try:
            connection.request("GET", self._target(pair), headers=self._headers)
            with connection.getresponse() as answer:
                return _rate_in(answer, pair)
        except TimeoutError:
            raise FxUnavailableError.of(pair, RateProblem.TOO_SLOW) from None
        except OSError:
            raise FxUnavailableError.of(pair, RateProblem.UNREACHABLE) from None
        except HTTPException:
            raise FxUnavailableError.of(pair, RateProblem.WRONG_ANSWER) from None
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        kind = HTTPSConnection if self._place.scheme == "https" else HTTPConnection
        # The name was found in the address when it was checked.
        return kind(self._place.hostname or "", self._place.port, timeout=self._timeout_s)

    def _target(self, pair: CurrencyPair) -> str:
        query = f"?{self._place.query}" if self._place.query else ""
        target = f"{self._place.path or '/'}{query}"
        return target.replace("{from}", pair.given.code).replace("{to}", pair.got.code)


def _place_of(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        is_one = place.scheme in {"http", "https"} and place.port != 0
    except ValueError:
        place, is_one = urlsplit(""), False
    if not is_one or not place.hostname or place.username is not None:
        raise SettingsError(URL_VARIABLE, "not an address such as https://rates.example/v1/{from}/{to}")
    target = f"{place.path}?{place.query}"
    if "{from}" not in target or "{to}" not in target or not target.isascii() or not target.isprintable():
        raise SettingsError(URL_VARIABLE, "{from} and {to} have to stand in it for the currencies")
    return place


def _rate_in(answer: HTTPResponse, pair: CurrencyPair) -> RateAsOf:
    if answer.status == HTTPStatus.NOT_FOUND:
        raise FxUnavailableError.of(pair, RateProblem.NO_SUCH_RATE)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise FxUnavailableError.of(pair, RateProblem.UNREACHABLE)
    if answer.status != HTTPStatus.OK:
        raise FxUnavailableError.of(pair, RateProblem.WRONG_ANSWER)
    document = answer.read(DOCUMENT_BYTES_MAX + 1)
    if len(document) > DOCUMENT_BYTES_MAX:
        raise FxUnavailableError.of(pair, RateProblem.WRONG_ANSWER)
    return rate_answered(document, pair)
