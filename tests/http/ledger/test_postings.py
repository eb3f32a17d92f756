"""Money is deposited, withdrawn and transferred, and a refusal says what stands in the way."""

from uuid import UUID

import pytest

from bankcore.ledger.accounts import AccountStatus, settlement_account_id
from bankcore.money import Currency
from bankcore.testing import require_sound_books
from tests.worlds.http_client import MAIN, RAM, SITA, UNKNOWN_ID, HttpClient

ENTRY_FIELDS = {"accountId", "amount", "balanceBefore", "balanceAfter", "sequence"}


def test_a_deposit_is_shown_as_the_transaction_it_made(client: HttpClient) -> None:
    account = client.open()
    settlement_id = settlement_account_id(MAIN, Currency.of("NPR"))
    body = {"accountId": str(account.id), "amount": "1000", "currency": "NPR", "reference": "Salary"}

    answer = client.post("/v1/transactions/deposit", body | {"metadata": {"month": "2026-01"}})

    shown = answer.get_json()["data"]
    assert answer.status_code == 201
    assert UUID(shown.pop("id")).version == 7
    assert shown == {
        "kind": "deposit",
        "status": "posted",
        "amount": "1000.00",
        "currency": "NPR",
        "reference": "Salary",
        "metadata": {"month": "2026-01"},
        "postedAt": "2026-01-31T12:00:00.000000Z",
        "effectiveAt": "2026-01-31T12:00:00.000000Z",
        "entries": [
            {"accountId": str(settlement_id), "amount": "-1000.00"},
            {
                "accountId": str(account.id),
                "amount": "1000.00",
                "balanceBefore": "0.00",
                "balanceAfter": "1000.00",
                "sequence": 1,
            },
        ],
    }


def test_a_withdrawal_takes_money_out(client: HttpClient) -> None:
    account = client.open(deposit="1000.00")

    transaction = client.move("withdraw", accountId=str(account.id), amount="0.01", currency="NPR")

    own = transaction["entries"][0]
    assert (transaction["kind"], transaction["amount"]) == ("withdrawal", "0.01")
    assert (own["amount"], own["balanceAfter"]) == ("-0.01", "999.99")


@pytest.mark.parametrize("named_by", ["toAccountId", "toAccountNumber"])
def test_a_transfer_shows_the_payer_his_own_side_only(client: HttpClient, named_by: str) -> None:
    mine, his = client.open(deposit="1000.00"), client.open(RAM, deposit="77.77")
    destination = {"toAccountId": str(his.id), "toAccountNumber": his.number}[named_by]

    transaction = client.move(
        "transfer", fromAccountId=str(mine.id), **{named_by: destination}, amount="250.50", currency="NPR"
    )

    debit, credit = transaction["entries"]
    assert debit.keys() == ENTRY_FIELDS
    assert debit["balanceAfter"] == "749.50"
    assert credit == {"accountId": str(his.id), "amount": "250.50"}
    require_sound_books(client.bank.snapshot())


@pytest.mark.parametrize("separator", [" ", "-", "\u00a0"])
def test_a_number_is_taken_as_it_is_printed_in_groups(client: HttpClient, separator: str) -> None:
    mine, his = client.open(deposit="10.00"), client.open(RAM)
    groups = separator.join(his.number[first : first + 4] for first in range(0, len(his.number), 4))

    moved = client.move("transfer", fromAccountId=str(mine.id), toAccountNumber=groups, amount="1.00", currency="NPR")

    assert [entry["accountId"] for entry in moved["entries"]] == [str(mine.id), str(his.id)]


@pytest.mark.parametrize("named_by", ["toAccountId", "toAccountNumber"])
def test_a_transfer_between_own_accounts_shows_both_sides(client: HttpClient, named_by: str) -> None:
    mine, savings = client.open(deposit="1000.00"), client.open()
    destination = {"toAccountId": str(savings.id), "toAccountNumber": savings.number}[named_by]

    transaction = client.move(
        "transfer", fromAccountId=str(mine.id), **{named_by: destination}, amount="1.00", currency="NPR"
    )

    assert [entry.keys() for entry in transaction["entries"]] == [ENTRY_FIELDS, ENTRY_FIELDS]
    assert client.data(f"/v1/transactions/{transaction['id']}") == transaction


