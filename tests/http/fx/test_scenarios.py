"""What becomes of a quote in hard moments: each answer is the documented one, and the books are square after it."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Final

import pytest

from bankcore.fx.rates import RateProblem
from bankcore.testing import require_sound_books
from tests.http.fx.conftest import FxClient
from tests.http.fx.test_quotes import ASKED, transfer_of
from tests.worlds.http_client import SITA

LIFETIME: Final = timedelta(seconds=60)
AT_ONCE: Final = 8


@pytest.fixture(autouse=True)
def books_are_square(client: FxClient) -> Iterator[None]:
    """Whatever was answered, nothing was lost, made or left half done."""
    yield
    require_sound_books(client.http.bank.snapshot())
    totals = Counter[str]()
    for line in client.http.bank.queries.trial_balance():
        totals[line.currency.code] += line.total_minor
    assert not any(totals.values())


def test_a_quote_is_good_until_a_millisecond_before_its_end(client: FxClient) -> None:
    first, second = client.quote(), client.quote()
    body = transfer_of(client, first)

    client.http.bank.clock.advance(LIFETIME - timedelta(milliseconds=1))
    in_time = client.http.post("/v1/transactions/transfer", body)
    client.http.bank.clock.advance(timedelta(milliseconds=1))
    late = client.http.post("/v1/transactions/transfer", body | {"fxQuoteId": second["id"]})

    assert in_time.status_code == 201
    assert (late.status_code, late.get_json()["error"]["code"]) == (410, "quote_expired")
    assert late.get_json()["error"]["retryable"] is False


def test_of_many_who_use_a_quote_at_once_one_does(client: FxClient) -> None:
    body = transfer_of(client, client.quote())
    together = Barrier(AT_ONCE)

    def use(number: int) -> tuple[int, str | None]:
        together.wait(timeout=10)
        sent = {"Authorization": f"Bearer {SITA}", "Idempotency-Key": f"at-once-{number}"}
        answer = client.http.flask.application.test_client().post("/v1/transactions/transfer", json=body, headers=sent)
        return answer.status_code, (answer.get_json()["error"] or {}).get("code")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = Counter(threads.map(use, range(AT_ONCE)))

    assert answers == {(201, None): 1, (409, "quote_used"): AT_ONCE - 1}
    assert len(client.http.data("/v1/transactions?kind=fx_transfer")) == 1
    assert client.http.data(f"/v1/accounts/{body['fromAccountId']}/balance")["balance"] == "900.00"


def test_a_request_that_is_sent_twice_at_once_is_one(client: FxClient) -> None:
    body = transfer_of(client, client.quote())
    together = Barrier(2)

    def use(_number: int) -> str:
        together.wait(timeout=10)
        sent = {"Authorization": f"Bearer {SITA}", "Idempotency-Key": "once"}
        answer = client.http.flask.application.test_client().post("/v1/transactions/transfer", json=body, headers=sent)
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["data"]["id"])

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(use, range(2)))) == 1


def test_without_rates_no_quote_is_given_and_one_that_was_given_holds(client: FxClient) -> None:
    body = transfer_of(client, client.quote())
    client.fx.rates.problem = RateProblem.UNREACHABLE

    refused = client.http.post("/v1/fx/quotes", ASKED, key="ask")
    moved = client.http.post("/v1/transactions/transfer", body)
    client.fx.rates.problem = None
    given = client.http.post("/v1/fx/quotes", ASKED, key="ask")

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (503, "fx_unavailable")
    assert moved.status_code == given.status_code == 201
    assert "Idempotent-Replayed" not in given.headers


def test_an_old_rate_is_none(client: FxClient) -> None:
    client.fx.rates.age = timedelta(seconds=60, milliseconds=1)

    answer = client.http.post("/v1/fx/quotes", ASKED)

    assert (answer.status_code, answer.get_json()["error"]["details"]["problem"]) == (503, RateProblem.TOO_OLD)


def test_a_refusal_of_an_expired_quote_is_the_answer_for_ever(client: FxClient) -> None:
    body = transfer_of(client, client.quote())
    client.http.bank.clock.advance(LIFETIME)

    first, again = (client.http.post("/v1/transactions/transfer", body, key="late") for _ in range(2))

    assert [each.get_json()["error"]["code"] for each in (first, again)] == ["quote_expired"] * 2
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert client.http.data(f"/v1/accounts/{body['fromAccountId']}/balance")["balance"] == "1000.00"
