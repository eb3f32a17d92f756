"""A client of a bank in memory in which one person pays three accounts."""

from dataclasses import dataclass
from typing import Any

import pytest

from bankcore.ledger.accounts import Account
from bankcore.testing.payouts import InMemoryPayouts
from bankcore_http.payouts.blueprint import payouts_blueprint
from tests.worlds.http_client import RAM, SITA, HttpClient, LedgerApplication

APPLICATION = LedgerApplication(payouts_blueprint)


@dataclass
class PayoutClient:
    """A client of the bank in which Sita pays three accounts of Ram's."""

    http: HttpClient
    made: InMemoryPayouts
    payer: Account
    payees: list[Account]

    def body(self, **items: str) -> dict[str, Any]:
        """Ten rupees for each of the three."""
        paid = [{"toAccountNumber": payee.number, "amount": "10.00"} for payee in self.payees]
        return {"accountId": str(self.payer.id), "name": "Wages", "items": paid, **items}

    def start(self) -> Any:
        """A payout that must be started."""
        answer = self.http.post("/v1/payouts", self.body())
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()["data"]

    def steer(self, payout: Any, steering: str, who: str = SITA, **options: str) -> Any:
        """The answer to that request on the payout."""
        return self.http.post(f"/v1/payouts/{payout['id']}/{steering}", {}, who, **options)

    def pay_all(self) -> None:
        """Let workers do all that is due."""
        while self.made.pay.pay_next() is not None:
            pass


@pytest.fixture
def client() -> PayoutClient:
    """Sita has a hundred rupees."""
    http = APPLICATION.open()
    assert http.payouts is not None
    payer, payees = http.open(SITA, deposit="100.00"), [http.open(RAM) for _ in range(3)]
    return PayoutClient(http, http.payouts, payer, payees)
