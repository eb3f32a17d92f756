"""Accounts are opened, listed and read, and their balance is known at every past instant."""

from datetime import timedelta

import pytest

from bankcore.ledger.commands import Deposit
from bankcore.money import Money
from bankcore.testing.clock import START
from bankcore_http.answering.wire import render_instant
from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, SITA, HttpClient

ACCOUNT_FIELDS = {
    *("id", "number", "name", "currency", "kind", "status"),
    *("balance", "held", "available", "version", "createdAt"),
}


def test_an_account_is_opened_empty_and_shown_whole(client: HttpClient) -> None:
    answer = client.post("/v1/accounts", {"currency": "NPR", "name": "Savings"})

    account = answer.get_json()["data"]
    assert answer.status_code == 201
    assert account.keys() == ACCOUNT_FIELDS
    assert account["createdAt"] == "2026-01-31T12:00:00.000000Z"
    assert (account["name"], account["currency"], account["kind"], account["status"]) == (
        *("Savings", "NPR"),
        *("customer", "active"),
    )
    assert (account["balance"], account["held"], account["available"]) == ("0.00", "0.00", "0.00")
    assert client.data(f"/v1/accounts/{account['id']}") == account


@pytest.mark.parametrize(("currency", "zero"), [("JPY", "0"), ("NPR", "0.00"), ("KWD", "0.000")])
def test_a_balance_has_the_decimals_of_its_currency(client: HttpClient, currency: str, zero: str) -> None:
    account = client.open(currency=currency)

    balance = client.data(f"/v1/accounts/{account.id}/balance")

    assert balance == {
        "accountId": str(account.id),
        "currency": currency,
        "balance": zero,
        "held": zero,
        "available": zero,
        "at": render_instant(START),
        "version": 0,
    }


def test_a_holder_lists_all_his_accounts_and_nobody_elses(client: HttpClient) -> None:
    mine = [str(client.open(currency=currency).id) for currency in ("NPR", "USD", "JPY", "EUR", "KWD")]
    client.open(RAM)

    walked, path = [], "/v1/accounts?limit=2"
    while path:
        page = client.get(path).get_json()
        walked += [account["id"] for account in page["data"]]
        cursor = page["meta"]["page"]["nextCursor"]
        path = f"/v1/accounts?limit=2&cursor={cursor}" if cursor else ""

    assert walked == mine
    assert client.get("/v1/accounts?limit=5").get_json()["meta"]["page"]["nextCursor"] is None
    assert client.data("/v1/accounts", OPERATOR) == []


def test_the_balance_of_a_past_instant_is_what_was_there_then(client: HttpClient) -> None:
    account = client.open(deposit="10.00")
    client.bank.clock.advance(timedelta(days=1))
    client.move("deposit", accountId=str(account.id), amount="5.00", currency="NPR")
    client.bank.clock.advance(timedelta(days=1))

    def balance_at(instant: str) -> str:
        balance = client.data(f"/v1/accounts/{account.id}/balance?at={instant}")
        assert (balance["at"], balance["version"]) == (instant.replace("Z", ".000000Z"), None)
        return str(balance["balance"])

    assert balance_at("2026-01-30T00:00:00Z") == "0.00"
    assert balance_at("2026-01-31T13:00:00Z") == "10.00"
    assert balance_at("2026-02-01T13:00:00Z") == "15.00"


def test_an_instant_to_come_has_no_balance_yet(client: HttpClient) -> None:
    account = client.open()

    answer = client.get(f"/v1/accounts/{account.id}/balance?at=2026-01-31T12:01:00.000001Z")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/query/at"


def test_a_clock_that_is_a_little_ahead_is_told_the_balance_of_now(client: HttpClient) -> None:
    account = client.open(deposit="10.00")

    balance = client.data(f"/v1/accounts/{account.id}/balance?at=2026-01-31T12:00:59Z")

    assert (balance["balance"], balance["at"]) == ("10.00", "2026-01-31T12:00:00.000000Z")


