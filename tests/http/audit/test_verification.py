"""Chains, zero sums and the trial balance over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.ledger.accounts import Account
from bankcore_http.ledger import chain
from tests.worlds.http_audit import AuditClient
from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, SITA, STRANGER, UNKNOWN_ID


@pytest.fixture
def account(client: AuditClient) -> Account:
    """Sita's account with nine entries."""
    opened = client.open()
    for amount in range(1, 10):
        client.move("deposit", accountId=str(opened.id), amount=f"{amount}.00", currency="NPR")
    return client.bank.accounts.get(opened.id)


@pytest.mark.parametrize("window", [1, 2, 4, 9, 10])
@pytest.mark.parametrize("who", [SITA, AUDITOR])
def test_a_chain_that_only_the_ledger_wrote_is_valid(
    client: AuditClient, account: Account, who: str, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "WINDOW", window)

    assert client.data(f"/v1/accounts/{account.id}/chain", who) == {
        "accountId": str(account.id),
        "valid": True,
        "entries": 9,
        "headHash": account.head_hash.hex(),
    }


def test_the_chain_of_an_account_without_entries_is_valid(client: AuditClient) -> None:
    shown = client.data(f"/v1/accounts/{client.open().id}/chain")

    assert (shown["valid"], shown["entries"], shown["headHash"]) == (True, 0, "00" * 32)


@pytest.mark.parametrize("window", [1, 3, 500])
def test_a_changed_entry_is_named(
    client: AuditClient, account: Account, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "WINDOW", window)
    entries = client.bank.books.entries
    entries[account.id, 4] = entries[account.id, 4]._replace(amount_minor=1)

    shown = client.data(f"/v1/accounts/{account.id}/chain")

    assert (shown["valid"], shown["tamperedAt"]) == (False, 4)
    assert shown["problem"]


def test_a_changed_balance_is_named_at_the_last_entry(client: AuditClient, account: Account) -> None:
    client.bank.books.accounts[account.id] = replace(account, balance_minor=1)

    shown = client.data(f"/v1/accounts/{account.id}/chain", AUDITOR)

    assert (shown["valid"], shown["tamperedAt"]) == (False, 9)


@pytest.mark.parametrize("who", [RAM, OPERATOR, STRANGER])
def test_the_chain_of_somebody_else_is_not_there(client: AuditClient, account: Account, who: str) -> None:
    assert client.get(f"/v1/accounts/{account.id}/chain", who).status_code == 404
    assert client.get(f"/v1/accounts/{UNKNOWN_ID}/chain", AUDITOR).status_code == 404


def test_a_transaction_is_balanced(client: AuditClient) -> None:
    account = client.open()
    made = client.move("deposit", accountId=str(account.id), amount="5.00", currency="NPR")["id"]

    shown = client.data(f"/v1/ledger/transactions/{made}/verify", AUDITOR)

    assert shown == {"transactionId": made, "balanced": True, "entries": 2}
    assert client.get(f"/v1/ledger/transactions/{made}/verify", STRANGER).status_code == 404


def test_the_trial_balance_sums_to_zero_in_each_currency(client: AuditClient) -> None:
    client.open(deposit="5.00")
    client.open(RAM, deposit="7.50")
    client.open(currency="JPY", deposit="100")

    shown = client.data("/v1/ledger/trial-balance", AUDITOR)

    assert shown["balanced"] is True
    assert shown["totals"] == [{"currency": "JPY", "total": "0"}, {"currency": "NPR", "total": "0.00"}]
    assert [(line["currency"], line["kind"], line["accounts"], line["total"]) for line in shown["lines"]] == [
        ("JPY", "customer", 1, "100"),
        ("JPY", "settlement", 1, "-100"),
        ("NPR", "customer", 2, "12.50"),
        ("NPR", "settlement", 1, "-12.50"),
    ]
    assert client.data("/v1/ledger/trial-balance", STRANGER) == {"balanced": True, "lines": [], "totals": []}


def test_books_that_do_not_balance_say_so(client: AuditClient) -> None:
    account = client.open(deposit="5.00")
    client.bank.books.accounts[account.id] = replace(account, balance_minor=499)

    shown = client.data("/v1/ledger/trial-balance", AUDITOR)

    assert shown["balanced"] is False
    assert shown["totals"] == [{"currency": "NPR", "total": "-0.01"}]


def test_the_trial_balance_of_a_past_instant_is_what_all_accounts_held_then(client: AuditClient) -> None:
    client.open(deposit="5.00")
    client.bank.clock.advance(timedelta(days=1))
    client.open(RAM, deposit="7.50")

    then = client.data("/v1/ledger/trial-balance?at=2026-02-01T00:00:00Z", AUDITOR)
    before = client.data("/v1/ledger/trial-balance?at=2025-01-01T00:00:00Z", AUDITOR)
    almost_now = client.data("/v1/ledger/trial-balance?at=2026-02-01T12:00:30Z", AUDITOR)

    assert [line["total"] for line in then["lines"]] == ["5.00", "-5.00"]
    assert before == {"balanced": True, "lines": [], "totals": []}
    assert [line["total"] for line in almost_now["lines"]] == ["12.50", "-12.50"]


def test_an_instant_to_come_has_no_trial_balance_yet(client: AuditClient) -> None:
    answer = client.get("/v1/ledger/trial-balance?at=2026-01-31T12:01:01Z", AUDITOR)

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/query/at"
