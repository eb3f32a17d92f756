"""Entries, chains and payrolls under the other names of the paths."""

from typing import Any
from uuid import UUID

from bankcore.identifiers import AccountId
from tests.http.wallets.conftest import ASHA, BINOD, EMPLOYER, WalletClient
from tests.worlds.http_client import UNKNOWN_ID


def test_a_pair_of_entries_is_written_read_and_verified(client: WalletClient) -> None:
    sender, recipient = client.wallet(credit="10"), client.wallet(BINOD)
    body = {"debitWalletId": sender["id"], "creditWalletId": recipient["id"], "amount": "4.5", "currency": "USD"}

    written, again = (client.ask("POST", "/ledger/transactions", body, idempotency_key="pair") for _ in range(2))

    pair = written.get_json()
    assert written.status_code == 201
    assert again.get_json() == client.read(f"/ledger/transactions/{pair['transactionId']}") == pair
    shown = [(entry["type"], entry["walletId"], entry["amount"]) for entry in pair["entries"]]
    assert shown == [("DEBIT", sender["id"], "4.50000000"), ("CREDIT", recipient["id"], "4.50000000")]
    for path in ("/ledger/transactions/{}/verify", "/admin/ledger/verify/{}"):
        assert client.read(path.format(pair["transactionId"])) == {"balanced": True}
    assert client.read(f"/admin/transactions/{pair['transactionId']}") == pair


def test_entries_come_by_limit_and_offset(client: WalletClient) -> None:
    wallet = client.wallet()
    for amount in ("1", "2", "3"):
        client.move(wallet, "credit", amount)

    pages = [
        client.read(f"/ledger/wallets/{wallet['id']}/entries?limit=2&offset={offset}") for offset in (0, 2, 3, 2**53)
    ]

    amounts = [[entry["amount"] for entry in page["entries"]] for page in pages]
    assert amounts == [["3.00000000", "2.00000000"], ["1.00000000"], [], []]
    assert {page["total"] for page in pages} == {3}
    assert client.read(f"/admin/ledger/entries/{wallet['id']}")["entries"][0] == pages[0]["entries"][0]
    assert client.ask("GET", f"/ledger/wallets/{wallet['id']}/entries?offset=-1").status_code == 422


def test_a_chain_is_whole_until_an_entry_is_changed(client: WalletClient) -> None:
    wallet = client.wallet(credit="1")
    client.move(wallet, "credit", "2")
    (latest, first) = client.read(f"/ledger/wallets/{wallet['id']}/entries")["entries"]
    whole = client.read(f"/ledger/wallets/{wallet['id']}/chain")

    place, entries = (AccountId(UUID(wallet["id"])), 1), client.http.bank.books.entries
    entries[place] = entries[place]._replace(amount_minor=1)

    assert whole == {"valid": True}
    for path in (f"/ledger/wallets/{wallet['id']}/chain", f"/admin/ledger/chain/{wallet['id']}"):
        assert client.read(path) == {"valid": False, "tamperedAt": first["id"]}
    assert client.read(f"/admin/wallets/{wallet['id']}")["balance"] == latest["balanceAfter"]


def test_a_payroll_is_started_once_by_its_name_and_shown_as_it_goes_on(client: WalletClient) -> None:
    source, recipients = client.wallet(credit="100"), [client.wallet(BINOD) for _ in range(3)]
    body = payroll(source, recipients)

    first, again = (client.ask("POST", "/payroll/jobs", body) for _ in range(2))
    other = client.ask("POST", "/payroll/jobs", body | {"items": body["items"][:2]})
    assert client.http.payouts is not None
    client.http.payouts.pay.pay_next()

    job = first.get_json()
    assert (
        job
        == again.get_json()
        == {
            "jobId": job["jobId"],
            "status": "QUEUED",
            "totalItems": 3,
            "message": "Payroll job queued successfully",
        }
    )
    assert (first.status_code, other.status_code) == (201, 409)
    assert client.read(f"/payroll/jobs/{job['jobId']}") == {
        "jobId": job["jobId"],
        "status": "PROCESSING",
        "totalItems": 3,
        "processedItems": 2,
        "failedItems": 0,
        "checkpoint": 2,
        "progress": "2/3",
    }


def test_every_wrong_item_of_a_payroll_is_told_by_its_place(client: WalletClient) -> None:
    source, recipient = client.wallet(credit="100"), client.wallet(BINOD)
    body = payroll(source, [recipient] * 3)
    body["items"][0]["recipientWalletId"] = UNKNOWN_ID
    body["items"][1]["amount"] = "1.005"
    body["items"][2]["currency"] = "EUR"

    answer = client.ask("POST", "/payroll/jobs", body)
    strangers = client.ask("POST", "/payroll/jobs", body | {"sourceUserId": BINOD})

    assert (answer.status_code, strangers.status_code) == (422, 404)
    pointers = [error["pointer"] for error in answer.get_json()["error"]["errors"]]
    assert pointers == ["/items/0/recipientWalletId", "/items/1/amount", "/items/2/currency"]


def payroll(source: Any, recipients: list[Any]) -> Any:
    """Ten dollars for each."""
    items = [
        {"employeeUserId": BINOD, "recipientWalletId": each["id"], "amount": "10.00000000", "currency": "USD"}
        for each in recipients
    ]
    named = {"employerId": EMPLOYER, "sourceWalletId": source["id"], "sourceUserId": ASHA}
    return {**named, "jobName": "April 2026 Payroll", "items": items}
