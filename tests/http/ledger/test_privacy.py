"""What belongs to somebody else is not there, and nobody sees the other side's balance in any form."""

import pytest
from werkzeug.test import TestResponse

from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, SITA, STRANGER, UNKNOWN_ID, HttpClient

SECRET = "8765.43"
"""What Ram has before a transfer; after it he has the next two."""
AFTER_IN, AFTER_OUT = "8775.43", "8765.40"
ACCOUNT_PATHS = (
    "/v1/accounts/{}",
    "/v1/accounts/{}/balance",
    "/v1/accounts/{}/balance?at=2026-01-01T00:00:00Z",
    "/v1/accounts/{}/entries",
    "/v1/accounts/{}/statement",
    "/v1/accounts/{}/statement?format=csv",
    "/v1/transactions?accountId={}",
)
TRANSACTION_PATHS = ("/v1/transactions/{}", "/v1/transactions/{}/receipt")


def require_same_refusal(foreign: TestResponse, foreign_id: str, unknown: TestResponse) -> None:
    """Both answers are 404 and differ in nothing but the id that was asked for."""
    assert foreign.status_code == unknown.status_code == 404
    assert str(foreign.get_json()["error"]).replace(foreign_id, UNKNOWN_ID) == str(unknown.get_json()["error"])
    assert list(foreign.headers.keys()) == list(unknown.headers.keys())


@pytest.mark.parametrize("path", ACCOUNT_PATHS)
@pytest.mark.parametrize("who", [RAM, STRANGER])
def test_an_account_of_somebody_else_is_not_there(client: HttpClient, path: str, who: str) -> None:
    account_id = str(client.open(SITA, deposit="10.00").id)

    require_same_refusal(client.get(path.format(account_id), who), account_id, client.get(path.format(UNKNOWN_ID), who))


@pytest.mark.parametrize("path", TRANSACTION_PATHS)
@pytest.mark.parametrize("who", [RAM, STRANGER])
def test_a_transaction_of_somebody_else_is_not_there(client: HttpClient, path: str, who: str) -> None:
    account = client.open(SITA)
    transaction_id = client.move("deposit", accountId=str(account.id), amount="10.00", currency="NPR")["id"]

    require_same_refusal(
        client.get(path.format(transaction_id), who), transaction_id, client.get(path.format(UNKNOWN_ID), who)
    )


@pytest.mark.parametrize("who", [RAM, OPERATOR, STRANGER])
@pytest.mark.parametrize("movement", ["deposit", "withdraw", "transfer"])
def test_the_money_of_somebody_else_cannot_be_moved(client: HttpClient, who: str, movement: str) -> None:
    account_id, own_id = str(client.open(SITA, deposit="10.00").id), str(client.open(who).id)

    def attempt(target: str) -> TestResponse:
        named = {"fromAccountId": target, "toAccountId": own_id} if movement == "transfer" else {"accountId": target}
        return client.post(f"/v1/transactions/{movement}", {**named, "amount": "1.00", "currency": "NPR"}, who)

    require_same_refusal(attempt(account_id), account_id, attempt(UNKNOWN_ID))
    assert client.data(f"/v1/accounts/{account_id}/balance")["balance"] == "10.00"


@pytest.mark.parametrize("named_by", ["toAccountId", "toAccountNumber"])
def test_no_money_goes_to_another_tenant(client: HttpClient, named_by: str) -> None:
    mine, foreign = client.open(SITA, deposit="10.00"), client.open(STRANGER)
    target = {"toAccountId": str(foreign.id), "toAccountNumber": foreign.number}[named_by]

    answer = client.post(
        "/v1/transactions/transfer",
        {"fromAccountId": str(mine.id), named_by: target, "amount": "1.00", "currency": "NPR"},
    )

    assert answer.status_code == 404


@pytest.fixture
def transfers(client: HttpClient) -> tuple[str, list[str]]:
    """The account of Sita, and a transfer to Ram and one from him, who has secret amounts before and after."""
    mine, his = client.open(SITA, deposit="500.00"), client.open(RAM, deposit=SECRET)
    out = {"fromAccountId": str(mine.id), "toAccountId": str(his.id), "amount": "10.00", "currency": "NPR"}
    back = {"fromAccountId": str(his.id), "toAccountId": str(mine.id), "amount": "10.03", "currency": "NPR"}
    return str(mine.id), [client.move("transfer", SITA, **out)["id"], client.move("transfer", RAM, **back)["id"]]


def test_the_balance_of_the_other_side_is_in_no_form_of_anything(
    client: HttpClient, transfers: tuple[str, list[str]]
) -> None:
    account_id, transaction_ids = transfers
    paths = [path.format(account_id) for path in ACCOUNT_PATHS]
    paths += ["/v1/transactions", "/v1/transactions?page=1", "/v1/accounts"]
    paths += [path.format(transaction_id) for path in TRANSACTION_PATHS for transaction_id in transaction_ids]

    for path in paths:
        for accept in ("application/json", "text/html", "*/*"):
            shown = client.get(path, SITA, accept=accept).get_data(as_text=True)
            assert not [secret for secret in (SECRET, AFTER_IN, AFTER_OUT) if secret in shown], (path, accept)


def test_the_other_side_of_a_transaction_is_an_id_and_an_amount(
    client: HttpClient, transfers: tuple[str, list[str]]
) -> None:
    account_id, transaction_ids = transfers

    for transaction_id in transaction_ids:
        for path in TRANSACTION_PATHS:
            entries = client.data(path.format(transaction_id))["entries"]
            (other,) = [entry for entry in entries if entry["accountId"] != account_id]
            assert other.keys() == {"accountId", "amount"}


def test_a_receipt_names_the_viewers_accounts_only(client: HttpClient, transfers: tuple[str, list[str]]) -> None:
    account_id, transaction_ids = transfers

    for transaction_id in transaction_ids:
        accounts = client.data(f"/v1/transactions/{transaction_id}/receipt")["accounts"]
        assert [account["accountId"] for account in accounts] == [account_id]


@pytest.mark.parametrize("who", [OPERATOR, AUDITOR])
def test_staff_see_the_balances_of_both_sides(client: HttpClient, transfers: tuple[str, list[str]], who: str) -> None:
    _account_id, (out, _back) = transfers

    for path in TRANSACTION_PATHS:
        entries = client.data(path.format(out), who)["entries"]
        assert [entry["balanceAfter"] for entry in entries] == ["490.00", AFTER_IN]
    assert AFTER_IN in client.get(f"/v1/transactions/{out}/receipt", who, accept="text/html").get_data(as_text=True)


def test_the_ids_of_our_own_accounts_are_of_no_use_to_a_holder(client: HttpClient) -> None:
    client.open(SITA, deposit="10.00")
    settlement = next(account for account in client.bank.snapshot().accounts if account.kind == "settlement")
    settlement_id = str(settlement.id)

    for path in ACCOUNT_PATHS:
        require_same_refusal(client.get(path.format(settlement_id)), settlement_id, client.get(path.format(UNKNOWN_ID)))
