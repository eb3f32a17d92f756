"""The application as it is wired, on a real database: who is turned away is in the log that the auditor then reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from flask.testing import FlaskClient
from typing_extensions import override
from werkzeug.test import TestResponse

from bankcore.api_keys.authenticate import ApiKeyDirectory
from bankcore.audit.attempts import AttemptLog
from bankcore.audit.merkle import leaf_hash
from bankcore.audit.queries import AuditQueries
from bankcore.audit.receipts import AuditReceipts, ReceiptJwks
from bankcore.documents.printing import DocumentPrinter
from bankcore.events.feed import EventFeed
from bankcore.identity.create_user import NewUser
from bankcore.identity.principals import TenantName
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.origin import Origin
from bankcore.testing.services import ListedServices
from bankcore.work.dead_letters import DeadLetters
from bankcore_http.application import Surroundings, bank_application
from bankcore_infra.api_keys.secrets_of_keys import RandomKeySecrets
from bankcore_infra.api_keys.uses import SqlApiKeyUses
from bankcore_infra.audit.laws.signatures import PromiseKeys
from bankcore_infra.audit.reading.queries import SqlAuditQueries
from bankcore_infra.audit.reading.receipts import SqlAuditReceipts
from bankcore_infra.audit.recording.attempt_log import SqlAttemptLog
from bankcore_infra.db import tenant_connection
from bankcore_infra.db.exchange import Exchange, Rows
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.documents.printer import PdfPrinter
from bankcore_infra.events.feed import SqlEventFeed
from bankcore_infra.identity.tenant_names import SqlTenantNames
from bankcore_infra.identity.wiring import identity_directory
from bankcore_infra.keys.key_ring import KeyedHash
from bankcore_infra.keys.receipt_keys import jwk_set, open_receipt_keys
from bankcore_infra.work.dead_letters import SqlDeadLetters
from tests.worlds.hostile_tokens import parts_of
from tests.worlds.identity import PASSWORD, IdentityWorld
from tests.worlds.sql_bank import SqlBank


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The whole application, and the log of attempts behind it."""

    client: FlaskClient
    attempts: SqlAttemptLog

    def token(self, email: str) -> str:
        """An access token of that user's."""
        answer = self.client.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
        return str(answer.get_json()["data"]["accessToken"])

    def get(self, path: str, token: str) -> TestResponse:
        """Ask with that token."""
        return self.client.get(path, headers={"Authorization": f"Bearer {token}", "User-Agent": "test"})

    def post(self, path: str, token: str, *, key: str) -> TestResponse:
        """Ask for a change with that token and key."""
        return self.client.post(path, headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key})

    def deposit(self, token: str, key: str) -> TestResponse:
        """Put money on the account of whoever has that token, and prefer a receipt."""
        account_id = self.get("/v1/accounts", token).get_json()["data"][0]["id"]
        body = {"accountId": account_id, "amount": "5.00", "currency": "NPR"}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Prefer": "receipt"}
        return self.client.post("/v1/transactions/deposit", json=body, headers=headers)


