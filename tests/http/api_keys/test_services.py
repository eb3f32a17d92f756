"""Services come with an API key: for their tenant, within their scopes, and nobody sees a key twice."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from bankcore.api_keys.manage import CreateApiKey, ManageApiKeys
from bankcore.api_keys.scopes import SERVICE_PERMISSIONS
from bankcore.identifiers import TenantId
from bankcore.origin import Origin
from bankcore.permissions import Permission
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE, OTHER_ACCOUNT_ID_EXAMPLE
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.tenancy.new_tenant import create_tenant
from tests.worlds.document import described
from tests.worlds.documented_bank import DocumentedBank, documented_bank

pytestmark = pytest.mark.timeout(180)

KEYS: Final = "/v1/admin/api-keys"
ONE: Final = {"amount": "1.00", "currency": "NPR"}
_SOMEBODY: Final = Origin(actor_type="system", actor_id="test")


@dataclass
class Service:
    """A service with a key."""

    bank: DocumentedBank
    key: str = field(repr=False)
    numbers: "count[int]" = field(default_factory=count)

    def send(
        self, method: str, path: str, *, body: object = None, request_key: str | None = None, **headers: str
    ) -> TestResponse:
        """Send that with the key."""
        chosen = request_key or f"service-{self.key[-6:]}-{next(self.numbers)}"
        sent = {"X-API-Key": self.key, "Idempotency-Key": chosen, **headers}
        client = self.bank.application.test_client()
        return client.open(path, method=method, json=body, headers=sent, environ_base={"REMOTE_ADDR": "203.0.113.7"})


@pytest.fixture(scope="module")
def bank() -> Iterator[DocumentedBank]:
    """A bank whose staff may do everything."""
    with documented_bank() as opened:
        yield opened


def create(bank: DocumentedBank, *scopes: str, **wanted: object) -> tuple[Service, Any]:
    """A service with these scopes, and what was answered."""
    made = bank.post(KEYS, name="checkout", scopes=list(scopes), **wanted)
    return Service(bank, made["secret"]), made


def test_a_service_moves_money_of_its_tenant_within_its_scopes_and_the_log_names_its_key(bank: DocumentedBank) -> None:
    service, made = create(bank, "transactions:post", "accounts:read")
    transfer = {"fromAccountId": ACCOUNT_ID_EXAMPLE, "toAccountId": OTHER_ACCOUNT_ID_EXAMPLE, **ONE}

    posted = service.send("POST", "/v1/transactions/transfer", body=transfer)
    read = service.send("GET", f"/v1/accounts/{OTHER_ACCOUNT_ID_EXAMPLE}")
    refused = [
        service.send("GET", f"/v1/transactions/{posted.get_json()['data']['id']}"),
        service.send("POST", f"/v1/admin/accounts/{ACCOUNT_ID_EXAMPLE}/freeze", body={"reason": "a try"}),
        service.send("GET", "/v1/auth/me"),
        service.send("GET", KEYS),
        service.send("GET", "/v1/notifications"),
    ]

    assert [posted.status_code, read.status_code] == [201, 200]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    no_key = "no key has this; a person who logs in may do it whose role has it"
    assert [tuple(answer.get_json()["error"]["details"].values()) for answer in refused] == [
        ("transactions:read", "use a key that has this scope"),
        ("accounts:freeze", "use a key that has this scope"),
        ("profile:read", no_key),
        ("api-keys:read", no_key),
        ("notifications:read", no_key),
    ]
    (event,) = bank.send("get", f"/v1/audit/events?actorId={made['id']}&action=transaction.posted", None).get_json()[
        "data"
    ]
    assert event["record"]["actor"] == {"type": "service", "id": made["id"]}


def test_every_operation_refuses_a_service_without_its_scope_and_those_for_people_refuse_all(
    bank: DocumentedBank,
) -> None:
    service, _made = create(bank, "positions:read")
    guarded = [
        (method.upper(), re.sub(r"{\w+}", str(UUID(int=1)), path), told)
        for path, methods in described()["paths"].items()
        for method, told in methods.items()
        if isinstance(told, dict) and told.get("x-permission") not in {None, "positions:read"}
    ]

    let_in = [f"{method} {path}" for method, path, _told in guarded if service.send(method, path).status_code != 403]

    assert len(guarded) > 70
    assert let_in == []
    for_services = {told["x-permission"] for _method, _path, told in guarded if {"apiKey": []} in told["security"]}
    # Names are shown by routes that ask for another permission.
    assert for_services == SERVICE_PERMISSIONS - {"positions:read", "names:read"}


def test_a_request_that_is_sent_again_with_the_rotated_key_is_done_once(bank: DocumentedBank) -> None:
    service, made = create(bank, "transactions:post")
    deposit = {"accountId": ACCOUNT_ID_EXAMPLE, **ONE}
    first = service.send("POST", "/v1/transactions/deposit", body=deposit, request_key="d1")

    rotated = Service(bank, bank.post(f"{KEYS}/{made['id']}/rotate", overlapSeconds=0)["secret"])
    again = rotated.send("POST", "/v1/transactions/deposit", body=deposit, request_key="d1")
    old = service.send("POST", "/v1/transactions/deposit", body=deposit)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json()["data"]["id"] == first.get_json()["data"]["id"]
    assert old.status_code == 401


def test_a_key_is_shown_once_and_never_again(bank: DocumentedBank) -> None:
    body, headers = {"name": "once", "scopes": ["accounts:read"]}, bank.headers()
    client = bank.application.test_client()

    first = client.post(KEYS, json=body, headers=headers).get_json()["data"]
    again = client.post(KEYS, json=body, headers=headers)
    listed = bank.send("get", KEYS, None).get_json()["data"]

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json()["data"] == {**first, "secret": None}
    assert {key: value for key, value in first.items() if key != "secret"} in listed
    assert first["secret"] not in json.dumps(listed)


def test_the_text_of_a_key_is_in_no_table_and_in_no_answer_or_record(
    bank: DocumentedBank, capfd: pytest.CaptureFixture[str]
) -> None:
    service, made = create(bank, "accounts:read")
    service.send("GET", "/v1/accounts")
    service.send("GET", "/v1/accounts", Authorization="Bearer x")
    bank.post(f"{KEYS}/{made['id']}/revoke")
    refused = service.send("GET", "/v1/accounts")
    secret = service.key[30:60]

    with bank.superuser() as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'bankcore'::regnamespace AND relkind = 'r'"
        ).fetchall()
        found = [
            name
            for (name,) in tables
            if connection.execute(
                f"SELECT 1 FROM bankcore.{name} AS t WHERE t::text LIKE %s OR t::text LIKE %s".encode(),
                (f"%{secret}%", f"%{secret.encode().hex()}%"),
            ).fetchone()
        ]

    told = capfd.readouterr()
    assert found == []
    assert secret not in refused.get_data(as_text=True) + told.out + told.err


@pytest.mark.parametrize("change", ["cut", "another tenant's", "two credentials", "revoked"])
def test_a_request_without_one_good_credential_is_refused_in_the_same_words(bank: DocumentedBank, change: str) -> None:
    service, made = create(bank, "accounts:read")
    headers = {}
    if change == "cut":
        service.key = service.key[:-1]
    elif change == "two credentials":
        headers = {"Authorization": bank.authorization}
    elif change == "revoked":
        bank.post(f"{KEYS}/{made['id']}/revoke")
    else:
        here, there = ("bk_test_", "bk_live_") if service.key.startswith("bk_test_") else ("bk_live_", "bk_test_")
        service.key = service.key.replace(here, there)

    answer = service.send("GET", "/v1/accounts", **headers)

    assert answer.status_code == 401
    assert answer.get_json()["error"]["code"] == "unauthenticated"


def test_a_key_that_is_used_from_elsewhere_is_refused_and_the_refusal_is_recorded(bank: DocumentedBank) -> None:
    service, _made = create(bank, "accounts:read", networks=["198.51.100.0/24"])

    assert service.send("GET", f"/v1/accounts/{ACCOUNT_ID_EXAMPLE}").status_code == 401

    assert bank.bank._attempt_log.wait_until_written(5)  # noqa: SLF001 - what is recorded beside the answer
    (denied, *_) = bank.send("get", "/v1/audit/events?outcome=denied", None).get_json()["data"]
    assert denied["record"]["actor"]["type"] == "anonymous"


def test_keys_of_a_test_tenant_say_so_and_open_nothing_elsewhere(bank: DocumentedBank) -> None:
    ids = RandomIdentifiers()
    tenant = Tenant(TenantId(ids.new_id()), "sandbox", "Sandbox", TenantKind.TEST)
    create_tenant(bank.bank.database, tenant, ids, origin=_SOMEBODY)
    manage = bank.bank.tenant("sandbox").get(ManageApiKeys)
    command = CreateApiKey(name="a", scopes=frozenset({Permission.ACCOUNTS_READ}))

    service = Service(bank, manage.create(command, origin=_SOMEBODY).value.text or "")

    assert service.key.startswith("bk_test_")
    assert service.send("GET", f"/v1/accounts/{ACCOUNT_ID_EXAMPLE}").status_code == 404
    assert service.send("GET", "/v1/accounts").get_json()["data"] == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["accounts:read", "everything"]}, "/scopes/1"),
        ({"scopes": ["api-keys:manage"]}, "/scopes/0"),
        ({"networks": ["203.0.113.1/24"]}, "/networks/0"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
        ({"secret": "mine"}, "/secret"),
    ],
    ids=str,
)
def test_a_wrong_wish_is_refused_by_its_pointer(bank: DocumentedBank, wrong: dict[str, object], pointer: str) -> None:
    answer = bank.send("post", KEYS, {"name": "a", "scopes": ["accounts:read"], **wrong})

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["error"]["errors"]] == [pointer]


def test_a_scope_that_is_none_is_answered_with_those_there_are(bank: DocumentedBank) -> None:
    answer = bank.send("post", KEYS, {"name": "a", "scopes": ["accounts:reed"]})

    [error] = answer.get_json()["error"]["errors"]
    assert error["detail"].startswith("services may have these: accounts:freeze, accounts:open, accounts:read, ")
