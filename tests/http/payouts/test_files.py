"""Payouts that come as a file over HTTP: every wrong line is told, and nothing is started by half."""

from typing import Any

import pytest

from tests.http.payouts.conftest import PayoutClient
from tests.worlds.http_client import SITA

CSV, NDJSON = "text/csv", "application/x-ndjson"


def send(client: PayoutClient, text: str | bytes, media_type: str, *, query: str | None = None, key: str = "k") -> Any:
    """The answer to that file."""
    asked = f"accountId={client.payer.id}&name=Wages" if query is None else query
    headers = {"Authorization": f"Bearer {SITA}", "Idempotency-Key": key, "Content-Type": media_type}
    return client.http.flask.post(f"/v1/payouts?{asked}", data=text, headers=headers)


def pointers(answer: Any) -> list[str]:
    """Where the request is wrong."""
    assert answer.status_code == 422, answer.get_json()
    return [each["pointer"] for each in answer.get_json()["error"]["errors"]]


def in_csv(client: PayoutClient) -> str:
    """Ten rupees for each of the three."""
    return "account,amount,reference\r\n" + "".join(
        f'"{payee.number}",10.00,item {place}\r\n' for place, payee in enumerate(client.payees)
    )


def in_ndjson(client: PayoutClient) -> str:
    """The same, an object a line."""
    return "".join(f'{{"account": "{payee.id}", "amount": "10.00"}}\n' for payee in client.payees)


@pytest.mark.parametrize("media_type", [CSV, "text/csv; charset=utf-8", NDJSON])
def test_a_file_is_paid_as_a_body_in_json_is(client: PayoutClient, media_type: str) -> None:
    text = in_ndjson(client) if media_type == NDJSON else in_csv(client)

    first, again = (send(client, text, media_type) for _ in range(2))
    client.pay_all()

    started = first.get_json()["data"]
    assert (first.status_code, started["name"], started["totalItems"], started["totalAmount"]) == (
        *(201, "Wages"),
        *(3, "30.00"),
    )
    assert (again.get_json()["data"]["id"], again.headers["Idempotent-Replayed"]) == (started["id"], "true")
    assert client.http.data(f"/v1/payouts/{started['id']}")["status"] == "completed"


def test_every_wrong_line_is_told_by_its_number(client: PayoutClient) -> None:
    number = client.payees[0].number
    unreadable = f"account,amount\n{number}\n{number},1.00\n,1.00\n"
    refused = f"account,amount,currency\n{number},1.001,\n\n9,1.00,\n{number},1.00,USD\n"
    objects = f'{{"account": "{number}", "amount": 1}}\nnonsense\n'

    assert pointers(send(client, unreadable, CSV)) == ["/lines/2", "/lines/4/account"]
    assert pointers(send(client, refused, CSV)) == ["/lines/2/amount", "/lines/4/account", "/lines/5/currency"]
    assert pointers(send(client, objects, NDJSON)) == ["/lines/1/amount", "/lines/2"]
    assert pointers(send(client, "to,what\n", CSV)) == ["/lines/1"]
    assert client.http.data("/v1/payouts") == []


def test_what_stands_beside_a_file_is_in_the_query_and_only_there(client: PayoutClient) -> None:
    text = in_csv(client)
    beside_json = client.http.post(f"/v1/payouts?accountId={client.payer.id}&name=x", client.body())

    assert pointers(send(client, text, CSV, query="name=Wages")) == ["/query/accountId"]
    assert pointers(beside_json) == ["/query/accountId", "/query/name"]
    assert pointers(send(client, "account,amount\n", CSV)) == ["/items"]


@pytest.mark.parametrize(
    ("text", "media_type", "status"),
    [
        (b"account,amount\n\xff", CSV, 400),
        ("account,amount\n", "text/csv; charset=latin-1", 415),
        ("account,amount\n", "text/plain", 415),
        ("x" * (4 * 1024 * 1024 + 1), CSV, 413),
    ],
)
def test_what_is_no_such_file_is_refused(client: PayoutClient, text: str | bytes, media_type: str, status: int) -> None:
    assert send(client, text, media_type).status_code == status