def test_a_debit_beyond_the_balance_is_refused_with_the_facts(client: HttpClient) -> None:
    account = client.open(deposit="10.00")
    body = {"accountId": str(account.id), "amount": "25.00", "currency": "NPR"}

    answer = client.post("/v1/transactions/withdraw", body)

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "insufficient_funds")
    assert error["details"]["accountId"] == str(account.id)
    assert (error["details"]["available"], error["details"]["needed"]) == ("10.00", "25.00")


def test_an_amount_in_another_currency_than_the_account_is_refused(client: HttpClient) -> None:
    account = client.open(deposit="10.00")
    body = {"accountId": str(account.id), "amount": "1.00", "currency": "USD"}

    for movement in ("deposit", "withdraw"):
        answer = client.post(f"/v1/transactions/{movement}", body)

        assert answer.status_code == 422
        assert answer.get_json()["error"]["code"] == "currency_mismatch"
        assert answer.get_json()["error"]["details"] == {"expected": "NPR", "actual": "USD"}


def test_a_transfer_to_itself_is_refused(client: HttpClient) -> None:
    account_id = str(client.open(deposit="10.00").id)
    body = {"fromAccountId": account_id, "toAccountId": account_id, "amount": "1.00", "currency": "NPR"}

    answer = client.post("/v1/transactions/transfer", body)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "same_account")


@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_a_frozen_or_closed_account_moves_nothing(client: HttpClient, status: AccountStatus) -> None:
    account = client.open(deposit="10.00")
    client.bank.books.change_status(account.id, status)

    answer = client.post(
        "/v1/transactions/deposit", {"accountId": str(account.id), "amount": "1.00", "currency": "NPR"}
    )

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, f"account_{status}")


def test_a_balance_beyond_64_bits_is_refused(client: HttpClient) -> None:
    account = client.open(currency="JPY", deposit="9223372036854775807")

    answer = client.post("/v1/transactions/deposit", {"accountId": str(account.id), "amount": "1", "currency": "JPY"})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "amount_out_of_range")


@pytest.mark.parametrize("destination", [{}, {"toAccountId": UNKNOWN_ID, "toAccountNumber": "1000000000000038"}])
def test_a_transfer_names_one_destination(client: HttpClient, destination: dict[str, str]) -> None:
    account = client.open(deposit="10.00")
    body = {"fromAccountId": str(account.id), "amount": "1.00", "currency": "NPR", **destination}

    answer = client.post("/v1/transactions/transfer", body)

    assert answer.status_code == 422
    assert answer.get_json()["error"]["code"] == "validation_failed"
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/toAccountId"


@pytest.mark.parametrize(
    "destination",
    [
        {"toAccountId": UNKNOWN_ID},
        {"toAccountNumber": "1000000000009999"},
        {"toAccountNumber": "SETTLEMENT-NPR"},
        {"toAccountId": str(settlement_account_id(MAIN, Currency.of("NPR")))},
    ],
)
def test_a_transfer_to_nowhere_or_to_our_own_books_finds_nobody(
    client: HttpClient, destination: dict[str, str]
) -> None:
    account = client.open(deposit="10.00")
    body = {"fromAccountId": str(account.id), "amount": "1.00", "currency": "NPR", **destination}

    answer = client.post("/v1/transactions/transfer", body)

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (404, "not_found")
    assert error["details"] == {"resource": "account", "identifier": next(iter(destination.values()))}


def test_a_transfer_at_a_quote_that_nobody_gave_finds_nothing(client: HttpClient) -> None:
    mine, his = client.open(SITA, deposit="10.00"), client.open(RAM)
    body = {"fromAccountId": str(mine.id), "toAccountId": str(his.id), "amount": "1.00", "currency": "NPR"}

    answer = client.post("/v1/transactions/transfer", body | {"fxQuoteId": UNKNOWN_ID})

    assert answer.status_code == 404
    assert answer.get_json()["error"]["details"] == {"resource": "fx_quote", "identifier": UNKNOWN_ID}
