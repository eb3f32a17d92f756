"""Staff sets limits, holders see what is left of them, and a refusal says all of it."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from bankcore.ledger.accounts import Account
from bankcore_http.limits.blueprint import limits_blueprint
from tests.worlds.http_client import ADMIN, AUDITOR, OPERATOR, RAM, SITA, UNKNOWN_ID, HttpClient, LedgerApplication

DAILY = {"per": "day", "amount": "100.00", "currency": "NPR"}
TENANT = "/v1/admin/limits"


@pytest.fixture(scope="module")
def application() -> LedgerApplication:
    return LedgerApplication(limits_blueprint)


@pytest.fixture
def client(application: LedgerApplication) -> HttpClient:
    return application.open()


@pytest.fixture
def account(client: HttpClient) -> Account:
    """Sita's account with a thousand rupees."""
    return client.open(deposit="1000.00")


def admin_path(account: Account) -> str:
    return f"/v1/admin/accounts/{account.id}/limits"


def put(client: HttpClient, path: str, body: object, who: str = OPERATOR, *, key: str | None = None) -> TestResponse:
    headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": key or f"put-{next(client.keys)}"}
    if body is None:
        return client.flask.delete(path, headers=headers)
    return client.flask.put(path, json=body, headers=headers)


def refusal(client: HttpClient, account: Account, amount: str) -> Any:
    body = {"accountId": str(account.id), "amount": amount, "currency": "NPR"}
    answer = client.post("/v1/transactions/withdraw", body)
    assert answer.status_code == 422, answer.get_json()
    return answer.get_json()["error"]


def test_the_holder_sees_what_is_left_and_is_told_why_he_is_refused(client: HttpClient, account: Account) -> None:
    limits = [DAILY, {"per": "month", "count": 2, "kind": "withdrawal"}]

    set_now = put(client, admin_path(account), {"limits": limits, "reason": "a new customer"})
    client.move("withdraw", accountId=str(account.id), amount="60.00", currency="NPR")
    shown = client.data(f"/v1/accounts/{account.id}/limits")
    error = refusal(client, account, "40.01")

    assert set_now.status_code == 200
    assert set_now.get_json()["data"]["limits"] == [
        {"per": "day", "kind": None, "amount": "100.00", "currency": "NPR", "count": None},
        {"per": "month", "kind": "withdrawal", "amount": None, "currency": None, "count": 2},
    ]
    assert [(each["own"], each["used"], each["left"]) for each in shown["limits"]] == [
        (True, "60.00", "40.00"),
        (True, "1", "1"),
    ]
    assert error["code"] == "limit_exceeded"
    assert {name: value for name, value in error["details"].items() if value is not None} == {
        "accountId": str(account.id),
        "per": "day",
        "limit": "100.00",
        "used": "60.00",
        "allowed": "40.00",
        "resetsAt": shown["limits"][0]["resetsAt"],
    }


def test_limits_of_all_customers_are_shown_as_such_and_taken_away(client: HttpClient, account: Account) -> None:
    put(client, TENANT, {"limits": [DAILY]}, ADMIN)
    put(client, admin_path(account), {"limits": [{"per": "transaction", "amount": "5.00", "currency": "NPR"}]})

    both = client.data(f"/v1/accounts/{account.id}/limits", AUDITOR)["limits"]
    own = client.data(admin_path(account), AUDITOR)["limits"]
    gone = [put(client, path, None, who) for path, who in ((TENANT, ADMIN), (admin_path(account), OPERATOR))]

    assert [(each["per"], each["own"], each["resetsAt"] is None) for each in both] == [
        ("transaction", True, True),
        ("day", False, False),
    ]
    assert [each["per"] for each in own] == ["transaction"]
    assert [each.get_json()["data"] for each in gone] == [{"limits": []}] * 2
    assert client.data(TENANT, OPERATOR) == {"limits": []}
    client.move("withdraw", accountId=str(account.id), amount="900.00", currency="NPR")


def test_a_key_is_answered_again(client: HttpClient, account: Account) -> None:
    first, again = (put(client, admin_path(account), {"limits": [DAILY]}, key="l-1") for _ in range(2))
    other = put(client, admin_path(account), {"limits": []}, key="l-1")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.get_json()["data"] == again.get_json()["data"]
    assert other.get_json()["error"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("limit", "pointer"),
    [
        ({"per": "week", "count": 1}, "/limits/0/per"),
        ({"per": "day"}, "/limits/0/amount"),
        ({"per": "day", "amount": "5.00"}, "/limits/0/currency"),
        ({"per": "day", "count": 1, "currency": "NPR"}, "/limits/0/currency"),
        ({"per": "day", "amount": "5.001", "currency": "NPR"}, "/limits/0/amount"),
        ({"per": "day", "count": 1, "kind": "Transfer"}, "/limits/0/kind"),
        ({"per": "transaction", "count": 1}, "/limits/0/count"),
    ],
)
def test_a_wrong_limit_is_named(client: HttpClient, account: Account, limit: dict[str, object], pointer: str) -> None:
    answer = put(client, admin_path(account), {"limits": [limit]})

    assert (answer.status_code, answer.get_json()["error"]["errors"][0]["pointer"]) == (422, pointer)


def test_who_may_not_is_refused_and_another_ones_account_is_not_there(client: HttpClient, account: Account) -> None:
    body = {"limits": [DAILY]}

    said = [
        put(client, admin_path(account), body, SITA),
        put(client, admin_path(account), body, AUDITOR),
        put(client, TENANT, body, OPERATOR),
        client.get(TENANT, SITA),
        client.get(f"/v1/accounts/{account.id}/limits", RAM),
        put(client, f"/v1/admin/accounts/{UNKNOWN_ID}/limits", body),
        put(client, admin_path(account), {"limits": [{**DAILY, "currency": "USD"}]}),
    ]

    assert [each.status_code for each in said] == [403, 403, 403, 403, 404, 404, 422]
    assert said[-1].get_json()["error"]["code"] == "currency_mismatch"
