"""A bank that sends money out over HTTP, with a worker, and a simulated provider that speaks its own wire format."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from bankcore.errors import UnavailableError
from bankcore.identity.users import Role
from bankcore.money import Money
from bankcore.testing.provider_simulator import ProviderSimulator, Scenario
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disbursements.following import disbursement_worker
from bankcore_infra.disbursements.proof import PROOF
from bankcore_infra.payments.worker import ProviderWorker
from tests.http.approvals.conftest import Person, person, service
from tests.worlds.documented_bank import DocumentedBank, documented_bank

PATH: Final = "/v1/disbursements"
TO: Final = {"bankCode": "058", "accountNumber": "0123456789", "payee": "Ada Example", "description": "Invoice 7"}
pytestmark = [pytest.mark.timeout(120)]


@dataclass(frozen=True)
class SendingWorld:
    """A shop with ten thousand naira, two operators, a provider, and a worker that a test lets work."""

    bank: DocumentedBank
    simulator: ProviderSimulator
    worker: ProviderWorker
    shop: Person
    asha: Person
    bina: Person
    account_id: str

    def ask(self, amount: str = "100.00", **more: object) -> dict[str, object]:
        """What the shop asks."""
        return {"accountId": self.account_id, "amount": amount, "currency": "NGN", **TO, **more}

    def wanted(self, amount: str = "100.00") -> str:
        """The id of what the shop wants."""
        return str(self.shop.data("POST", PATH, self.ask(amount))["id"])

    def sent(self, scenario: Scenario) -> str:
        """The id of one that was approved and sent, and met that."""
        wanted = self.wanted()
        self.simulator.treat(wanted, scenario)
        self.asha.data("POST", f"{PATH}/{wanted}/approve")
        self.work()
        return wanted

    def work(self) -> None:
        """Let the worker do all that there is."""
        while self.worker.work_on_due():
            pass

    def hurry(self, wanted: str) -> Any:
        """Have the provider asked at once, and return how it stands after that."""
        with self.bank.superuser() as connection:
            connection.execute("UPDATE bankcore.disbursements SET due_at = now() WHERE id = %s", (wanted,))
        self.work()
        return self.read(wanted)

    def read(self, wanted: str) -> Any:
        """How it stands."""
        return self.shop.data("GET", f"{PATH}/{wanted}")

    def money(self) -> tuple[str, str]:
        """What is on the account, and what of it is free."""
        balance = self.shop.data("GET", f"/v1/accounts/{self.account_id}/balance")
        return balance["balance"], balance["available"]


@pytest.fixture(scope="module")
def world() -> Iterator[SendingWorld]:
    with ProviderSimulator(SystemClock()) as simulator, documented_bank(simulator.url) as bank:
        bank.post(
            "/v1/admin/providers", name="sending", provider="paystack", credentials=simulator.credentials("paystack")
        )
        for config in bank.send("get", "/v1/admin/providers", None).get_json()["data"]:
            if config["name"] == "naira":
                bank.send("patch", f"/v1/admin/providers/{config['id']}", {"enabled": False})
        shop = person(bank, "shop", Role.HOLDER)
        asha, bina = (person(bank, name, Role.OPERATOR) for name in ("asha", "bina"))
        main = bank.bank.tenant("main")
        account = main.accounts.open(currency="NGN", owner_id=shop.user_id)
        main.ledger.deposit(account.id, Money.of("10000.00", "NGN"))
        yield SendingWorld(bank, simulator, disbursement_worker(bank.bank.parts), shop, asha, bina, str(account.id))


def test_what_another_person_approved_arrives_and_is_booked(world: SendingWorld) -> None:
    before, available = (float(amount) for amount in world.money())
    requested = world.shop.data("POST", PATH, world.ask())
    held = world.money()

    assert (requested["status"], requested["accountHint"], requested["bankCode"]) == ("pending_approval", "6789", "058")
    assert (float(held[0]), float(held[1])) == (before, available - 100)
    world.asha.data("POST", f"{PATH}/{requested['id']}/approve")
    world.work()
    shown = world.read(requested["id"])
    assert (shown["status"], shown["decidedBy"]) == ("sent", world.asha.user_id)
    shown = world.hurry(requested["id"])
    assert (shown["status"], shown["needsReview"]) == ("paid", False)
    assert world.shop.data("GET", f"/v1/transactions/{shown['transactionId']}")["amount"] == "100.00"
    assert float(world.money()[0]) == before - 100
    payout = world.simulator.books("paystack").payouts[requested["id"]]
    assert (payout.payee.account_number, str(payout.amount)) == ("0123456789", "100.00 NGN")


@pytest.mark.parametrize(
    ("scenario", "first", "then"),
    [
        (Scenario.DECLINE, "sent", "failed"),
        (Scenario.SILENT_AFTER, "unknown", "paid"),
        (Scenario.SILENT_BEFORE, "unknown", "unknown"),
        (Scenario.TOO_MANY, "failed", "failed"),
        (Scenario.ACTION, "sent", "sent"),
    ],
)
def test_what_the_provider_does_is_what_becomes_of_it(
    world: SendingWorld, scenario: Scenario, first: str, then: str
) -> None:
    before = world.money()
    wanted = world.sent(scenario)

    assert world.read(wanted)["status"] == first
    if first != "failed":
        assert world.hurry(wanted)["status"] == then
    moved = [round(float(was) - float(now), 2) for was, now in zip(before, world.money(), strict=True)]
    assert moved == {"failed": [0, 0], "paid": [100, 100], "unknown": [0, 100], "sent": [0, 100]}[then]


def test_what_comes_back_is_put_back(world: SendingWorld) -> None:
    before = world.money()
    wanted = world.sent(Scenario.SUCCESS)
    assert world.hurry(wanted)["status"] == "paid"

    world.simulator.end_payout("paystack", wanted, "returned")
    returned = world.hurry(wanted)

    assert returned["status"] == "returned"
    assert returned["returnTransactionId"] not in {None, returned["transactionId"]}
    assert world.money() == before


def test_who_may_do_what_is_asked_for_each(world: SendingWorld) -> None:
    wanted, withdrawn = world.wanted(), world.wanted()
    of_asha = str(world.asha.data("POST", "/v1/accounts", {"currency": "NGN"})["id"])

    own = world.shop.send("POST", f"{PATH}/{wanted}/approve")
    key = service(world.bank).send("POST", f"{PATH}/{wanted}/approve")
    other = world.asha.send("POST", f"{PATH}/{withdrawn}/withdraw")
    foreign = world.asha.send("POST", PATH, world.ask(accountId=of_asha, amount="1.00"))
    rejected = world.bina.data("POST", f"{PATH}/{wanted}/reject", {"reason": "not known to us"})
    late = world.asha.send("POST", f"{PATH}/{wanted}/approve")
    ended = world.shop.data("POST", f"{PATH}/{withdrawn}/withdraw")

    assert [each.status_code for each in (own, key, other, foreign)] == [403, 403, 404, 422]
    assert foreign.get_json()["error"]["code"] == "insufficient_funds"
    assert (rejected["status"], rejected["reason"], ended["status"]) == ("rejected", "not known to us", "withdrawn")
    assert (late.status_code, late.get_json()["error"]["details"]["state"]) == (409, "rejected")
    listed = [each["id"] for each in world.asha.data("GET", f"{PATH}?status=rejected")]
    assert wanted in listed
    assert withdrawn not in listed


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"bankCode": "05 8"}, "/bankCode"),
        ({"accountNumber": "12"}, "/accountNumber"),
        ({"payee": ""}, "/payee"),
        ({"amount": "0.00"}, "/amount"),
        ({"strange": 1}, "/strange"),
    ],
)
def test_a_wrong_member_is_named(world: SendingWorld, changes: dict[str, Any], pointer: str) -> None:
    answer = world.shop.send("POST", PATH, world.ask(**changes))

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == pointer


def test_a_currency_that_no_provider_sends_is_refused(world: SendingWorld) -> None:
    account = str(world.shop.data("POST", "/v1/accounts", {"currency": "NPR"})["id"])

    answer = world.shop.send("POST", PATH, world.ask(accountId=account, currency="NPR"))

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "no_payout_provider")


def test_one_that_cannot_be_read_stops_no_other(world: SendingWorld) -> None:
    broken = world.wanted()
    world.asha.data("POST", f"{PATH}/{broken}/approve")
    with world.bank.superuser() as connection:
        connection.execute("DELETE FROM bankcore.encrypted_secrets WHERE owner_id = %s", (broken,))
    world.work()

    assert world.read(broken)["status"] == "sent"
    assert world.hurry(world.sent(Scenario.SUCCESS))["status"] == "paid"


def test_the_worker_goes_on_while_the_database_is_away(world: SendingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop:
        """Told to stop after three rounds."""

        rounds = 0

        def is_set(self) -> bool:
            return self.rounds == 3

        def wait(self, pause_s: float) -> None:
            self.rounds += 1
            pauses.append(pause_s)

    pauses: list[float] = []

    def away(_questions: object) -> bool:
        if len(pauses) < 2:
            raise UnavailableError
        return False

    monkeypatch.setattr(world.worker, "work_on_due", away)
    world.worker.run(Stop())  # type: ignore[arg-type]

    assert pauses == [2.0, 4.0, 1.0]


def test_the_books_are_as_the_log_and_the_provider_tell(world: SendingWorld) -> None:
    tenant = world.bank.bank.tenant("main")
    transactions = OwnTransactions(world.bank.bank.parts.database, tenant.id)

    assert transactions.rehearse(lambda connection: list(PROOF.verify(connection))) == []
