"""Quotes over HTTP: asked for, read, and used by a transfer."""

from datetime import timedelta
from typing import Any

import pytest

from bankcore.fx.rates import RateProblem
from tests.http.fx.conftest import FxClient
from tests.worlds.http_client import ADMIN, OPERATOR, RAM, SITA, STRANGER, UNKNOWN_ID, user_id

ASKED = {"fromCurrency": "USD", "toCurrency": "NPR", "fromAmount": "100.00"}


def transfer_of(client: FxClient, quote: Any) -> dict[str, str]:
    """The body of a transfer at that quote, between two new accounts of Sita's."""
    given = client.http.open(SITA, quote["fromCurrency"], deposit="1000.00")
    got = client.http.open(SITA, quote["toCurrency"])
    return {
        "fromAccountId": str(given.id),
        "toAccountId": str(got.id),
        "amount": quote["fromAmount"],
        "currency": quote["fromCurrency"],
        "fxQuoteId": quote["id"],
    }


def test_a_quote_is_shown_as_it_was_promised(client: FxClient) -> None:
    quote = client.quote()
    client.http.bank.clock.advance(timedelta(seconds=10, milliseconds=1))

    read = client.http.data(f"/v1/fx/quotes/{quote['id']}")

    assert quote == {
        "id": quote["id"],
        "fromCurrency": "USD",
        "toCurrency": "NPR",
        "rate": "133.25",
        "fromAmount": "100.00",
        "toAmount": "13325.00",
        "expiresAt": "2026-01-31T12:01:00.000000Z",
        "secondsRemaining": 60,
        "status": "active",
    }
    assert read == quote | {"secondsRemaining": 49}


def test_a_transfer_at_a_quote_says_which_and_at_what_rate(client: FxClient) -> None:
    quote = client.quote()
    body = transfer_of(client, quote)

    moved = client.http.move("transfer", SITA, **body, reference="Holiday")

    assert (moved["kind"], moved["amount"], moved["currency"]) == ("fx_transfer", None, None)
    assert (moved["fxQuoteId"], moved["fxRate"], moved["reference"]) == (quote["id"], "133.25", "Holiday")
    amounts = {(entry["amount"], entry["currency"], "balanceAfter" in entry) for entry in moved["entries"]}
    assert amounts == {
        ("-100.00", "USD", True),
        ("100.00", "USD", False),
        ("-13325.00", "NPR", False),
        ("13325.00", "NPR", True),
    }
    (listed,) = client.http.data("/v1/transactions?kind=fx_transfer")
    assert listed == client.http.data(f"/v1/transactions/{moved['id']}") == moved
    assert client.http.data(f"/v1/fx/quotes/{quote['id']}")["status"] == "used"


def test_a_used_quote_and_an_expired_one_have_codes_of_their_own(client: FxClient) -> None:
    used, expired = client.quote(), client.quote()
    body = transfer_of(client, used)
    client.http.move("transfer", SITA, **body)
    client.http.bank.clock.advance(timedelta(seconds=60))

    again = client.http.post("/v1/transactions/transfer", body)
    late = client.http.post("/v1/transactions/transfer", body | {"fxQuoteId": expired["id"]})

    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "quote_used")
    assert again.get_json()["error"]["details"] == {"quoteId": used["id"]}
    assert (late.status_code, late.get_json()["error"]["code"]) == (410, "quote_expired")
    assert late.get_json()["error"]["details"] == {"quoteId": expired["id"], "expiredAt": expired["expiresAt"]}


def test_a_transfer_that_is_sent_again_after_the_quote_expired_is_answered_again(client: FxClient) -> None:
    body = transfer_of(client, client.quote())
    first = client.http.post("/v1/transactions/transfer", body, key="pay")
    client.http.bank.clock.advance(timedelta(minutes=5))

    again = client.http.post("/v1/transactions/transfer", body, key="pay")
    other = client.http.post("/v1/transactions/transfer", body | {"reference": "other"}, key="pay")

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.get_json()["data"] == first.get_json()["data"]
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_refusal_is_marked_when_it_is_given_again(client: FxClient) -> None:
    body = transfer_of(client, client.quote()) | {"amount": "99.99"}

    first, again = (client.http.post("/v1/transactions/transfer", body, key="pay") for _ in range(2))

    assert first.status_code == again.status_code == 422
    assert first.get_json()["error"]["errors"] == [{"pointer": "/amount", "detail": "the quote is for 100.00 USD"}]
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")


def test_a_quote_that_is_asked_for_again_is_the_first_one(client: FxClient) -> None:
    first = client.http.post("/v1/fx/quotes", ASKED, key="q")
    client.http.move("transfer", SITA, **transfer_of(client, first.get_json()["data"]))
    client.fx.rates.problem = RateProblem.UNREACHABLE

    again = client.http.post("/v1/fx/quotes", ASKED, key="q")

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.get_json()["data"] == first.get_json()["data"]
    assert client.http.post("/v1/fx/quotes", ASKED, key="").status_code == 400


