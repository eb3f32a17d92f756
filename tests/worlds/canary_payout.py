"""Money that leaves a bank for an account outside, and the secrets that are in that."""

from typing import Final

from bankcore.testing.provider_simulator import ProviderSimulator
from tests.worlds.canaries import Canary, canary
from tests.worlds.running_client import wait_for
from tests.worlds.visitor import Visitor

PAYEE: Final = "Canary Payee Adaeze"
PAYEE_ACCOUNT: Final = "7340129986"
_PATH: Final = "/v1/disbursements"
_PATIENCE_S: Final = 20.0


def pay_out(visitor: Visitor, simulator: ProviderSimulator, *, holder: str, admin: str) -> list[Canary]:
    """The holder mistakes the payee, then has money sent, and the provider tells that it arrived.

    Both are headers of who has logged in. Returns the secrets.
    """
    credentials = dict(simulator.credentials("paystack"))
    provider = {"name": "bank", "provider": "paystack", "credentials": credentials}
    config = visitor.must("POST", "/v1/admin/providers", provider, Authorization=admin)
    simulator.send_webhooks("paystack", visitor.url + config["webhookPath"])
    account_id = visitor.must("POST", "/v1/accounts", {"currency": "NGN"}, Authorization=holder)["id"]
    money = {"accountId": account_id, "amount": "100.00", "currency": "NGN"}
    visitor.must("POST", "/v1/transactions/deposit", money, Authorization=holder)
    wanted = {**money, "bankCode": "058", "accountNumber": PAYEE_ACCOUNT, "payee": PAYEE, "description": "Rent"}
    _make_mistakes(visitor, wanted, holder)
    disbursement_id = visitor.must("POST", _PATH, wanted, Authorization=holder)["id"]
    visitor.ask("POST", f"{_PATH}/{disbursement_id}/approve", Authorization=holder)
    visitor.must("POST", f"{_PATH}/{disbursement_id}/approve", Authorization=admin)

    def status() -> str:
        return str(visitor.must("GET", f"{_PATH}/{disbursement_id}", Authorization=holder)["status"])

    assert wait_for(lambda: status() == "paid", within_s=_PATIENCE_S), status()
    of_provider = [canary(f"{name} of the provider that pays out", value) for name, value in credentials.items()]
    return [canary("payee", PAYEE), canary("account of the payee", PAYEE_ACCOUNT), *of_provider]


def _make_mistakes(visitor: Visitor, wanted: dict[str, str], holder: str) -> None:
    for wrong in (
        {"accountNumber": f"{PAYEE_ACCOUNT}-7"},
        {"payee": f"{PAYEE}\n"},
        {"bankCode": PAYEE_ACCOUNT * 3},
        {"amount": "9999.00"},
    ):
        visitor.ask("POST", _PATH, wanted | wrong, Authorization=holder)
