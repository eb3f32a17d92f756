"""A client of the bank's paths under other names, over banks in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Final
from uuid import UUID

import pytest
from typing_extensions import override
from werkzeug.test import TestResponse

from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.identity.principals import TenantName
from bankcore.services import Services
from bankcore_http.application import BlueprintFactory
from bankcore_http.blueprint import Blueprint
from bankcore_http.wallets.access import WalletPaths
from bankcore_http.wallets.blueprints import wallet_blueprints
from tests.worlds.http_client import MAIN, HttpClient, LedgerApplication

SERVICE_TOKEN: Final = "token-of-the-trusted-service-0001"
ADMIN_TOKEN: Final = "token-of-those-who-look-after-it-1"
PATHS: Final = WalletPaths(tenant="main", service_token=SERVICE_TOKEN, admin_token=ADMIN_TOKEN)
EMPLOYER: Final = str(UUID(int=0xE0))
ASHA: Final = str(UUID(int=0xE1))
BINOD: Final = str(UUID(int=0xE2))
_BLUEPRINTS: Final = 6


class OneTenant(TenantNames):
    """There is `main` and nothing else."""

    is_closed = False

    @override
    def find_by_slug(self, slug: str) -> TenantName | None:
        return TenantName(MAIN, "main") if slug == "main" else None

    @override
    def find_by_id(self, tenant_id: TenantId) -> TenantName | None:
        return TenantName(MAIN, "main") if tenant_id == MAIN else None

    @override
    def is_suspended(self, tenant_id: TenantId) -> bool:
        return self.is_closed


TENANTS: Final = OneTenant()


def blueprints_of(paths: WalletPaths) -> list[BlueprintFactory]:
    """The blueprints as an application takes them: one function for each."""

    def make(place: int, services: Services, _caller: object) -> Blueprint:
        return wallet_blueprints(services, TENANTS, paths)[place]

    return [partial(make, place) for place in range(_BLUEPRINTS)]


@dataclass
class WalletClient:
    """Asks with both tokens."""

    http: HttpClient
    keys: "count[int]" = field(default_factory=lambda: count(1))

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        """The answer; headers are named in snake_case."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        tokens = {"X-Service-Token": SERVICE_TOKEN, "X-Admin-Token": ADMIN_TOKEN}
        options: Mapping[str, Any] = {} if body is None else {"json": body}
        return self.http.flask.open(path, method=method, headers=tokens | named, **options)

    def read(self, path: str) -> Any:
        """The body of an answer that must be good."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def wallet(self, user_id: str = ASHA, currency: str = "USD", credit: str | None = None) -> Any:
        """A new wallet, with money on it if wanted."""
        body = {"userId": user_id, "currency": currency, "accountNumber": f"ACC-{next(self.keys)}"}
        opened = self.ask("POST", "/accounts/wallets", body)
        assert opened.status_code == 201, opened.get_json()
        wallet = opened.get_json()
        return wallet if credit is None else self.move(wallet, "credit", credit).get_json()

    def move(self, wallet: Any, operation: str, amount: str, **headers: str) -> TestResponse:
        """The answer to a credit or a debit."""
        path = f"/accounts/wallets/{wallet['id']}/balance"
        return self.ask("PATCH", path, {"amount": amount, "operation": operation}, **headers)

    def balance(self, wallet: Any) -> str:
        """What is on the wallet."""
        balance: str = self.read(f"/accounts/wallets/{wallet['id']}/balance")["balance"]
        return balance

    def transfer(self, sender: Any, recipient: Any, key: str, **body: str) -> TestResponse:
        """The answer to a transfer of a hundred dollars."""
        named = {
            "senderWalletId": sender["id"],
            "recipientWalletId": recipient["id"],
            "senderUserId": sender["userId"],
            "recipientUserId": recipient["userId"],
        }
        sent = {**named, "amount": "100", "currency": "USD"} | body
        return self.ask("POST", "/transactions/transfers", sent, idempotency_key=key)

    def quote(self, **body: str) -> Any:
        """A quote that must be given; by default for two thousand dollars in euros."""
        asked = {"fromCurrency": "USD", "toCurrency": "EUR", "fromAmount": "2000", "userId": ASHA} | body
        answer = self.ask("POST", "/fx/quote", asked)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()


@pytest.fixture(scope="session")
def application() -> LedgerApplication:
    """The application, which each test gets with banks of its own."""
    return LedgerApplication(*blueprints_of(PATHS))


@pytest.fixture
def client(application: LedgerApplication) -> WalletClient:
    """A client of a bank where a dollar is worth 0.92 euros."""
    http = application.open()
    assert http.fx is not None
    http.fx.rates.set_rate("USD/EUR", "0.92")
    return WalletClient(http)
