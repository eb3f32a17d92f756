"""Money is set aside, taken, given back and read over HTTP, each by who may."""

from typing import Any
from uuid import UUID

import pytest

from bankcore.ledger.accounts import Account
from bankcore.testing import require_sound_books
from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, STRANGER, UNKNOWN_ID, HttpClient


@pytest.fixture
def account(client: HttpClient) -> Account:
    return client.open(deposit="1000.00")


def place(client: HttpClient, account: Account, amount: str = "250.00", who: str | None = None, **more: object) -> Any:
    """The hold, which must be placed."""
    body = {"accountId": str(account.id), "amount": amount, "currency": "NPR", **more}
    answer = client.post("/v1/holds", body, who)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()["data"]


def test_a_hold_is_shown_as_it_stands(client: HttpClient, account: Account) -> None:
    shown = place(client, account, reference="order 7", expiresIn=3600)

    assert UUID(shown["id"]).version == 7
    assert client.data(f"/v1/holds/{shown['id']}") == shown
    del shown["id"]
    assert shown == {
        "accountId": str(account.id),
        "status": "open",
        "currency": "NPR",
        "amount": "250.00",
        "captured": "0.00",
        "remaining": "250.00",
        "reference": "order 7",
        "byHolder": True,
        "placedAt": "2026-01-31T12:00:00.000001Z",
        "expiresAt": "2026-01-31T13:00:00.000000Z",
    }
    balance = client.data(f"/v1/accounts/{account.id}/balance")
    assert (balance["balance"], balance["held"], balance["available"]) == ("1000.00", "250.00", "750.00")


def test_it_is_captured_in_parts_and_the_rest_is_given_back(client: HttpClient, account: Account) -> None:
    his, hold = client.open(RAM), place(client, account)
    path = f"/v1/holds/{hold['id']}"

    first = client.post(f"{path}/capture", {"toAccountId": str(his.id), "amount": "100.00", "final": False})
    second = client.post(f"{path}/capture", {"toAccountId": str(his.id), "amount": "20", "currency": "NPR"})

    assert (first.status_code, second.status_code) == (201, 201)
    shown = first.get_json()["data"]
    assert (shown["kind"], shown["amount"]) == ("capture", "100.00")
    own, other = shown["entries"]
    assert (own["amount"], own["balanceAfter"]) == ("-100.00", "900.00")
    assert "balanceAfter" not in other
    ended = client.data(path)
    assert (ended["status"], ended["captured"], ended["remaining"]) == ("captured", "120.00", "0.00")
    assert client.data(f"/v1/accounts/{account.id}")["held"] == "0.00"
    require_sound_books(client.bank.snapshot())


def test_no_more_is_captured_than_it_keeps(client: HttpClient, account: Account) -> None:
    his, hold = client.open(RAM), place(client, account)

    answer = client.post(f"/v1/holds/{hold['id']}/capture", {"toAccountId": str(his.id), "amount": "250.01"})

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "capture_exceeds_hold")
    assert error["details"] == {"holdId": hold["id"], "remaining": "250.00", "needed": "250.01"}


def test_it_is_voided_once_and_answered_again(client: HttpClient, account: Account) -> None:
    path = f"/v1/holds/{place(client, account)['id']}"

    first, again = (client.post(f"{path}/void", {"reason": "sold out"}, key="void") for _ in range(2))
    other = client.post(f"{path}/void", {})

    assert first.get_json()["data"]["status"] == "voided"
    assert again.get_json()["data"] == first.get_json()["data"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "invalid_state")


def test_it_is_extended_and_never_shortened(client: HttpClient, account: Account) -> None:
    path = f"/v1/holds/{place(client, account, expiresIn=3600)['id']}"

    longer = client.post(f"{path}/extend", {"expiresIn": 7200})
    shorter = client.post(f"{path}/extend", {"expiresIn": 60})

    assert longer.get_json()["data"]["expiresAt"] == "2026-01-31T14:00:00.000000Z"
    assert (shorter.status_code, shorter.get_json()["error"]["code"]) == (422, "expiry_out_of_range")
    assert shorter.get_json()["error"]["details"]["after"] == "2026-01-31T14:00:00.000000Z"


def test_what_operators_have_placed_only_they_end(client: HttpClient, account: Account) -> None:
    hold = place(client, account, who=OPERATOR)
    path, his = f"/v1/holds/{hold['id']}", client.open(RAM)

    refused = [
        client.post(f"{path}/void", {}),
        client.post(f"{path}/capture", {"toAccountId": str(his.id)}),
        client.post(f"{path}/extend", {"expiresIn": 31_000_000}),
    ]
    captured = client.post(f"{path}/capture", {"toAccountId": str(his.id)}, OPERATOR)

    assert not hold["byHolder"]
    assert client.data(path)["id"] == hold["id"]
    assert [(answer.status_code, answer.get_json()["error"]["code"]) for answer in refused] == [(403, "forbidden")] * 3
    assert captured.status_code == 201


@pytest.mark.parametrize("who", [RAM, STRANGER])
def test_what_belongs_to_somebody_else_is_not_there(client: HttpClient, account: Account, who: str) -> None:
    hold, his = place(client, account), client.open(who)
    for hold_id in (hold["id"], UNKNOWN_ID):
        path = f"/v1/holds/{hold_id}"
        answers = [
            client.get(path, who),
            client.post(f"{path}/void", {}, who),
            client.post(f"{path}/capture", {"toAccountId": str(his.id)}, who),
            client.post(f"{path}/extend", {"expiresIn": 31_000_000}, who),
        ]
        assert [(answer.status_code, answer.get_json()["error"]["code"]) for answer in answers] == [
            (404, "not_found")
        ] * 4
    body = {"accountId": str(account.id), "amount": "1.00", "currency": "NPR"}
    assert client.post("/v1/holds", body, who).status_code == 404
    assert client.data("/v1/holds", who) == []


def test_holds_are_listed_page_by_page_and_filtered(client: HttpClient, account: Account) -> None:
    holds = [place(client, account, "1.00")["id"] for _ in range(3)]
    of_ram = place(client, client.open(RAM, deposit="5.00"), "1.00", RAM)["id"]
    client.post(f"/v1/holds/{holds[1]}/void", {})

    def ids(query: str, who: str | None = None) -> list[str]:
        return [hold["id"] for hold in client.data(f"/v1/holds{query}", who)]

    first = client.get("/v1/holds?limit=2").get_json()
    rest = ids(f"?limit=2&cursor={first['meta']['page']['nextCursor']}")
    assert [*[hold["id"] for hold in first["data"]], *rest] == holds
    assert ids("?status=open") == [holds[0], holds[2]]
    assert ids(f"?accountId={account.id}", AUDITOR) == holds
    assert ids("", AUDITOR) == [*holds, of_ram]
    assert ids(f"?accountId={account.id}", RAM) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"amount": "0"}, "/amount"),
        ({"amount": 5}, "/amount"),
        ({"currency": "XXQ"}, "/currency"),
        ({"expiresIn": 0}, "/expiresIn"),
        ({"expiresIn": "60"}, "/expiresIn"),
        ({"expiresIn": True}, "/expiresIn"),
        ({"expiresIn": 366 * 86_400 + 1}, "/expiresIn"),
        ({"surplus": 1}, "/surplus"),
    ],
)
def test_what_cannot_be_a_hold_is_pointed_at(
    client: HttpClient, account: Account, body: dict[str, object], pointer: str
) -> None:
    whole = {"accountId": str(account.id), "amount": "1.00", "currency": "NPR", **body}

    answer = client.post("/v1/holds", whole)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.get_json()["error"]["errors"]] == [pointer]
