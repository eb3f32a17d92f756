"""Rates out of a file and from a server: exactly what is there now, or a refusal that says why not."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from typing import Final

import pytest

from bankcore.fx.ports import RateSource
from bankcore.fx.rates import CurrencyPair, ExchangeRate, FxUnavailableError, RateAsOf, RateProblem
from bankcore.money import Currency
from bankcore_infra.fx.no_rates import NoRates
from bankcore_infra.fx.rates_document import DOCUMENT_BYTES_MAX
from bankcore_infra.fx.rates_file import FileRates
from bankcore_infra.fx.rates_http import HttpRates
from bankcore_infra.fx.settings import FxSettings
from bankcore_infra.fx.timely_rates import TimelyRates
from bankcore_infra.fx.wiring import rates_of
from bankcore_infra.settings import SettingsError

PAIR: Final = CurrencyPair(Currency.of("USD"), Currency.of("NPR"))
FOUND: Final = RateAsOf(ExchangeRate.of("133.25"), datetime(2026, 1, 31, 12, tzinfo=UTC))
LIST: Final = '{"asOf": "2026-01-31T12:00:00Z", "rates": {"USD/NPR": "133.25", "NPR/USD": "0.0075"}}'
ANSWER: Final = '{"asOf": "2026-01-31T12:00:00Z", "from": "USD", "to": "NPR", "rate": "133.25"}'


def problem_of(rates: RateSource, pair: CurrencyPair = PAIR) -> RateProblem:
    with pytest.raises(FxUnavailableError) as refused:
        rates.get_rate(pair)
    return refused.value.problem


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """The address of a server that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_arguments: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}/rates/{{from}}/{{to}}?of={{from}}"
        finally:
            running.shutdown()
            thread.join()


def saying(body: str, *, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    return answer


def test_a_file_says_what_stands_in_it_at_that_moment(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    rates = FileRates(file)

    assert problem_of(rates) is RateProblem.UNREACHABLE
    file.write_text(LIST)
    assert rates.get_rate(PAIR) == FOUND
    file.write_text(LIST.replace("133.25", "134"))
    assert rates.get_rate(PAIR).rate == ExchangeRate.of("134")
    file.unlink()
    assert problem_of(rates) is RateProblem.UNREACHABLE


def test_a_file_has_a_rate_for_each_direction_and_none_is_made_of_another(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    file.write_text(LIST)

    back = CurrencyPair(PAIR.got, PAIR.given)

    assert FileRates(file).get_rate(back).rate == ExchangeRate.of("0.0075")
    assert problem_of(FileRates(file), CurrencyPair(PAIR.given, Currency.of("EUR"))) is RateProblem.NO_SUCH_RATE


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "{}",
        LIST.replace('"133.25"', "133.25"),
        LIST.replace("133.25", "0"),
        LIST.replace("133.25", "1e3"),
        LIST.replace("T12:00:00Z", "T12:00:00"),
        LIST.replace("2026-01-31T12:00:00Z", "2026-02-31T12:00:00Z"),
        LIST.replace("2026-01-31T12:00:00Z", "0001-01-01T00:00:00+23:00"),
        LIST.replace("2026-01-31T12:00:00Z", "today"),
        LIST + " " * DOCUMENT_BYTES_MAX,
    ],
)
def test_a_file_that_is_no_list_of_rates_is_not_believed(tmp_path: Path, document: str) -> None:
    file = tmp_path / "rates.json"
    file.write_text(document)

    assert problem_of(FileRates(file)) is RateProblem.WRONG_ANSWER


def test_a_server_is_asked_for_the_pair_and_shown_the_token() -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append((handler.path, handler.headers["Authorization"]))
        saying(ANSWER)(handler)

    with server(answer) as url:
        assert HttpRates(url, timeout_s=5).get_rate(PAIR) == FOUND
        assert HttpRates(url, timeout_s=5, token="secret").get_rate(PAIR) == FOUND

    assert seen == [("/rates/USD/NPR?of=USD", None), ("/rates/USD/NPR?of=USD", "Bearer secret")]


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (ANSWER, 500, RateProblem.UNREACHABLE),
        (ANSWER, 503, RateProblem.UNREACHABLE),
        (ANSWER, 404, RateProblem.NO_SUCH_RATE),
        (ANSWER, 401, RateProblem.WRONG_ANSWER),
        (ANSWER, 302, RateProblem.WRONG_ANSWER),
        (ANSWER, 203, RateProblem.WRONG_ANSWER),
        ("", 200, RateProblem.WRONG_ANSWER),
        ("<html>", 200, RateProblem.WRONG_ANSWER),
        (ANSWER.replace("NPR", "INR"), 200, RateProblem.WRONG_ANSWER),
        (ANSWER.replace('"133.25"', "133.25"), 200, RateProblem.WRONG_ANSWER),
        (ANSWER.replace("133.25", "-133.25"), 200, RateProblem.WRONG_ANSWER),
        (ANSWER + " " * DOCUMENT_BYTES_MAX, 200, RateProblem.WRONG_ANSWER),
    ],
)
def test_a_server_that_says_anything_else_is_not_believed(body: str, status: int, problem: RateProblem) -> None:
    with server(saying(body, status=status, Location="http://127.0.0.1:1/")) as url:
        assert problem_of(HttpRates(url, timeout_s=5)) is problem


