"""An operator's client: the real blueprints over a bank and its fraud cases in memory."""

from dataclasses import dataclass, field

import pytest

from bankcore.fraud.cases import FraudCase
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.fraud.ports import FraudQueries
from bankcore.fraud.review import Review
from bankcore.identifiers import TenantId
from bankcore.ledger.accounts import Account
from bankcore.ledger.service import LedgerService
from bankcore.testing.bank import InMemoryBank, in_memory_bank
from bankcore.testing.clock import FrozenClock
from bankcore.testing.fraud import InMemoryFraud, in_memory_fraud, shares_of
from bankcore.testing.identifiers import SequentialIdentifiers
from bankcore.testing.services import ListedServices
from bankcore_http.auth import BearerToken
from bankcore_http.fraud.blueprint import fraud_blueprint
from bankcore_http.ledger.account_status import account_status_blueprint
from bankcore_http.serving.app import create_app
from tests.worlds.http_client import MAIN, OPERATOR, OTHER, HttpClient, NameIsToken
from tests.worlds.values import npr


@dataclass
class FraudClient(HttpClient):
    """A client of the bank that is an operator, with its fraud cases."""

    frauds: dict[TenantId, InMemoryFraud] = field(default_factory=dict)

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


class FraudApplication:
    """The routes of fraud over the banks that are there now: to make an application costs more than a test."""

    def __init__(self) -> None:
        self.banks: dict[TenantId, InMemoryBank] = {}
        self.frauds: dict[TenantId, InMemoryFraud] = {}
        caller = BearerToken(NameIsToken())

        services = ListedServices(
            {
                LedgerService: lambda tenant_id: self.banks[tenant_id].ledger,
                Review: lambda tenant_id: self.frauds[tenant_id].services.review,
                FraudQueries: lambda tenant_id: self.frauds[tenant_id].services.queries,
            }
        )
        self._flask = create_app(
            [account_status_blueprint(services, caller), fraud_blueprint(services, caller)],
            clock=FrozenClock(),
            new_id=SequentialIdentifiers().new_id,
            readiness=dict,
            log_request=lambda _line: None,
        )

    def open(self) -> FraudClient:
        """A client of two new banks, where each movement out of an account is a case."""
        policy = FraudPolicy(velocity=VelocityLimits(count_min=1))
        self.banks.update({tenant_id: in_memory_bank(tenant_id) for tenant_id in (MAIN, OTHER)})
        self.frauds.update({tenant_id: in_memory_fraud(bank, policy) for tenant_id, bank in self.banks.items()})
        return FraudClient(dict(self.banks), self._flask.test_client(), asks_as=OPERATOR, frauds=dict(self.frauds))


@pytest.fixture(scope="session")
def application() -> FraudApplication:
    """The application, which each test gets with banks of its own."""
    return FraudApplication()


@pytest.fixture
def client(application: FraudApplication) -> FraudClient:
    """A client without accounts and cases."""
    return application.open()
