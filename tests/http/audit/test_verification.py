"""Chains, zero sums and the trial balance over HTTP."""

from dataclasses import replace

import pytest

from bankcore.ledger.accounts import Account
from bankcore_http.ledger import chain
from tests.worlds.http_audit import Desk
from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, SITA, STRANGER, UNKNOWN_ID


@pytest.fixture
def account(desk: Desk) -> Account:
    """Sita's account with nine entries."""
    opened = desk.open()
    for amount in range(1, 10):
        desk.move("deposit", accountId=str(opened.id), amount=f"{amount}.00", currency="NPR")
    return desk.bank.accounts.get(opened.id)


@pytest.mark.parametrize("window", [1, 2, 4, 9, 10])
@pytest.mark.parametrize("who", [SITA, AUDITOR])
def test_a_chain_that_only_the_ledger_wrote_is_valid(
    desk: Desk, account: Account, who: str, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "WINDOW", window)

    assert desk.data(f"/v1/accounts/{account.id}/chain", who) == {
        "accountId": str(account.id),
        "valid": True,
        "entries": 9,
        "headHash": account.head_hash.hex(),
    }


def test_the_chain_of_an_account_without_entries_is_valid(desk: Desk) -> None:
    shown = desk.data(f"/v1/accounts/{desk.open().id}/chain")

    assert (shown["valid"], shown["entries"], shown["headHash"]) == (True, 0, "00" * 32)


@pytest.mark.parametrize("window", [1, 3, 500])
def test_a_changed_entry_is_named(desk: Desk, account: Account, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "WINDOW", window)
    entries = desk.bank.books.entries
    entries[account.id, 4] = entries[account.id, 4]._replace(amount_minor=1)

    shown = desk.data(f"/v1/accounts/{account.id}/chain")

    assert (shown["valid"], shown["tamperedAt"]) == (False, 4)
    assert shown["problem"]


def test_a_changed_balance_is_named_at_the_last_entry(desk: Desk, account: Account) -> None:
    desk.bank.books.accounts[account.id] = replace(account, balance_minor=1)

    shown = desk.data(f"/v1/accounts/{account.id}/chain", AUDITOR)

    assert (shown["valid"], shown["tamperedAt"]) == (False, 9)


@pytest.mark.parametrize("who", [RAM, OPERATOR, STRANGER])
def test_the_chain_of_somebody_else_is_not_there(desk: Desk, account: Account, who: str) -> None:
    assert desk.get(f"/v1/accounts/{account.id}/chain", who).status_code == 404
    assert desk.get(f"/v1/accounts/{UNKNOWN_ID}/chain", AUDITOR).status_code == 404


def test_a_transaction_is_balanced(desk: Desk) -> None:
    account = desk.open()
    made = desk.move("deposit", accountId=str(account.id), amount="5.00", currency="NPR")["id"]

    shown = desk.data(f"/v1/ledger/transactions/{made}/verify", AUDITOR)

    assert shown == {"transactionId": made, "balanced": True, "entries": 2}
    assert desk.get(f"/v1/ledger/transactions/{made}/verify", STRANGER).status_code == 404


def test_the_trial_balance_sums_to_zero_in_each_currency(desk: Desk) -> None:
    desk.open(deposit="5.00")
    desk.open(RAM, deposit="7.50")
    desk.open(currency="JPY", deposit="100")

    shown = desk.data("/v1/ledger/trial-balance", AUDITOR)

    assert shown["balanced"] is True
    assert shown["totals"] == [{"currency": "JPY", "total": "0"}, {"currency": "NPR", "total": "0.00"}]
    assert [(line["currency"], line["kind"], line["accounts"], line["total"]) for line in shown["lines"]] == [
        ("JPY", "customer", 1, "100"),
        ("JPY", "settlement", 1, "-100"),
        ("NPR", "customer", 2, "12.50"),
        ("NPR", "settlement", 1, "-12.50"),
    ]
    assert desk.data("/v1/ledger/trial-balance", STRANGER) == {"balanced": True, "lines": [], "totals": []}


def test_books_that_do_not_balance_say_so(desk: Desk) -> None:
    account = desk.open(deposit="5.00")
    desk.bank.books.accounts[account.id] = replace(account, balance_minor=499)

    shown = desk.data("/v1/ledger/trial-balance", AUDITOR)

    assert shown["balanced"] is False
    assert shown["totals"] == [{"currency": "NPR", "total": "-0.01"}]
