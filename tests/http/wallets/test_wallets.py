"""Wallets, quotes, transfers, books and payroll in the other notation, for whoever knows the token."""

from datetime import timedelta

import pytest

from bankcore.ledger.accounts import settlement_account_id
from bankcore.money import Currency
from bankcore.testing.services import ListedServices
from bankcore_http.wallets.access import WalletPaths
from bankcore_http.wallets.blueprints import wallet_blueprints
from bankcore_http.wallets.notation import exact, rate_text
from tests.http.wallets.conftest import ADMIN_TOKEN, ASHA, BINOD, SERVICE_TOKEN, TENANTS, OneTenant, WalletClient
from tests.worlds.http_client import MAIN, UNKNOWN_ID, LedgerApplication

ROUTES = [
    ("POST", "/accounts/wallets"),
    ("PATCH", f"/accounts/wallets/{UNKNOWN_ID}/balance"),
    ("GET", f"/accounts/wallets/{UNKNOWN_ID}/balance"),
    ("POST", "/fx/quote"),
    ("GET", f"/fx/quote/{UNKNOWN_ID}"),
    ("POST", f"/fx/quote/{UNKNOWN_ID}/consume"),
    ("POST", "/transactions/transfers"),
    ("POST", "/ledger/transactions"),
    ("GET", f"/ledger/transactions/{UNKNOWN_ID}"),
    ("GET", f"/ledger/transactions/{UNKNOWN_ID}/verify"),
    ("GET", f"/ledger/wallets/{UNKNOWN_ID}/entries"),
    ("GET", f"/ledger/wallets/{UNKNOWN_ID}/chain"),
    ("POST", "/payroll/jobs"),
    ("GET", f"/payroll/jobs/{UNKNOWN_ID}"),
    ("GET", f"/admin/wallets/{UNKNOWN_ID}"),
    ("GET", f"/admin/transactions/{UNKNOWN_ID}"),
    ("GET", f"/admin/ledger/verify/{UNKNOWN_ID}"),
    ("GET", f"/admin/ledger/chain/{UNKNOWN_ID}"),
    ("GET", f"/admin/ledger/entries/{UNKNOWN_ID}"),
    ("GET", "/admin/audit-logs"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("sent", ["", "x", "exchanged", f"{SERVICE_TOKEN}x", "\u00fc" * 32])
def test_nobody_comes_in_without_the_token_of_the_path(client: WalletClient, method: str, path: str, sent: str) -> None:
    tokens = (ADMIN_TOKEN, SERVICE_TOKEN) if sent == "exchanged" else (sent, sent)

    answer = client.ask(method, path, x_service_token=tokens[0], x_admin_token=tokens[1])

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_settings_there_are_no_such_paths(method: str, path: str) -> None:
    plain = LedgerApplication().open()

    headers = {"X-Service-Token": SERVICE_TOKEN, "X-Admin-Token": ADMIN_TOKEN}

    assert plain.flask.open(path, method=method, headers=headers).status_code == 404


def test_each_token_opens_its_own_paths_alone_and_is_in_no_repr() -> None:
    def prefixes(paths: WalletPaths) -> set[str | None]:
        return {each.url_prefix for each in wallet_blueprints(ListedServices({}), OneTenant(), paths)}

    assert prefixes(WalletPaths(tenant="main")) == set()
    assert prefixes(WalletPaths(tenant="main", admin_token=ADMIN_TOKEN)) == {"/admin"}
    assert "/admin" not in prefixes(WalletPaths(tenant="main", service_token=SERVICE_TOKEN))
    assert SERVICE_TOKEN not in repr(WalletPaths(tenant="main", service_token=SERVICE_TOKEN))


def test_a_wallet_is_opened_for_any_user_and_shown_as_it_was(client: WalletClient) -> None:
    body = {"userId": ASHA, "currency": "USD", "accountNumber": "ACC-001"}

    first, again = (client.ask("POST", "/accounts/wallets", body) for _ in range(2))

    assert first.status_code == again.status_code == 201
    assert (
        first.get_json()
        == again.get_json()
        == {
            "id": first.get_json()["id"],
            "userId": ASHA,
            "currency": "USD",
            "balance": "0.00000000",
            "accountNumber": "ACC-001",
            "isActive": True,
        }
    )
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_number_is_given_to_one_wallet_for_ever(client: WalletClient) -> None:
    body = {"userId": ASHA, "currency": "USD", "accountNumber": "ACC-001"}
    client.ask("POST", "/accounts/wallets", body)

    others = client.ask("POST", "/accounts/wallets", body | {"userId": BINOD})
    client.http.bank.clock.advance(timedelta(days=400))
    later = client.ask("POST", "/accounts/wallets", body)

    assert (others.status_code, others.get_json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert (later.status_code, later.get_json()["error"]["code"]) == (409, "account_exists")


def test_a_balance_moves_both_ways_and_never_below_zero(client: WalletClient) -> None:
    wallet = client.wallet()

    credited = client.move(wallet, "credit", "1000.00000000")
    debited = client.move(wallet, "debit", "100")
    refused = client.move(wallet, "debit", "900.01")

    assert (credited.status_code, credited.get_json()) == (200, wallet | {"balance": "1000.00000000"})
    assert (debited.status_code, debited.get_json()["balance"]) == (200, "900.00000000")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "insufficient_funds")
    assert client.balance(wallet) == "900.00000000"


def test_a_movement_with_a_key_is_made_once(client: WalletClient) -> None:
    wallet = client.wallet()

    answers = [client.move(wallet, "credit", "10", idempotency_key="top-up-1") for _ in range(3)]

    assert [answer.get_json()["balance"] for answer in answers] == ["10.00000000"] * 3
    assert client.balance(wallet) == "10.00000000"


@pytest.mark.parametrize("amount", ["0.001", "0", "-1", "1e3", "1.000000000", " 1", "1,00", "01"])
def test_an_amount_is_read_exactly_or_refused(client: WalletClient, amount: str) -> None:
    wallet = client.wallet()

    assert client.move(wallet, "credit", amount).status_code == 422
    assert client.balance(wallet) == "0.00000000"


def test_zeros_at_the_end_say_nothing() -> None:
    assert [exact(amount) for amount in ("100", "100.00000000", "0.50000000", "10.005")] == [
        "100",
        "100",
        "0.5",
        "10.005",
    ]
    assert [rate_text(rate) for rate in ("0.92", "133", "0.123456789")] == ["0.92000000", "133.00000000", "0.123456789"]


def test_our_own_accounts_are_no_wallets(client: WalletClient) -> None:
    client.wallet(credit="5")
    ours = settlement_account_id(MAIN, Currency.of("USD"))

    assert client.move({"id": str(ours)}, "credit", "1").status_code == 404


def test_the_same_key_twice_moves_money_once(client: WalletClient) -> None:
    sender, recipient = client.wallet(credit="1000"), client.wallet(BINOD)

    first, again = (client.transfer(sender, recipient, "transfer-1") for _ in range(2))
    other = client.transfer(sender, recipient, "transfer-1", amount="101")

    assert first.status_code == again.status_code == 201
    assert (
        first.get_json()
        == again.get_json()
        == {
            "transactionId": first.get_json()["transactionId"],
            "status": "COMPLETED",
            "amount": "100",
            "currency": "USD",
            "fxRate": None,
        }
    )
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert [client.balance(wallet) for wallet in (sender, recipient)] == ["900.00000000", "100.00000000"]


def test_a_key_whose_time_is_over_is_a_new_request(client: WalletClient) -> None:
    sender, recipient = client.wallet(credit="1000"), client.wallet(BINOD)
    first = client.transfer(sender, recipient, "transfer-1").get_json()

    client.http.bank.clock.advance(timedelta(hours=24, seconds=1))
    second = client.transfer(sender, recipient, "transfer-1").get_json()

    assert first["transactionId"] != second["transactionId"]
    assert client.balance(sender) == "800.00000000"


def test_a_transfer_needs_a_key_funds_and_the_right_users(client: WalletClient) -> None:
    sender, recipient = client.wallet(credit="99.99"), client.wallet(BINOD)

    answers = [
        client.transfer(sender, recipient, ""),
        client.transfer(sender, recipient, "poor"),
        client.transfer(sender, recipient, "not-the-sender", amount="1", senderUserId=BINOD),
        client.transfer(sender, recipient, "not-the-recipient", amount="1", recipientUserId=ASHA),
    ]

    assert [answer.status_code for answer in answers] == [400, 422, 404, 404]
    assert client.balance(sender) == "99.99000000"


def test_a_quote_is_held_for_a_minute_and_used_once(client: WalletClient) -> None:
    sender, recipient = client.wallet(credit="5000"), client.wallet(BINOD, "EUR")
    quote = client.quote()
    early = client.ask("POST", f"/fx/quote/{quote['id']}/consume")

    moved = client.transfer(sender, recipient, "fx-1", amount="2000", fxQuoteId=quote["id"])
    again = client.transfer(sender, recipient, "fx-2", amount="2000", fxQuoteId=quote["id"])
    consumed = client.ask("POST", f"/fx/quote/{quote['id']}/consume")

    expected = {"rate": "0.92000000", "fromAmount": "2000.00000000", "toAmount": "1840.00000000", "status": "ACTIVE"}
    assert quote == quote | expected | {"secondsRemaining": 60}
    assert (early.status_code, early.get_json()["error"]["code"]) == (409, "invalid_state")
    assert (moved.status_code, moved.get_json()["fxRate"]) == (201, "0.92000000")
    assert [each.get_json()["error"]["code"] for each in (again, consumed)] == ["quote_used"] * 2
    assert again.status_code == consumed.status_code == 409
    assert client.read(f"/fx/quote/{quote['id']}")["status"] == "USED"
    assert client.balance(recipient) == "1840.00000000"
    entries = client.read(f"/ledger/transactions/{moved.get_json()['transactionId']}")
    assert (len(entries["entries"]), entries["fxRate"]) == (4, "0.92000000")


def test_an_expired_quote_is_gone(client: WalletClient) -> None:
    sender, recipient = client.wallet(credit="5000"), client.wallet(BINOD, "EUR")
    quote = client.quote()

    client.http.bank.clock.advance(timedelta(seconds=60))
    answers = [
        client.transfer(sender, recipient, "fx-1", amount="2000", fxQuoteId=quote["id"]),
        client.ask("POST", f"/fx/quote/{quote['id']}/consume"),
    ]

    assert [(each.status_code, each.get_json()["error"]["code"]) for each in answers] == [(410, "quote_expired")] * 2
    assert client.balance(sender) == "5000.00000000"


def test_without_a_present_rate_there_is_no_quote(client: WalletClient) -> None:
    asked = {"fromCurrency": "USD", "toCurrency": "NPR", "fromAmount": "1", "userId": ASHA}

    assert client.ask("POST", "/fx/quote", asked).status_code == 503


def test_while_the_tenant_is_suspended_these_paths_only_show(
    client: WalletClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet = client.wallet(credit="100")
    monkeypatch.setattr(TENANTS, "is_closed", True)

    refused = client.move(wallet, "credit", "1")

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "tenant_suspended")
    assert client.read(f"/admin/wallets/{wallet['id']}")["balance"] == wallet["balance"]