def test_a_server_that_hangs_up_or_speaks_no_http_is_told_from_one_that_is_not_there() -> None:
    def garbage(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"not http at all\r\n\r\n")

    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "500")
        handler.end_headers()

    with server(garbage) as url:
        assert problem_of(HttpRates(url, timeout_s=5)) is RateProblem.WRONG_ANSWER
    with server(cut) as url:
        assert problem_of(HttpRates(url, timeout_s=5)) is RateProblem.WRONG_ANSWER
        gone = url
    assert problem_of(HttpRates(gone, timeout_s=5)) is RateProblem.UNREACHABLE


def test_a_server_that_never_answers_is_too_slow() -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/{{from}}/{{to}}"

        assert problem_of(HttpRates(url, timeout_s=0.05)) is RateProblem.TOO_SLOW


@pytest.mark.parametrize(
    "url",
    [
        "rates",
        "ftp://rates.example/{from}/{to}",
        "http:///{from}/{to}",
        "http://rates.example:99999/{from}/{to}",
        "http://[::1/{from}/{to}",
        "http://user:secret@rates.example/{from}/{to}",
        "http://rates.example/{from}",
        "http://rates.example/",
        "http://rates.example/é/{from}/{to}",
    ],
)
def test_an_address_that_cannot_be_asked_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="BANKCORE_FX_RATES_URL") as refused:
        HttpRates(url, timeout_s=1)
    assert "secret" not in str(refused.value)


class HeldRates(RateSource):
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.may_answer = threading.Event()

    def get_rate(self, pair: CurrencyPair) -> RateAsOf:
        self.asked.release()
        assert self.may_answer.wait(10)
        if pair != PAIR:
            raise FxUnavailableError.of(pair, RateProblem.NO_SUCH_RATE)
        return FOUND


def test_nobody_waits_longer_than_was_said_and_only_so_many_wait_at_once() -> None:
    held = HeldRates()
    rates = TimelyRates(held, timeout_s=0.05, at_once_max=2)

    assert [problem_of(rates) for _ in range(4)] == [
        RateProblem.TOO_SLOW,
        RateProblem.TOO_SLOW,
        RateProblem.OVERLOADED,
        RateProblem.OVERLOADED,
    ]
    held.may_answer.set()
    for thread in [one for one in threading.enumerate() if one.name == "fx-rate"]:
        thread.join()
    patient = TimelyRates(held, timeout_s=10, at_once_max=2)
    assert patient.get_rate(PAIR) == rates.get_rate(PAIR) == FOUND
    assert problem_of(patient, CurrencyPair(PAIR.got, PAIR.given)) is RateProblem.NO_SUCH_RATE


def test_a_defect_of_a_source_is_raised_where_the_rate_was_asked_for() -> None:
    class Broken(RateSource):
        def get_rate(self, pair: CurrencyPair) -> RateAsOf:
            raise ZeroDivisionError(pair)

    with pytest.raises(ZeroDivisionError):
        TimelyRates(Broken(), timeout_s=10, at_once_max=1).get_rate(PAIR)


def test_without_a_source_the_refusal_names_the_settings() -> None:
    rates = rates_of(FxSettings(), threads=4)

    assert isinstance(rates, NoRates)
    assert problem_of(rates) is RateProblem.NOT_SET_UP
    with pytest.raises(FxUnavailableError, match="BANKCORE_FX_RATES_FILE or BANKCORE_FX_RATES_URL"):
        rates.get_rate(PAIR)


def test_settings_choose_one_source(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    file.write_text(LIST)

    assert rates_of(FxSettings.model_validate({"fx_rates_file": file}), threads=4).get_rate(PAIR) == FOUND
    with server(saying(ANSWER)) as url:
        told = {"fx_rates_url": url, "fx_rates_token": "secret"}
        assert rates_of(FxSettings.model_validate(told), threads=4).get_rate(PAIR) == FOUND
        with pytest.raises(SettingsError, match="BANKCORE_FX_RATES_FILE"):
            rates_of(FxSettings.model_validate({**told, "fx_rates_file": file}), threads=4)


def test_a_silent_server_keeps_a_quarter_of_the_threads_and_no_more() -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/{{from}}/{{to}}"
        settings = FxSettings.model_validate({"fx_rates_url": url, "fx_rates_timeout_ms": 500})
        rates = rates_of(settings, threads=8)
        with ThreadPoolExecutor(8) as pool:
            problems = [asked.result(10) for asked in [pool.submit(problem_of, rates) for _ in range(8)]]

    assert Counter(problems) == {RateProblem.TOO_SLOW: 2, RateProblem.OVERLOADED: 6}


def test_settings_say_how_quotes_are_given() -> None:
    settings = FxSettings.model_validate(
        {"fx_quote_s": 30, "fx_rate_max_age_s": 5, "fx_spread_bps": 20, "fx_report_currency": "NPR"}
    )

    policy = settings.quote_policy
    assert (policy.lifetime.total_seconds(), policy.rate_age_max.total_seconds(), policy.spread_bps) == (30, 5, 20)
    assert settings.report_currency == Currency.of("NPR")
    with pytest.raises(ValueError, match="ISO 4217"):
        FxSettings.model_validate({"fx_report_currency": "XXX"})