@pytest.fixture
def house(bank: SqlBank, other_bank: SqlBank, tmp_path: Path) -> Iterator[House]:
    """Sita and Ram with an account each, and an auditor."""
    identity = IdentityWorld.of(bank, tmp_path / "keys")
    receipt_keys = open_receipt_keys(tmp_path / "keys")
    attempts = SqlAttemptLog(bank.database, SqlTenantNames(bank.database), bank.ids)
    name = TenantName(bank.tenant_id, "main")
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    secrets = RandomKeySecrets(KeyedHash(b"a secret of the test, long enough"))
    api_keys = ApiKeyDirectory(SqlTenantNames(bank.database), secrets, lambda _id: SqlApiKeyUses(transactions))
    services = ListedServices(
        {
            LedgerService: lambda _id: bank.ledger,
            LedgerQueries: lambda _id: bank.queries,
            AuditReceipts: lambda _id: SqlAuditReceipts(bank.database, name, receipt_keys, identity.parts.clock),
            AuditQueries: lambda id_: SqlAuditQueries(OwnTransactions(bank.database, id_), bank.ids),
            EventFeed: lambda id_: SqlEventFeed(OwnTransactions(bank.database, id_)),
            DeadLetters: lambda id_: SqlDeadLetters(OwnTransactions(bank.database, id_), bank.unit),
        },
        shared={
            IdentityDirectory: identity_directory(identity.parts),
            ApiKeyDirectory: api_keys,
            ReceiptJwks: ReceiptJwks(jwk_set(receipt_keys)["keys"]),
            AttemptLog: attempts,
            DocumentPrinter: PdfPrinter(),
        },
    )
    application = bank_application(
        services,
        Surroundings(
            clock=identity.parts.clock, new_id=bank.ids.new_id, readiness=dict, log_request=lambda _line: None
        ),
    )
    for email in ("sita@example.com", "ram@example.com"):
        identity.register(email)
    for email, role in (("auditor@example.com", Role.AUDITOR), ("operator@example.com", Role.OPERATOR)):
        new = NewUser(email=email, password=PASSWORD, roles=frozenset({role}))
        identity.services.create_user(new, origin=Origin())
    yield House(client=application.test_client(), attempts=attempts)
    attempts.wait_until_written()


def test_an_auditor_finds_who_was_turned_away(house: House) -> None:
    sita, ram, auditor = (house.token(f"{name}@example.com") for name in ("sita", "ram", "auditor"))
    account_id = house.get("/v1/accounts", sita).get_json()["data"][0]["id"]

    statuses = [
        house.get(f"/v1/accounts/{account_id}", ram).status_code,
        house.get("/v1/audit/events", ram).status_code,
        house.get("/v1/accounts", "not-a-token").status_code,
    ]
    house.attempts.wait_until_written()

    found = house.get("/v1/audit/events?outcome=denied", auditor).get_json()["data"]
    of_account = house.get(f"/v1/audit/events?outcome=denied&accountId={account_id}", auditor).get_json()["data"]
    assert statuses == [404, 403, 401]
    assert [event["action"] for event in found[::-1]] == ["access.hidden", "access.forbidden", "access.unauthenticated"]
    assert [event["action"] for event in of_account] == ["access.hidden"]
    assert {event["userAgent"] for event in found} == {"test"}
    assert "not-a-token" not in str(found)


def test_a_session_that_has_ended_is_denied_in_its_own_tenant(house: House, bank: SqlBank) -> None:
    sita = house.token("sita@example.com")
    bank.scratch.execute("UPDATE bankcore.sessions SET revoked_at = now(), revoke_reason = 'logout'")

    answer = house.client.get("/v1/accounts", headers={"Authorization": f"Bearer {sita}", "X-Tenant": "other"})
    house.attempts.wait_until_written()

    assert answer.status_code == 401
    rows = bank.scratch.rows("SELECT tenant_id FROM bankcore.audit_log WHERE action = 'access.unauthenticated'")
    assert rows == [(bank.tenant_id,)]


def test_each_role_gets_what_it_may(house: House) -> None:
    paths = ("/v1/audit/events", "/v1/audit/export", "/v1/ledger/trial-balance")

    statuses = {
        who: [house.get(path, token).status_code for path in paths]
        for who in ("sita", "operator", "auditor")
        for token in [house.token(f"{who}@example.com")]
    }

    assert statuses == {"sita": [403] * 3, "operator": [403] * 3, "auditor": [200] * 3}


def test_every_reading_of_the_log_is_in_the_log_with_what_was_asked(house: House) -> None:
    auditor = house.token("auditor@example.com")

    for path in ("/v1/audit/events?limit=1&outcome=success", "/v1/audit/export?from=2026-01-01T00:00:00Z"):
        house.get(path, auditor).get_data()

    found = house.get("/v1/audit/events?action=audit.read", auditor).get_json()["data"]
    assert [(event["record"]["read"], event["record"]["filter"]) for event in found] == [
        ("export", {"from": "2026-01-01T00:00:00.000000Z"}),
        ("list", {"outcome": "success"}),
    ]


