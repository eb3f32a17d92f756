"""Operators freeze, unfreeze, wake and close accounts."""

import pytest

from bankcore.errors import RejectedError
from bankcore.ledger.accounts import AccountStatus, FreezeDirection
from bankcore.ledger.rejections import AccountFrozenError
from tests.http.fraud.conftest import FraudClient
from tests.worlds.values import npr

PATH = "/v1/admin/accounts"
UNKNOWN = "019c1406-3400-7000-8000-00000000dead"


def test_an_account_is_frozen_and_unfrozen(client: FraudClient) -> None:
    account = client.account()

    frozen = client.post(f"{PATH}/{account.id}/freeze", {"reason": "a stolen phone"})
    with pytest.raises(RejectedError):
        client.bank.ledger.withdraw(account.id, npr("1"))
    unfrozen = client.post(f"{PATH}/{account.id}/unfreeze", {})

    assert (frozen.status_code, unfrozen.status_code) == (200, 200)
    assert frozen.get_json()["data"] == {"id": str(account.id), "status": "frozen"}
    assert unfrozen.get_json()["data"] == {"id": str(account.id), "status": "active"}
    assert client.bank.accounts.get(account.id).status is AccountStatus.ACTIVE


def test_a_freeze_is_answered_again_for_its_key_and_refused_for_another(client: FraudClient) -> None:
    path = f"{PATH}/{client.account().id}/freeze"

    first, again, other = (client.post(path, {}, key=key) for key in ("f-1", "f-1", "f-2"))

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json()["data"] == first.get_json()["data"]
    assert other.get_json()["error"]["code"] == "invalid_state"


def test_an_account_is_frozen_in_the_direction_that_is_asked_for(client: FraudClient) -> None:
    account = client.account()

    frozen = client.post(f"{PATH}/{account.id}/freeze", {"direction": "debits"})
    with pytest.raises(AccountFrozenError) as refused:
        client.bank.ledger.withdraw(account.id, npr("1"))
    client.bank.ledger.deposit(account.id, npr("1"))
    wrong = client.post(f"{PATH}/{account.id}/unfreeze", {"direction": "sideways"})
    unfrozen = client.post(f"{PATH}/{account.id}/unfreeze", {"direction": "debits", "reason": "found"})

    assert frozen.get_json()["data"]["status"] == "debits_frozen"
    assert refused.value.direction is FreezeDirection.DEBITS
    assert (wrong.status_code, wrong.get_json()["error"]["errors"][0]["pointer"]) == (422, "/direction")
    assert unfrozen.get_json()["data"]["status"] == "active"


def test_an_account_rests_is_woken_and_closed(client: FraudClient) -> None:
    account = client.account()
    client.bank.ledger.deposit(account.id, npr("1"))

    said = [client.post(f"{PATH}/{account.id}/{word}", {}) for word in ("make-dormant", "wake", "close")]
    client.bank.ledger.withdraw(account.id, client.bank.accounts.get(account.id).balance)
    closed = client.post(f"{PATH}/{account.id}/close", {"reason": "asked for it"})

    assert [each.get_json()["data"]["status"] for each in said[:2]] == ["dormant", "active"]
    error = said[2].get_json()["error"]
    assert (said[2].status_code, error["code"], error["details"]["held"]) == (422, "account_not_empty", "0.00")
    assert (error["details"]["accountId"], error["details"]["holdId"]) == (str(account.id), None)
    assert (closed.status_code, closed.get_json()["data"]["status"]) == (200, "closed")


@pytest.mark.parametrize("word", ["freeze", "unfreeze", "make-dormant", "wake", "close"])
@pytest.mark.parametrize(
    ("who", "status"), [("sita", 403), ("auditor", 403), ("nobody", 401), ("stranger", 404), ("admin", 200)]
)
def test_only_operators_and_admins_of_the_tenant_may(client: FraudClient, word: str, who: str, status: int) -> None:
    account = client.account()
    if word == "unfreeze":
        client.bank.ledger.freeze(account.id)
    if word == "wake":
        client.bank.ledger.make_dormant(account.id)
    if word == "close":
        client.bank.ledger.withdraw(account.id, npr("1000"))

    assert client.post(f"{PATH}/{account.id}/{word}", {}, who).status_code == status


def test_what_is_not_there_or_closed_is_told(client: FraudClient) -> None:
    account = client.account()
    client.bank.books.change_status(account.id, AccountStatus.CLOSED)

    closed = client.post(f"{PATH}/{account.id}/freeze", {})

    assert (closed.status_code, closed.get_json()["error"]["code"]) == (422, "account_closed")
    assert client.post(f"{PATH}/{UNKNOWN}/freeze", {}).status_code == 404
    assert client.post(f"{PATH}/{account.id}/freeze", {"reason": ""}).status_code == 422
