"""An audit receipt is given beside the answer to a posting if the client prefers that, and can be asked for later."""

import pytest

from tests.worlds.http_client import AUDITOR, RAM, STRANGER, UNKNOWN_ID, HttpClient

HEADER = "Bankcore-Receipt"


def body(account_id: object) -> dict[str, str]:
    return {"accountId": str(account_id), "amount": "5.00", "currency": "NPR"}


@pytest.mark.parametrize("prefer", ["receipt", "Receipt", "wait=10, receipt", "respond-async,receipt;x=1 ,wait=1"])
def test_a_posting_has_a_receipt_if_the_client_prefers_one(client: HttpClient, prefer: str) -> None:
    mine, his = client.open(deposit="100.00"), client.open(RAM)
    transfer = {"fromAccountId": str(mine.id), "toAccountNumber": his.number, "amount": "1.00", "currency": "NPR"}

    answers = [
        client.post("/v1/transactions/deposit", body(mine.id), prefer=prefer),
        client.post("/v1/transactions/withdraw", body(mine.id), prefer=prefer),
        client.post("/v1/transactions/transfer", transfer, prefer=prefer),
    ]

    for answer in answers:
        later = client.data(f"/v1/transactions/{answer.get_json()['data']['id']}/audit-receipt")
        assert (answer.status_code, answer.headers.get_all(HEADER)) == (201, [later["receipt"]])
        assert later["auditId"] in later["receipt"]
        assert later["postedAt"] == answer.get_json()["data"]["postedAt"]
        assert len(bytes.fromhex(later["leafHash"])) == 32


@pytest.mark.parametrize("prefer", ["", "receipts", "return=minimal", "x=receipt", ",;,"])
def test_who_prefers_something_else_gets_none(client: HttpClient, prefer: str) -> None:
    account = client.open()

    answer = client.post("/v1/transactions/deposit", body(account.id), prefer=prefer)
    unasked = client.post("/v1/transactions/deposit", body(account.id))

    assert [(each.status_code, HEADER in each.headers) for each in (answer, unasked)] == [(201, False)] * 2


def test_a_replay_gives_the_receipt_of_the_same_record_even_if_none_was_wanted_before(client: HttpClient) -> None:
    account = client.open()

    first = client.post("/v1/transactions/deposit", body(account.id), key="same")
    again = client.post("/v1/transactions/deposit", body(account.id), key="same", prefer="receipt")
    third = client.post("/v1/transactions/deposit", body(account.id), key="same", prefer="receipt")

    assert first.get_json()["data"] == again.get_json()["data"]
    assert [each.headers.get("Idempotent-Replayed") for each in (first, again, third)] == [None, "true", "true"]
    assert HEADER not in first.headers
    assert again.headers[HEADER] == third.headers[HEADER]


def test_a_refusal_has_no_receipt(client: HttpClient) -> None:
    account = client.open()

    answer = client.post("/v1/transactions/withdraw", body(account.id), prefer="receipt")

    assert (answer.status_code, HEADER in answer.headers) == (422, False)


def test_money_that_moved_is_answered_by_201_even_where_no_receipt_can_be_had(client: HttpClient) -> None:
    account = client.open()
    client.receipts.is_out_of_reach = True

    answer = client.post("/v1/transactions/deposit", body(account.id), prefer="receipt")
    later = client.get(f"/v1/transactions/{answer.get_json()['data']['id']}/audit-receipt")

    assert (answer.status_code, HEADER in answer.headers) == (201, False)
    assert (later.status_code, later.get_json()["error"]["code"]) == (503, "unavailable")


def test_parties_and_staff_may_have_it_and_nobody_else_learns_of_it(client: HttpClient) -> None:
    account = client.open()
    transaction_id = client.post("/v1/transactions/deposit", body(account.id)).get_json()["data"]["id"]
    path = f"/v1/transactions/{transaction_id}/audit-receipt"

    of_auditor = client.data(path, AUDITOR)
    statuses = [client.get(path, who).status_code for who in (RAM, STRANGER)]

    assert of_auditor == client.data(path)
    assert statuses == [404, 404]
    assert client.get(f"/v1/transactions/{UNKNOWN_ID}/audit-receipt").status_code == 404
    assert client.flask.get(path).status_code == 401