def test_a_deposit_and_its_replay_carry_receipts_that_the_published_keys_verify(house: House) -> None:
    sita, auditor = house.token("sita@example.com"), house.token("auditor@example.com")

    answers = [house.deposit(sita, "same"), house.deposit(sita, "same")]

    keys = json.dumps(house.client.get("/v1/audit/receipt-keys").get_json()).encode()
    (event,) = house.get("/v1/audit/events?action=transaction.posted", auditor).get_json()["data"]
    for answer in answers:
        receipt = answer.headers["Bankcore-Receipt"]
        promise = parts_of(receipt)[1]
        assert PromiseKeys(keys).have_signed(*receipt.split("."))
        assert (promise["tenant"], promise["auditId"], promise["transactionId"]) == (
            "main",
            event["id"],
            answer.get_json()["data"]["id"],
        )
        assert promise["leafHash"] == leaf_hash(event["body"].encode()).hex()


def test_a_log_that_cannot_be_read_costs_the_receipt_and_not_the_answer(house: House, bank: SqlBank) -> None:
    sita = house.token("sita@example.com")
    bank.scratch.execute("REVOKE SELECT ON bankcore.audit_log FROM bankcore_app")

    answers = [house.deposit(sita, "same"), house.deposit(sita, "same")]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert ["Bankcore-Receipt" in answer.headers for answer in answers] == [False, False]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]
    later = house.get(f"/v1/transactions/{answers[0].get_json()['data']['id']}/audit-receipt", sita)
    assert later.status_code == 500


class CountedExchange(Exchange):
    """An exchange with the server that counts itself, and what was sent in it."""

    statements: ClassVar[list[int]] = []

    @override
    def finish(self) -> list[Rows]:
        self.statements.append(self.length)
        return super().finish()


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each exchange with the server had, from now on."""
    monkeypatch.setattr(CountedExchange, "statements", [])
    monkeypatch.setattr(tenant_connection, "Exchange", CountedExchange)
    return CountedExchange.statements


def test_a_request_that_moves_money_waits_for_the_server_three_times(house: House, exchanges: list[int]) -> None:
    token = house.token("sita@example.com")
    mine, theirs = (
        house.get("/v1/accounts", house.token(email)).get_json()["data"][0]["id"]
        for email in ("sita@example.com", "ram@example.com")
    )
    house.deposit(token, "salary")

    def transfer(key: str) -> int:
        body = {"fromAccountId": mine, "toAccountId": theirs, "amount": "0.01", "currency": "NPR"}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return house.client.post("/v1/transactions/transfer", json=body, headers=headers).status_code

    # Whose an account is never changes, and is asked once.
    assert transfer("first") == 201
    exchanges.clear()
    assert transfer("second") == 201

    # The session; keys, earlier answers and locks; all that is written, with COMMIT.
    assert len(exchanges) == 3
    assert exchanges[0] == 2
    assert sum(exchanges) <= 13


def test_a_refused_command_is_recorded_with_the_command_and_not_once_more_with_the_request(house: House) -> None:
    operator, auditor = (house.token(f"{name}@example.com") for name in ("operator", "auditor"))
    unknown = "019c1406-3400-7000-8000-0000000000d1"

    answers = [house.post(f"/v1/admin/dead-letters/{unknown}/redrive", operator, key="again") for _ in range(2)]
    house.attempts.wait_until_written()

    found = house.get("/v1/audit/events?outcome=denied", auditor).get_json()["data"]
    assert [(answer.status_code, answer.headers.get("Idempotent-Replayed")) for answer in answers] == [
        (404, None),
        (404, "true"),
    ]
    assert [event["action"] for event in found] == ["delivery.redriven"]
