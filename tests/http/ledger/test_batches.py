"""`POST /v1/transactions/batch`: many movements, one answer."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.worlds.http_client import RAM, HttpClient

PATH = "/v1/transactions/batch"


@pytest.fixture
def accounts(client: HttpClient) -> tuple[str, str]:
    """An account of Sita with 10.00, and an empty one of Ram."""
    return str(client.open(deposit="10.00").id), str(client.open(RAM).id)


def transfer(accounts: tuple[str, str], amount: str, **more: object) -> dict[str, object]:
    mine, his = accounts
    named = {"fromAccountId": mine, "toAccountId": his, "amount": amount, "currency": "NPR"}
    return {"kind": "transfer", **named, **more}


def balance(client: HttpClient, account_id: str) -> str:
    told: str = client.data(f"/v1/accounts/{account_id}/balance")["balance"]
    return told


def data_of(answer: TestResponse) -> Any:
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["data"]


def test_each_item_has_its_outcome_and_shows_the_callers_own_balances_only(
    client: HttpClient, accounts: tuple[str, str]
) -> None:
    mine = accounts[0]
    deposit = {"kind": "deposit", "accountId": mine, "amount": "5.00", "currency": "NPR"}
    withdrawal = {"kind": "withdrawal", "accountId": mine, "amount": "1.00", "currency": "NPR"}

    items = [deposit, transfer(accounts, "100.00"), transfer(accounts, "4.00", reference="Rent"), withdrawal]
    data = data_of(client.post(PATH, {"items": items}))

    assert (data["posted"], data["refused"]) == (3, 1)
    assert [item["status"] for item in data["items"]] == ["posted", "refused", "posted", "posted"]
    error = data["items"][1]["error"]
    assert (error["code"], error["details"]["available"]) == ("insufficient_funds", "15.00")
    paid = data["items"][2]["transaction"]
    assert (paid["kind"], paid["reference"]) == ("transfer", "Rent")
    assert [entry.get("balanceAfter") for entry in paid["entries"]] == ["11.00", None]
    assert balance(client, mine) == "10.00"


def test_the_same_request_with_its_key_is_answered_and_not_repeated(
    client: HttpClient, accounts: tuple[str, str]
) -> None:
    body = {"items": [transfer(accounts, "4.00"), transfer(accounts, "50.00")]}
    first = client.post(PATH, body, key="k")

    again = client.post(PATH, body, key="k")
    other = client.post(PATH, {"items": body["items"][:1]}, key="k")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert data_of(again) == data_of(first)
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert balance(client, accounts[0]) == "6.00"


def test_of_an_atomic_batch_nothing_is_made_if_one_item_is_refused(
    client: HttpClient, accounts: tuple[str, str]
) -> None:
    answer = client.post(PATH, {"atomic": True, "items": [transfer(accounts, "4.00"), transfer(accounts, "50.00")]})

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "batch_refused")
    assert (error["details"]["failedIndex"], error["details"]["failedCode"]) == (1, "insufficient_funds")
    assert balance(client, accounts[0]) == "10.00"


def test_what_would_happen_is_told_and_the_key_stays_free(client: HttpClient, accounts: tuple[str, str]) -> None:
    body = {"items": [transfer(accounts, "4.00")]}

    told = client.post(PATH, {**body, "dryRun": True}, key="k")
    before = balance(client, accounts[0])
    made = client.post(PATH, body, key="k")

    assert [data_of(answer)["posted"] for answer in (told, made)] == [1, 1]
    assert (before, balance(client, accounts[0])) == ("10.00", "6.00")


def test_nobody_moves_the_money_of_another(client: HttpClient, accounts: tuple[str, str]) -> None:
    data = data_of(client.post(PATH, {"items": [transfer(accounts, "4.00")]}, RAM))

    assert data["items"][0]["error"]["code"] == "not_found"
    assert balance(client, accounts[0]) == "10.00"


def test_every_wrong_item_is_named_and_nothing_is_made(client: HttpClient, accounts: tuple[str, str]) -> None:
    items = [
        transfer(accounts, "4.00"),
        transfer(accounts, "4.0000"),
        {**transfer(accounts, "4.00"), "toAccountId": "him"},
        {**transfer(accounts, "4.00"), "#fee": "1"},
        {**transfer(accounts, "4.00"), "kind": "gift"},
        "transfer",
        {"kind": "deposit", "amount": "4.00", "currency": "NPR"},
    ]
    malformed = client.post(PATH, {"items": items})
    amounts = client.post(PATH, {"items": [*items[:2], transfer(accounts, "0.00"), transfer(accounts, "9" * 30)]})

    assert [each["pointer"] for each in malformed.get_json()["error"]["errors"]] == [
        "/items/2/toAccountId",
        "/items/3/#fee",
        "/items/4",
        "/items/5",
        "/items/6/accountId",
    ]
    assert [each["pointer"] for each in amounts.get_json()["error"]["errors"]] == [
        f"/items/{index}/amount" for index in (1, 2, 3)
    ]
    assert balance(client, accounts[0]) == "10.00"


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": {}}, {"items": [1] * 1_001}, {"atomic": 1, "items": []}])
def test_what_is_no_batch_is_refused(client: HttpClient, body: dict[str, object]) -> None:
    answer = client.post(PATH, body)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "validation_failed")


def test_a_thousand_items_fit_into_a_request(client: HttpClient, accounts: tuple[str, str]) -> None:
    data = data_of(client.post(PATH, {"items": [transfer(accounts, "0.01", reference="x" * 140)] * 1_000}))

    assert data["posted"] == 1_000
    assert balance(client, accounts[0]) == "0.00"


def test_items_of_a_chain_are_made_together_or_not_at_all(client: HttpClient, accounts: tuple[str, str]) -> None:
    rent = [transfer(accounts, "1.00", chain="rent"), transfer(accounts, "50.00", chain="rent")]
    food = [transfer(accounts, "2.00", chain="food"), transfer(accounts, "3.00", chain="food")]

    data = data_of(client.post(PATH, {"items": [*rent, *food]}))

    assert [item["status"] for item in data["items"]] == ["refused", "refused", "posted", "posted"]
    error = data["items"][0]["error"]
    assert (error["code"], error["details"]) == ("chain_rejected", {"chain": "rent", "failedIndex": 1})
    assert balance(client, accounts[0]) == "5.00"


def test_a_chain_that_is_torn_apart_is_told_by_its_item(client: HttpClient, accounts: tuple[str, str]) -> None:
    items = [transfer(accounts, "1.00", chain=chain) for chain in ("rent", "food", "rent")]

    answer = client.post(PATH, {"items": items})

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.get_json()["error"]["errors"]] == ["/items/2/chain"]
    assert balance(client, accounts[0]) == "10.00"


def test_of_two_items_that_expect_the_same_version_the_first_is_made(
    client: HttpClient, accounts: tuple[str, str]
) -> None:
    read = client.data(f"/v1/accounts/{accounts[0]}")["version"]
    expects = [{"accountId": accounts[0], "version": read}]

    data = data_of(client.post(PATH, {"items": [transfer(accounts, "1.00", expects=expects)] * 2}))

    assert [item["status"] for item in data["items"]] == ["posted", "refused"]
    assert data["items"][1]["error"]["details"]["version"] == read + 1
