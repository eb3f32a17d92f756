"""An operator's desk: the real blueprints over a bank and its fraud cases in memory."""

from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any, Final
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bankcore.errors import UnauthenticatedError
from bankcore.fraud.cases import FraudCase
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.fraud.ports import FraudQueries
from bankcore.fraud.review import Review
from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.principals import Principal
from bankcore.identity.users import Role
from bankcore.ledger.accounts import Account
from bankcore.ledger.service import LedgerService
from bankcore.testing.bank import InMemoryBank, in_memory_bank
from bankcore.testing.clock import FrozenClock
from bankcore.testing.fraud import InMemoryFraud, in_memory_fraud, shares_of
from bankcore.testing.identifiers import SequentialIdentifiers
from bankcore.testing.services import ListedServices
from bankcore_http.auth import Authenticator, BearerToken
from bankcore_http.fraud.blueprint import fraud_blueprint
from bankcore_http.ledger.account_status import account_status_blueprint
from bankcore_http.serving.app import create_app
from tests.worlds.values import npr

MAIN: Final = TenantId(UUID("019c1406-3400-7000-8000-00000000a001"))
OTHER: Final = TenantId(UUID("019c1406-3400-7000-8000-00000000a002"))
_ROLES: Final = {
    "operator": {Role.OPERATOR, Role.HOLDER},
    "admin": {Role.ADMIN},
    "auditor": {Role.AUDITOR},
    "holder": {Role.HOLDER},
    "stranger": {Role.ADMIN},
}
USER_IDS: Final = {name: UserId(UUID(int=number)) for number, name in enumerate(_ROLES, start=0xA0)}


class NameIsToken(Authenticator):
    """Believes whoever says a name; the stranger is an admin of another tenant."""

    def authenticate(self, access_token: str) -> Principal:
        if access_token not in _ROLES:
            raise UnauthenticatedError
        is_stranger = access_token == "stranger"
        return Principal(
            user_id=USER_IDS[access_token],
            tenant_id=OTHER if is_stranger else MAIN,
            tenant_slug="other" if is_stranger else "main",
            session_id=SessionId(UUID(int=1)),
            roles=frozenset(_ROLES[access_token]),
        )


@dataclass
class Desk:
    """The banks, their cases, and how somebody asks for them."""

    banks: dict[TenantId, InMemoryBank]
    frauds: dict[TenantId, InMemoryFraud]
    client: FlaskClient
    keys: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def bank(self) -> InMemoryBank:
        return self.banks[MAIN]

    def account(self) -> Account:
        """A new account with a thousand rupees."""
        account = self.bank.accounts.open(currency="NPR", owner_id="sita")
        self.bank.ledger.deposit(account.id, npr("1000"))
        return account

    def case(self) -> FraudCase:
        """A new case of a new account."""
        account = self.account()
        withdrawal = self.bank.ledger.withdraw(account.id, npr("7"))
        moved = shares_of(withdrawal).met_by(account.id)
        fraud = self.frauds[MAIN]
        (case,) = fraud.units.run(lambda unit: fraud.examine(unit, [moved]))
        return case

    def get(self, path: str, who: str = "operator") -> TestResponse:
        return self.client.get(path, headers={"Authorization": f"Bearer {who}"})

    def data(self, path: str, who: str = "operator") -> Any:
        answer = self.get(path, who)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()["data"]

    def post(self, path: str, body: object, who: str = "operator", *, key: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": key or f"key-{next(self.keys)}"}
        return self.client.post(path, json=body, headers=headers)


_desks: Final[list[Desk]] = []


@cache
def _app() -> Flask:
    """The one application of this process, over the desk that is there now: to make one costs more than a test."""
    caller = BearerToken(NameIsToken())

    services = ListedServices(
        {
            LedgerService: lambda tenant_id: _desks[-1].banks[tenant_id].ledger,
            Review: lambda tenant_id: _desks[-1].frauds[tenant_id].services.review,
            FraudQueries: lambda tenant_id: _desks[-1].frauds[tenant_id].services.queries,
        }
    )
    return create_app(
        [account_status_blueprint(services, caller), fraud_blueprint(services, caller)],
        clock=FrozenClock(),
        new_id=SequentialIdentifiers().new_id,
        readiness=dict,
        log_request=lambda _line: None,
    )


@pytest.fixture
def desk() -> Desk:
    """A desk without accounts and cases, where each movement out of an account is a case."""
    banks = {tenant_id: in_memory_bank(tenant_id) for tenant_id in (MAIN, OTHER)}
    policy = FraudPolicy(velocity=VelocityLimits(count_min=1))
    frauds = {tenant_id: in_memory_fraud(bank, policy) for tenant_id, bank in banks.items()}
    made = Desk(banks, frauds, _app().test_client())
    _desks[:] = [made]
    return made
