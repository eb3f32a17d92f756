"""Sita, who may move a hundred rupees alone, two operators, and a service."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from bankcore.api_keys.manage import CreateApiKey, ManageApiKeys
from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore.ledger.accounts import Account
from bankcore.origin import Origin
from bankcore.permissions import Permission
from bankcore.tenancy.change_setting import ChangeTenantSetting
from tests.worlds.documented_bank import DocumentedBank, documented_bank
from tests.worlds.identity import PASSWORD

SOMEBODY: Final = Origin(actor_type="system", actor_id="test")
PATH: Final = "/v1/approvals"


@dataclass
class Person:
    """A user who is logged in, or a service with a key."""

    bank: DocumentedBank
    credential: dict[str, str] = field(repr=False)
    user_id: str = ""
    keys: "count[int]" = field(default_factory=count)

    def send(self, method: str, path: str, body: object = None, key: str | None = None) -> TestResponse:
        """Send that, with a new key unless one is given."""
        headers = {**self.credential, "Idempotency-Key": key or f"{id(self)}-{next(self.keys)}"}
        return self.bank.application.test_client().open(path, method=method, json=body, headers=headers)

    def data(self, method: str, path: str, body: object = None) -> Any:
        """The data of what must go well."""
        answer = self.send(method, path, body)
        assert answer.status_code < 300, answer.get_json()
        return answer.get_json()["data"]


@dataclass
class World:
    """Sita, who has a thousand rupees and may move a hundred alone; Asha and Bina, who are operators; a service."""

    bank: DocumentedBank
    sita: Person
    asha: Person
    bina: Person
    service: Person
    account: Account
    other: Account

    def money(self, amount: str = "100.01") -> dict[str, object]:
        """So much of Sita's, which is more than one person moves unless it says otherwise."""
        return {"accountId": str(self.account.id), "amount": amount, "currency": "NPR"}

    def transfer(self, amount: str = "100.01") -> dict[str, object]:
        """So much of Sita's to the other account."""
        ends = {"fromAccountId": str(self.account.id), "toAccountId": str(self.other.id)}
        return {**ends, "amount": amount, "currency": "NPR"}

    def wanted(self, who: Person | None = None) -> str:
        """The id of a transfer that Sita asks for."""
        movement = {"kind": "transfer", **self.transfer()}
        return str((who or self.sita).data("POST", PATH, {"movement": movement})["id"])

    def balance(self) -> str:
        """What is on Sita's account."""
        return str(self.sita.data("GET", f"/v1/accounts/{self.account.id}/balance")["balance"])


def person(bank: DocumentedBank, name: str, *roles: Role) -> Person:
    new = NewUser(email=f"{name}@example.com", password=PASSWORD, roles=frozenset(roles))
    user = bank.bank.get(IdentityDirectory).at_slug("main").create_user(new, origin=SOMEBODY)
    login = {"email": new.email, "password": PASSWORD}
    token = bank.application.test_client().post("/v1/auth/login", json=login).get_json()["data"]["accessToken"]
    return Person(bank, {"Authorization": f"Bearer {token}"}, str(user.id))


_MOVING: Final = frozenset({Permission.PAYOUTS_MANAGE, Permission.TRANSACTIONS_POST, Permission.TRANSACTIONS_REVERSE})


def service(bank: DocumentedBank, scopes: frozenset[Permission] = _MOVING | {Permission.APPROVALS_READ}) -> Person:
    command = CreateApiKey(name="payroll", scopes=scopes)
    made = bank.bank.tenant("main").get(ManageApiKeys).create(command, origin=SOMEBODY).value
    assert made.text is not None
    return Person(bank, {"X-API-Key": made.text})


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with documented_bank() as bank:
        main = bank.bank.tenant("main")
        sita = person(bank, "sita", Role.HOLDER)
        account, other = (main.accounts.open(currency="NPR", owner_id=owner) for owner in (sita.user_id, "ram"))
        main.ledger.deposit(account.id, bank.money("1000.00"))
        main.get(ChangeTenantSetting)("approval_minor", "NPR=10000", origin=SOMEBODY)
        asha, bina = (person(bank, name, Role.OPERATOR) for name in ("asha", "bina"))
        yield World(bank, sita, asha, bina, service(bank), account, other)
