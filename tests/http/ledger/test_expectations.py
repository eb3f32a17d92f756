"""What a request expects of an account over HTTP: met, or answered with what is there instead."""

from typing import Any

import pytest

from tests.worlds.http_client import RAM, HttpClient

PATH = "/v1/transactions/withdraw"


@pytest.fixture
def account(client: HttpClient) -> str:
    """An account with 10.00 in one entry."""
    return str(client.open(deposit="10.00").id)


def body(account: str, expects: Any) -> dict[str, Any]:
    return {"accountId": account, "amount": "4.00", "currency": "NPR", "expects": expects}


def test_a_withdrawal_is_made_on_the_version_that_was_read_and_on_no_other(client: HttpClient, account: str) -> None:
    expects = [{"accountId": account, "version": client.data(f"/v1/accounts/{account}")["version"]}]

    made, failed = (client.post(PATH, body(account, expects)) for _ in range(2))

    assert (made.status_code, failed.status_code) == (201, 409)
    error = failed.get_json()["error"]
    assert (error["code"], error["retryable"]) == ("precondition_failed", False)
    assert error["details"] == {
        "accountId": account,
        "expectedVersion": 1,
        "version": 2,
        "availableMin": None,
        "available": "6.00",
    }


def test_what_must_be_left_is_left(client: HttpClient, account: str) -> None:
    refused = client.post(PATH, body(account, [{"accountId": account, "availableMin": "6.01"}]))
    made = client.post(PATH, body(account, [{"accountId": account, "availableMin": "6.00"}]))

    assert (refused.status_code, made.status_code) == (409, 201)
    assert refused.get_json()["error"]["details"]["available"] == "6.00"


def test_an_account_of_somebody_else_is_as_one_that_is_not_there(client: HttpClient, account: str) -> None:
    other = str(client.open(RAM).id)

    answer = client.post(PATH, body(account, [{"accountId": other, "version": 0}]))

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("expected", "pointer"),
    [({}, "/expects/0"), ({"version": -1}, "/expects/0/version"), ({"availableMin": 1}, "/expects/0/availableMin")],
)
def test_an_expectation_that_is_none_is_told_by_its_place(
    client: HttpClient, account: str, expected: dict[str, object], pointer: str
) -> None:
    answer = client.post(PATH, body(account, [{"accountId": account, **expected}]))

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.get_json()["error"]["errors"]] == [pointer]
