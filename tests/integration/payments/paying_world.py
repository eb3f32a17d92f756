"""A bank that takes payments over HTTP, with simulated providers that speak their own wire formats."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any, Final

from werkzeug.serving import make_server

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId
from bankcore.money import Currency
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.postings import ProviderAccount, provider_account_id
from bankcore.testing.provider_simulator import ProviderSimulator
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE
from bankcore_infra.disputes.following import dispute_worker
from bankcore_infra.payments.following import payment_worker
from bankcore_infra.payments.worker import ProviderWorker
from bankcore_infra.refunds.following import refund_worker
from tests.worlds.documented_bank import DocumentedBank

NPR: Final = Currency.of("NPR")
METRICS_TOKEN: Final = "metrics-token-of-this-test-0000000"


@dataclass(frozen=True)
class PayingWorld:
    """A bank that is served, its worker, and the simulator that tells it of what payers do."""

    bank: DocumentedBank
    simulator: ProviderSimulator
    worker: ProviderWorker
    refund_worker: ProviderWorker
    dispute_worker: ProviderWorker
    config: dict[str, Any]
    served_at: str

    def pay(self, amount: str, **more: str) -> Any:
        """A payment of the merchant."""
        payer = {"payerEmail": "payer@example.com", "returnUrl": "https://shop.example/done"}
        said = {"accountId": ACCOUNT_ID_EXAMPLE, "amount": amount, "currency": "NPR", "provider": "simulated"}
        return self.bank.post("/v1/payments", **{**said, **payer, "description": "Order 7", **more})

    def read(self, payment: Any) -> Any:
        """The payment as it is now."""
        return self.bank.send("get", f"/v1/payments/{payment['id']}", None).get_json()["data"]

    def work(self) -> None:
        """Let the worker do all that there is."""
        workers = (self.worker, self.refund_worker, self.dispute_worker)
        while any(worker.work_on_due() for worker in workers):
            pass

    def paid(self, amount: str) -> Any:
        """A payment whose payer has paid."""
        payment = self.pay(amount)
        self.simulator.pay("stripe", self.reference(payment))
        self.simulator.wait_until_told()
        self.work()
        return self.read(payment)

    def give_back(self, payment: Any, **said: str) -> Any:
        """A refund of it."""
        money = {"currency": "NPR"} if "amount" in said else {}
        return self.bank.post(f"/v1/payments/{payment['id']}/refunds", reason="sent back", **said, **money)

    def read_refund(self, refund: Any) -> Any:
        """The refund as it is now."""
        return self.bank.send("get", f"/v1/refunds/{refund['id']}", None).get_json()["data"]

    def ask_now(self, refund: Any) -> None:
        """Let it be time to ask for the refund."""
        with self.bank.superuser() as connection:
            connection.execute("UPDATE bankcore.refunds SET due_at = now() WHERE id = %s", (refund["id"],))
        self.work()

    def reference(self, payment: Any) -> str:
        """Under what the provider knows the payment."""
        with self.bank.superuser() as connection:
            asked = "SELECT attempt_id::text FROM bankcore.payments WHERE id = %s"
            (row,) = connection.execute(asked, (payment["id"],)).fetchall()
        return str(row[0])

    def owed(self) -> int:
        """What the bank takes the provider to owe, in minor units."""
        tenant = self.bank.bank.tenant("main")
        config_id = ProviderConfigId(self.config["id"])
        account_id: AccountId = provider_account_id(tenant.id, config_id, ProviderAccount.CLEARING, NPR)
        # There is no account before the first order.
        with suppress(NotFoundError):
            return -tenant.accounts.balance(account_id).balance.minor
        return 0


@contextmanager
def served(bank: DocumentedBank, simulator: ProviderSimulator) -> Iterator[PayingWorld]:
    """The bank on a port of its own, where the simulator sends webhooks."""
    asked = {"name": "simulated", "provider": "stripe", "credentials": dict(simulator.credentials("stripe"))}
    config = bank.post("/v1/admin/providers", **asked, priority=7)
    server = make_server("127.0.0.1", 0, bank.application, threaded=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    address = f"http://127.0.0.1:{server.server_port}"
    simulator.send_webhooks("stripe", address + config["webhookPath"])
    parts = bank.bank.parts
    yield PayingWorld(
        bank, simulator, payment_worker(parts), refund_worker(parts), dispute_worker(parts), config, address
    )
    server.shutdown()
    serving.join()
    server.server_close()