def test_a_quote_of_somebody_else_is_nowhere(client: FxClient) -> None:
    quote = client.quote()
    body = transfer_of(client, quote)
    ours = client.http.open(RAM, "USD", deposit="1000.00")

    for who in (RAM, STRANGER):
        assert client.http.get(f"/v1/fx/quotes/{quote['id']}", who).status_code == 404
    answer = client.http.post("/v1/transactions/transfer", body | {"fromAccountId": str(ours.id)}, RAM)
    assert (answer.status_code, answer.get_json()["error"]["details"]["resource"]) == (404, "fx_quote")
    assert client.http.get(f"/v1/fx/quotes/{UNKNOWN_ID}").status_code == 404
    assert client.http.data(f"/v1/fx/quotes/{quote['id']}", OPERATOR) == quote


@pytest.mark.parametrize("problem", RateProblem)
def test_without_a_rate_there_is_no_quote(client: FxClient, problem: RateProblem) -> None:
    client.fx.rates.problem = problem

    answer = client.http.post("/v1/fx/quotes", ASKED)

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["retryable"]) == (503, "fx_unavailable", True)
    assert error["details"] == {"pair": "USD/NPR", "problem": problem, "advice": None}
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"fromAmount": "0.00"}, "/fromAmount"),
        ({"fromAmount": "1.005"}, "/fromAmount"),
        ({"fromAmount": 100}, "/fromAmount"),
        ({"fromCurrency": "XXX"}, "/fromCurrency"),
        ({"toCurrency": "npr"}, "/toCurrency"),
        ({"toCurrency": "XXX"}, "/toCurrency"),
        ({"toCurrency": "USD"}, "/toCurrency"),
        ({"userId": UNKNOWN_ID}, "/userId"),
    ],
)
def test_a_request_that_is_wrong_says_where(client: FxClient, change: dict[str, object], pointer: str) -> None:
    answer = client.http.post("/v1/fx/quotes", ASKED | change)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["error"]["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("given", "got", "rate", "amount", "expected"),
    [
        ("USD", "JPY", "151.387", "100.00", "15138"),
        ("JPY", "KWD", "0.00203", "10001", "20.302"),
        ("KWD", "NPR", "434.78", "1.001", "435.21"),
    ],
)
def test_each_currency_has_its_own_decimals(
    client: FxClient, given: str, got: str, rate: str, amount: str, expected: str
) -> None:
    client.fx.rates.set_rate(f"{given}/{got}", rate)

    quote = client.quote(fromCurrency=given, toCurrency=got, fromAmount=amount)

    assert (quote["fromAmount"], quote["toAmount"]) == (amount, expected)
    source, to = client.http.open(SITA, given, deposit=amount), client.http.open(RAM, got)
    body = {"fromAccountId": str(source.id), "toAccountNumber": to.number, "fxQuoteId": quote["id"]}
    client.http.move("transfer", SITA, **body, amount=amount, currency=given)
    assert client.http.data(f"/v1/accounts/{to.id}/balance", RAM)["balance"] == expected


def test_the_receipt_calls_our_side_the_bank(client: FxClient) -> None:
    moved = client.http.move("transfer", SITA, **transfer_of(client, client.quote()))

    page = client.http.get(f"/v1/transactions/{moved['id']}/receipt", accept="text/html").get_data(as_text=True)

    assert "FX transfer receipt" in page
    assert page.count("The bank") == 2
    assert "FX USD" in page
    assert "FX NPR" in page
    assert client.http.data(f"/v1/transactions/{moved['id']}/receipt")["fxRate"] == "133.25"


def test_a_statement_names_the_other_account_and_not_ours(client: FxClient) -> None:
    body = transfer_of(client, client.quote())
    client.http.move("transfer", SITA, **body)

    given, got = (
        client.http.data(f"/v1/accounts/{account_id}/statement")["lines"][-1]
        for account_id in (body["fromAccountId"], body["toAccountId"])
    )

    assert (given["kind"], given["amount"], given["currency"]) == ("fx_transfer", "-100.00", "USD")
    assert (got["kind"], got["amount"], got["currency"]) == ("fx_transfer", "13325.00", "NPR")
    assert given["counterpartyAccountId"] == body["toAccountId"]
    assert got["counterpartyAccountId"] == body["fromAccountId"]


def test_operators_see_what_exchanges_left_the_bank(client: FxClient) -> None:
    client.http.move("transfer", SITA, **transfer_of(client, client.quote()))
    client.fx.rates.set_rate("NPR/USD", "0.0076")

    report = client.http.data("/v1/admin/fx/positions", OPERATOR)
    client.fx.rates.problem = RateProblem.TOO_SLOW
    unknown = client.http.data("/v1/admin/fx/positions?currency=EUR", ADMIN)

    assert report["positions"] == [
        {"currency": "NPR", "balance": "-13325.00", "rate": "0.0076", "value": "-101.27", "problem": None},
        {"currency": "USD", "balance": "100.00", "rate": "1", "value": "100.00", "problem": None},
    ]
    assert (report["currency"], report["total"]) == ("USD", "-1.27")
    assert [one["problem"] for one in unknown["positions"]] == ["too_slow", "too_slow"]
    assert (unknown["currency"], unknown["total"]) == ("EUR", None)
    assert client.http.get("/v1/admin/fx/positions", SITA).status_code == 403
    assert client.http.get("/v1/admin/fx/positions?currency=XXX", OPERATOR).status_code == 422
    assert user_id(SITA) not in str(report)
