"""A request is carried out once under its key, and answered as often as it is sent."""

import pytest

from bankcore.testing.unit_of_work import Disturbance
from tests.worlds.http_client import RAM, SITA, HttpClient, user_id

DEPOSIT = "/v1/transactions/deposit"


def test_a_replay_gives_the_first_answer_and_moves_nothing(client: HttpClient) -> None:
    account = client.open()
    body = {"accountId": str(account.id), "amount": "10.00", "currency": "NPR"}

    first, second = client.post(DEPOSIT, body, key="salary"), client.post(DEPOSIT, body, key="salary")

    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json()["data"] == second.get_json()["data"]
    assert client.bank.accounts.get(account.id).balance.to_decimal_string() == "10.00"


def test_the_same_amount_in_other_words_is_the_same_request(client: HttpClient) -> None:
    account = client.open()
    body = {"accountId": str(account.id), "amount": "10.00", "currency": "NPR"}

    client.post(DEPOSIT, body, key="salary")
    answer = client.post(DEPOSIT, body | {"amount": "10"}, key="salary")

    assert answer.status_code == 201
    assert answer.headers["Idempotent-Replayed"] == "true"


def test_a_refusal_is_replayed_as_it_was_given(client: HttpClient) -> None:
    account = client.open()
    body = {"accountId": str(account.id), "amount": "10.00", "currency": "NPR"}

    first = client.post("/v1/transactions/withdraw", body, key="rent")
    client.move("deposit", accountId=str(account.id), amount="100.00", currency="NPR")
    second = client.post("/v1/transactions/withdraw", body, key="rent")

    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.status_code == first.status_code == 422
    assert second.get_json()["error"] == first.get_json()["error"]


def test_an_account_is_replayed_as_it_was_opened(client: HttpClient) -> None:
    first = client.post("/v1/accounts", {"currency": "NPR"}, key="first account")
    opened = first.get_json()["data"]
    client.move("deposit", accountId=opened["id"], amount="10.00", currency="NPR")

    second = client.post("/v1/accounts", {"currency": "NPR"}, key="first account")

    assert second.status_code == 201
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.get_json()["data"] == opened
    assert len(client.data("/v1/accounts")) == 1


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (DEPOSIT, {"amount": "10.01"}),
        (DEPOSIT, {"reference": "again"}),
        (DEPOSIT, {"metadata": {"a": "b"}}),
        ("/v1/transactions/withdraw", {}),
    ],
)
def test_a_key_names_one_request_only(client: HttpClient, path: str, changed: dict[str, object]) -> None:
    account = client.open(deposit="100.00")
    body = {"accountId": str(account.id), "amount": "10.00", "currency": "NPR"}
    client.post(DEPOSIT, body, key="salary")

    answer = client.post(path, body | changed, key="salary")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert client.bank.accounts.get(account.id).balance.to_decimal_string() == "110.00"


def test_the_keys_of_two_users_have_nothing_to_do_with_each_other(client: HttpClient) -> None:
    mine, his = client.open(SITA), client.open(RAM)

    for who, account in ((SITA, mine), (RAM, his)):
        body = {"accountId": str(account.id), "amount": "10.00", "currency": "NPR"}
        answer = client.post(DEPOSIT, body, who, key="salary")

        assert answer.status_code == 201
        assert "Idempotent-Replayed" not in answer.headers


def test_a_request_that_still_runs_is_not_waited_for(client: HttpClient) -> None:
    account = client.open()
    body = {"accountId": str(account.id), "amount": "10.00", "currency": "NPR"}

    with client.bank.units.holding_key("salary", scope=user_id(SITA)):
        answer = client.post(DEPOSIT, body, key="salary")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "idempotency_in_progress")
    assert answer.headers["Retry-After"] == "1"
    assert answer.get_json()["error"]["retryable"] is True


def test_an_outage_is_told_as_one_and_can_be_tried_again(client: HttpClient) -> None:
    account = client.open()
    body = {"accountId": str(account.id), "amount": "10.00", "currency": "NPR"}
    client.bank.units.disturb_next(Disturbance.UNAVAILABLE)

    first, second = client.post(DEPOSIT, body, key="salary"), client.post(DEPOSIT, body, key="salary")

    assert (first.status_code, first.get_json()["error"]["code"]) == (503, "unavailable")
    assert (second.status_code, "Idempotent-Replayed" in second.headers) == (201, False)


@pytest.mark.parametrize("path", ["/v1/accounts", DEPOSIT, "/v1/transactions/withdraw", "/v1/transactions/transfer"])
def test_no_change_is_made_without_a_key(client: HttpClient, path: str) -> None:
    answer = client.flask.post(path, json={}, headers={"Authorization": f"Bearer {SITA}"})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "idempotency_key_required")
