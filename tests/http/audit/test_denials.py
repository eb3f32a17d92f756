"""Who is turned away is reported, once, to the tenant it concerns."""

from uuid import UUID

import pytest

from bankcore.audit.attempts import Denial
from tests.worlds.http_audit import SIGNED_ELSEWHERE, AuditClient
from tests.worlds.http_client import AUDITOR, MAIN, OTHER, RAM, SITA, STRANGER, UNKNOWN_ID, user_id


@pytest.mark.parametrize(("who", "tenant_id"), [(RAM, MAIN), (STRANGER, OTHER)])
@pytest.mark.parametrize("path", ["/v1/accounts/{}", "/v1/accounts/{}/chain", "/v1/transactions?accountId={}"])
def test_a_hidden_account_is_reported_in_the_tenant_of_who_asked(
    client: AuditClient, path: str, who: str, tenant_id: UUID
) -> None:
    account = client.open(SITA)

    client.get(path.format(account.id), who)

    (denied,) = client.denied
    assert (denied.tenant, denied.denial, denied.code) == (tenant_id, Denial.HIDDEN, "not_found")
    assert (denied.resource, denied.resource_id) == ("account", account.id)
    assert denied.origin.actor_id == user_id(who)
    assert denied.route.startswith("GET /v1/")
    assert str(account.id) not in denied.route


def test_a_hidden_transaction_is_reported(client: AuditClient) -> None:
    account = client.open(SITA)
    made = client.move("deposit", accountId=str(account.id), amount="5.00", currency="NPR")["id"]

    client.get(f"/v1/transactions/{made}", RAM)

    (denied,) = client.denied
    assert (denied.denial, denied.resource, str(denied.resource_id)) == (Denial.HIDDEN, "transaction", made)


def test_a_forbidden_route_is_reported(client: AuditClient) -> None:
    client.get("/v1/audit/events", SITA)

    (denied,) = client.denied
    assert (denied.tenant, denied.denial, denied.route) == (MAIN, Denial.FORBIDDEN, "GET /v1/audit/events")
    assert denied.origin.request_id
    assert denied.resource_id is None


@pytest.mark.parametrize(
    ("token", "headers", "tenant"),
    [
        ("bad", {}, "main"),
        ("bad", {"x_tenant": "other"}, "other"),
        (SIGNED_ELSEWHERE, {}, OTHER),
        (SIGNED_ELSEWHERE, {"x_tenant": "main"}, OTHER),
    ],
)
def test_a_bad_token_is_reported_without_saying_whose_it_was(
    client: AuditClient, token: str, headers: dict[str, str], tenant: object
) -> None:
    client.get("/v1/accounts", token, **headers)

    (denied,) = client.denied
    assert (denied.tenant, denied.denial, denied.code) == (tenant, Denial.UNAUTHENTICATED, "unauthenticated")
    assert (denied.origin.actor_type, denied.origin.actor_id) == ("anonymous", "anonymous")
    assert token not in str(denied)


def test_what_turns_nobody_away_is_not_reported(client: AuditClient) -> None:
    account = client.open(SITA, deposit="5.00")

    client.flask.get("/v1/accounts")
    client.get("/v1/nowhere", SITA)
    client.get("/v1/accounts/not-an-id", SITA)
    client.get("/v1/accounts?limit=0", SITA)
    client.get(f"/v1/accounts/{account.id}", SITA)
    client.get("/v1/audit/events", AUDITOR)

    assert client.denied == []


def test_what_the_ledger_refuses_is_its_own_to_record(client: AuditClient) -> None:
    body = {"accountId": UNKNOWN_ID, "amount": "1.00", "currency": "NPR"}

    answer = client.post("/v1/transactions/deposit", body, RAM)

    assert answer.status_code == 404
    assert client.denied == []
    assert [type(event).__name__ for event in client.bank.events] == ["CommandRejected"]
