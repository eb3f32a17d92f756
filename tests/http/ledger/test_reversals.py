"""Operators undo transactions over HTTP, wholly or in parts, and both sides of it name each other."""

from typing import Any

import pytest

from bankcore.testing import require_sound_books
from tests.worlds.http_client import ADMIN, AUDITOR, OPERATOR, RAM, SITA, STRANGER, UNKNOWN_ID, HttpClient


@pytest.fixture
def transfer(client: HttpClient) -> Any:
    """250.00 from Sita, who had 1000.00, to Ram."""
    mine, his = client.open(deposit="1000.00"), client.open(RAM)
    return client.move("transfer", fromAccountId=str(mine.id), toAccountId=str(his.id), amount="250.00", currency="NPR")


def test_a_transaction_is_undone_in_parts(client: HttpClient, transfer: Any) -> None:
    path = f"/v1/admin/transactions/{transfer['id']}/reverse"

    part = client.post(path, {"amount": "100.00", "reason": "sent twice"}, OPERATOR)
    rest = client.post(path, {"reason": "sent twice"}, ADMIN)
    more = client.post(path, {"amount": "0.01", "reason": "sent twice"}, OPERATOR)

    assert (part.status_code, rest.status_code, more.status_code) == (201, 201, 409)
    shown = part.get_json()["data"]
    assert (shown["kind"], shown["amount"], shown["reverses"]) == ("reversal", "100.00", transfer["id"])
    assert [entry["balanceAfter"] for entry in shown["entries"]] == ["150.00", "850.00"]
    assert rest.get_json()["data"]["amount"] == "150.00"
    assert more.get_json()["error"]["code"] == "already_reversed"
    original = client.data(f"/v1/transactions/{transfer['id']}")
    assert original["reversedBy"] == [part.get_json()["data"]["id"], rest.get_json()["data"]["id"]]
    assert "reversedBy" not in transfer
    require_sound_books(client.bank.snapshot())


def test_no_more_than_is_left_or_is_there(client: HttpClient, transfer: Any) -> None:
    path = f"/v1/admin/transactions/{transfer['id']}/reverse"
    his = transfer["entries"][1]["accountId"]
    client.move("withdraw", RAM, accountId=his, amount="200.00", currency="NPR")

    answers = [client.post(path, {"amount": amount, "reason": "x"}, OPERATOR) for amount in ("250.01", "250.00")]

    errors = [answer.get_json()["error"] for answer in answers]
    assert [error["code"] for error in errors] == ["reversal_exceeds_transaction", "insufficient_funds"]
    assert errors[0]["details"]["remaining"] == "250.00"
    assert errors[1]["details"]["available"] == "50.00"


@pytest.mark.parametrize(("who", "status"), [(SITA, 403), (RAM, 403), (AUDITOR, 403), (STRANGER, 404)])
def test_others_reverse_nothing(client: HttpClient, transfer: Any, who: str, status: int) -> None:
    answer = client.post(f"/v1/admin/transactions/{transfer['id']}/reverse", {"reason": "mine"}, who)

    assert answer.status_code == status


def test_what_is_not_there_and_what_says_no_reason_is_refused(client: HttpClient, transfer: Any) -> None:
    unknown = client.post(f"/v1/admin/transactions/{UNKNOWN_ID}/reverse", {"reason": "x"}, OPERATOR)
    silent = client.post(f"/v1/admin/transactions/{transfer['id']}/reverse", {}, OPERATOR)

    assert unknown.status_code == 404
    assert (silent.status_code, silent.get_json()["error"]["errors"][0]["pointer"]) == (422, "/reason")