def test_entries_are_listed_latest_first_without_gap_or_repeat(client: HttpClient) -> None:
    account = client.open()
    for amount in ("1.00", "2.00", "3.00", "4.00", "5.00"):
        client.move("deposit", accountId=str(account.id), amount=amount, currency="NPR")

    first = client.get(f"/v1/accounts/{account.id}/entries?limit=3").get_json()
    cursor = first["meta"]["page"]["nextCursor"]
    second = client.get(f"/v1/accounts/{account.id}/entries?limit=3&cursor={cursor}").get_json()

    entries = first["data"] + second["data"]
    assert [entry["sequence"] for entry in entries] == [5, 4, 3, 2, 1]
    assert second["meta"]["page"]["nextCursor"] is None
    assert client.get(f"/v1/accounts/{account.id}/entries?limit=5").get_json()["meta"]["page"]["nextCursor"] is None
    assert [entry["balanceBefore"] for entry in entries[:-1]] == [entry["balanceAfter"] for entry in entries[1:]]
    assert entries[0].keys() == {
        *("accountId", "sequence", "transactionId", "amount", "currency"),
        *("balanceBefore", "balanceAfter", "postedAt"),
    }


def test_a_cursor_of_one_account_is_refused_for_another(client: HttpClient) -> None:
    account, other = client.open(deposit="1.00"), client.open(deposit="1.00")
    client.move("deposit", accountId=str(account.id), amount="1.00", currency="NPR")
    page = client.get(f"/v1/accounts/{account.id}/entries?limit=1").get_json()["meta"]["page"]

    answer = client.get(f"/v1/accounts/{other.id}/entries?limit=1&cursor={page['nextCursor']}")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/query/cursor"


@pytest.mark.parametrize("who", [OPERATOR, AUDITOR])
def test_staff_read_any_account_of_their_tenant(client: HttpClient, who: str) -> None:
    account = client.open(SITA, deposit="10.00")

    for part in ("", "/balance", "/entries", "/statement"):
        assert client.get(f"/v1/accounts/{account.id}{part}", who).status_code == 200


def test_staff_cannot_move_the_money_of_others(client: HttpClient) -> None:
    account, own = client.open(SITA, deposit="10.00"), client.open(OPERATOR)
    transfer = {"fromAccountId": str(account.id), "toAccountId": str(own.id), "amount": "1.00", "currency": "NPR"}

    answer = client.post("/v1/transactions/transfer", transfer, OPERATOR)

    assert answer.status_code == 404
    assert client.bank.accounts.get(account.id).balance.to_decimal_string() == "10.00"


def test_what_counts_by_an_instant_is_told_whenever_it_was_posted(client: HttpClient) -> None:
    account = client.open(deposit="10.00")
    dated = Deposit(account.id, Money.of("5.00", "NPR"), effective_at=client.bank.clock.now() - timedelta(days=3))
    client.bank.ledger.post(dated)

    def effective(instant: str) -> str:
        balance = client.data(f"/v1/accounts/{account.id}/balance?effectiveAt={instant}")
        assert balance["at"] == instant.replace("Z", ".000000Z")
        return str(balance["balance"])

    assert effective("2026-01-28T11:59:59Z") == "0.00"
    assert effective("2026-01-28T12:00:00Z") == "5.00"
    assert effective("2027-01-01T00:00:00Z") == "15.00"
    assert client.get(f"/v1/accounts/{account.id}/balance?effectiveAt=2027-01-01T00:00:00Z", RAM).status_code == 404


def test_what_was_posted_by_one_instant_and_counts_by_another_is_not_asked_for(client: HttpClient) -> None:
    account = client.open()

    answer = client.get(f"/v1/accounts/{account.id}/balance?at=2026-01-31T12:00:00Z&effectiveAt=2026-01-31T12:00:00Z")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/query/effectiveAt"
