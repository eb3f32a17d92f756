"""A client of the ledger's and FX's routes over banks in memory."""

from dataclasses import dataclass
from typing import Any

import pytest

from bankcore.testing.fx import InMemoryFx
from tests.worlds.http_client import SITA, HttpClient, LedgerApplication


@dataclass
class FxClient:
    """A client of the bank, and what its source of rates says."""

    http: HttpClient
    fx: InMemoryFx

    def quote(self, who: str = SITA, **body: str) -> Any:
        """A quote that must be given; by default for a hundred dollars in rupees."""
        asked = {"fromCurrency": "USD", "toCurrency": "NPR", "fromAmount": "100.00"} | body
        answer = self.http.post("/v1/fx/quotes", asked, who)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()["data"]


@pytest.fixture(scope="session")
def fx_application() -> LedgerApplication:
    """The application, which each test gets with banks of its own."""
    return LedgerApplication()


@pytest.fixture
def client(fx_application: LedgerApplication) -> FxClient:
    """A client of a bank where a dollar is worth 133.25 rupees."""
    http = fx_application.open()
    assert http.fx is not None
    http.fx.rates.set_rate("USD/NPR", "133.25")
    return FxClient(http, http.fx)
