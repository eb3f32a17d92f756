"""Payouts over HTTP: started with every wrong item told, watched, steered, and hidden from others."""

from typing import Any

import pytest

from bankcore.ledger.commands import FreezeAccount
from tests.http.payouts.conftest import PayoutClient
from tests.worlds.http_client import OPERATOR, RAM, STRANGER, UNKNOWN_ID


def test_a_payout_is_shown_as_it_goes_on(client: PayoutClient) -> None:
    started = client.start()
    client.made.pay.pay_next()

    read = client.http.data(f"/v1/payouts/{started['id']}")

    assert started == {
        "id": started["id"],
        "accountId": str(client.payer.id),
        "name": "Wages",
        "status": "running",
        "currency": "NPR",
        "totalItems": 3,
        "processedItems": 0,
        "paidItems": 0,
        "failedItems": 0,
        "totalAmount": "30.00",
        "paidAmount": "0.00",
        "failedAmount": "0.00",
        "checkpoint": 0,
        "progress": "0/3",
        "stoppedBy": None,
        "createdAt": started["createdAt"],
        "endedAt": None,
    }
    expected = {"processedItems": 2, "paidItems": 2, "paidAmount": "20.00", "checkpoint": 2, "progress": "2/3"}
    assert read == started | expected
    client.pay_all()
    ended = client.http.data(f"/v1/payouts/{started['id']}")
    assert (ended["status"], ended["progress"], ended["endedAt"] is None) == ("completed", "3/3", False)


def test_every_wrong_item_is_told_by_its_place_and_member(client: PayoutClient) -> None:
    number = client.payees[0].number
    items = [
        {"toAccountNumber": number, "amount": "1.00", "reference": "a"},
        {"toAccountNumber": "1", "amount": "1.001"},
        {"toAccountId": UNKNOWN_ID, "amount": "1.00", "currency": "USD"},
        {"toAccountNumber": number, "amount": "1.00", "reference": "a"},
    ]

    answer = client.http.post("/v1/payouts", client.body() | {"items": items})

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "validation_failed")
    assert [each["pointer"] for each in error["errors"]] == [
        "/items/1/toAccountNumber",
        "/items/1/amount",
        "/items/2/toAccountId",
        "/items/2/currency",
        "/items/3/reference",
    ]
    assert client.http.data("/v1/payouts") == []


@pytest.mark.parametrize(
    ("items", "pointer"),
    [
        ([], "/items"),
        ([{"amount": "1.00"}], "/items/0/toAccountId"),
        ([{"toAccountId": UNKNOWN_ID, "toAccountNumber": "1", "amount": "1.00"}], "/items/0/toAccountId"),
        ([{"toAccountId": UNKNOWN_ID, "amount": 1}], "/items/0/amount"),
        ([{"toAccountId": UNKNOWN_ID, "amount": "1", "iban": "1"}], "/items/0/iban"),
    ],
)
def test_items_have_one_shape(client: PayoutClient, items: list[Any], pointer: str) -> None:
    answer = client.http.post("/v1/payouts", client.body() | {"items": items})

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.get_json()["error"]["errors"]] == [pointer]


def test_a_payout_has_more_items_than_fit_into_other_bodies(client: PayoutClient) -> None:
    items = [{"toAccountNumber": client.payees[0].number, "amount": "0.01"}] * 2_000

    answer = client.http.post("/v1/payouts", client.body() | {"items": items})

    assert answer.get_json()["data"]["totalItems"] == 2_000


def test_a_sum_that_is_not_there_starts_nothing(client: PayoutClient) -> None:
    items = [{"toAccountNumber": client.payees[0].number, "amount": "100.01"}]

    answer = client.http.post("/v1/payouts", client.body() | {"items": items})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "insufficient_funds")


def test_a_payout_is_paused_resumed_and_cancelled_under_keys(client: PayoutClient) -> None:
    payout = client.start()

    paused, again = (client.steer(payout, "pause", key="k-1") for _ in range(2))

    assert paused.get_json()["data"]["status"] == "paused"
    assert again.get_json()["data"] == paused.get_json()["data"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert client.steer(payout, "resume").get_json()["data"]["status"] == "running"
    assert client.steer(payout, "cancel").get_json()["data"]["status"] == "cancelled"
    refused = client.steer(payout, "resume")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "invalid_state")


def test_failed_items_are_listed_and_tried_again(client: PayoutClient) -> None:
    frozen = client.payees[1]
    client.http.bank.ledger.execute([FreezeAccount(frozen.id)])
    payout = client.start()
    client.pay_all()

    failed = client.http.data(f"/v1/payouts/{payout['id']}/items?status=failed")
    first = client.http.get(f"/v1/payouts/{payout['id']}/items?limit=2").get_json()
    cursor = first["meta"]["page"]["nextCursor"]
    rest = client.http.data(f"/v1/payouts/{payout['id']}/items?limit=2&cursor={cursor}")

    assert failed == [
        {
            "place": 2,
            "accountId": str(frozen.id),
            "amount": "10.00",
            "currency": "NPR",
            "reference": None,
            "status": "failed",
            "transactionId": None,
            "problem": "account_frozen",
        }
    ]
    assert [item["place"] for item in (*first["data"], *rest)] == [1, 2, 3]
    paid = client.http.data(f"/v1/transactions/{rest[0]['transactionId']}")
    assert (paid["kind"], paid["amount"], paid["reference"]) == ("transfer", "10.00", "Wages")
    assert client.steer(payout, "retry").get_json()["data"]["processedItems"] == 2


def test_a_payout_is_there_for_its_owner_and_to_be_read_by_staff(client: PayoutClient) -> None:
    payout = client.start()
    paths = [f"/v1/payouts/{payout['id']}", f"/v1/payouts/{payout['id']}/items"]

    for who, status in ((RAM, 404), (STRANGER, 404), (OPERATOR, 200)):
        assert [client.http.get(path, who).status_code for path in paths] == [status] * 2
    for who in (RAM, STRANGER, OPERATOR):
        steered = [client.steer(payout, each, who).status_code for each in ("pause", "resume", "cancel", "retry")]
        assert steered == [404] * 4
        assert client.http.post("/v1/payouts", client.body(), who).status_code == 404
        assert client.http.get("/v1/payouts", who).get_json()["data"] == []
    assert client.http.data("/v1/payouts") == [payout]
