"""A bank that takes payments, the books of its providers, and what has to be true of both whatever happened."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import psycopg

from bankcore.money import Currency, Money
from bankcore.payments.postings import ProviderAccount, provider_account_id
from bankcore.testing.provider_simulator import SimulatedCharge
from bankcore_infra.clock import SystemClock
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.paying_bank import SIMULATED, PayingBank, paying_bank
from tests.worlds.simulator_program import SimulatorProgram, simulator_program

NGN: Final = Currency.of("NGN")
# What somebody without the key makes of a signature.
TURNED: Final = str.maketrans("0123456789abcdef", "123456789abcdef0")
ATTEMPTS: Final = """
    SELECT attempt.id::text, payment.id::text, payment.status, payment.amount_minor, payment.fee_minor,
        payment.transaction_id IS NOT NULL, payment.review_since IS NOT NULL, config.name
    FROM bankcore.payments AS payment
    JOIN bankcore.payment_attempts AS attempt ON attempt.payment_id = payment.id
    JOIN bankcore.provider_configs AS config ON config.id = attempt.config_id
"""
ASK_SOON: Final = """
    UPDATE bankcore.payments SET due_at = now()
    WHERE due_at > now() AND greatest(asked_at, created_at) < now() - interval '1 second' AND asks < %s
"""
HEED_SOON: Final = "UPDATE bankcore.provider_notices SET due_at = now() WHERE due_at > now()"
UNHEEDED: Final = "SELECT count(*) FROM bankcore.provider_notices WHERE due_at IS NOT NULL"
BOOKED: Final = "SELECT source_id FROM bankcore.transactions WHERE source_type = 'payment'"
BALANCE: Final = "SELECT balance_minor FROM bankcore.accounts WHERE id = %s"
AGE: Final = """
    UPDATE bankcore.payments SET due_at = now(), created_at = created_at - interval '7 days',
        expires_at = expires_at - interval '7 days', asked_at = asked_at - interval '7 days'
    WHERE due_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the bank knows of an attempt."""

    reference: str
    payment_id: str
    status: str
    amount: int
    fee: int | None
    is_booked: bool
    is_persons: bool
    provider: str

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet how it ends."""
        return self.status in {"pending", "processing", "requires_action"} and not self.is_persons


@dataclass(frozen=True, slots=True)
class Fire:
    """The bank and its providers; `database` is read and written as the superuser."""

    bank: PayingBank
    simulator: SimulatorProgram
    database: psycopg.Connection

    def known(self) -> list[Known]:
        """All attempts."""
        return [Known(*row) for row in self.database.execute(ATTEMPTS)]

    def charged(self) -> frozenset[str]:
        """The references of all that was charged, at all providers."""
        every = (charge for kind in SIMULATED for charge in self.simulator.charges(kind.name))
        return frozenset(charge["reference"] for charge in every if charge["status"] == "paid")

    def booked(self) -> list[str]:
        """The id of the payment that each booking is of."""
        return [source for (source,) in self.database.execute(BOOKED)]

    def is_settled(self) -> bool:
        """Whether the bank has booked all that was charged, and heeded all that it was told."""
        booked = {each.reference for each in self.known() if each.is_booked}
        return self.charged() <= booked and self.database.execute(UNHEEDED).fetchone() == (0,)

    @contextmanager
    def hurried(self, *, asks_max: int) -> Iterator[None]:
        """During the block providers are asked, and notices heeded that a worker left when it died, before time."""
        with self.bank.superuser() as own:

            def hurry() -> None:
                own.execute(ASK_SOON, (asks_max,))
                own.execute(HEED_SOON)

            with _repeated(hurry, pause_s=0.5):
                yield

    def let_a_week_pass(self) -> None:
        """For all payments whose provider is still asked."""
        self.database.execute(AGE)

    def lie(self, attempts: list[Known]) -> set[int]:
        """What is answered to webhooks that say that these were paid, signed by somebody without the key."""
        kinds = {kind.name: kind(self.simulator.url, _now_s) for kind in SIMULATED}
        connection, statuses = http.client.HTTPConnection(urlsplit(self.bank.running.url).netloc, timeout=20), set()
        for attempt in attempts:
            paid = SimulatedCharge(
                provider=attempt.provider,
                number=9_000_000,
                reference=attempt.reference,
                amount=Money(attempt.amount, NGN),
                return_url="",
                status="paid",
            )
            message = kinds[attempt.provider].message(paid)
            assert message is not None
            headers = {
                name: said if name == "Content-Type" else said.translate(TURNED)
                for name, said in message.headers.items()
            }
            connection.request("POST", self.bank.webhook_paths[attempt.provider], message.body, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.add(answer.status)
        connection.close()
        return statuses

    def require_equal_books(self) -> None:
        """Ours are those of each provider, to the minor unit."""
        attempts = self.known()
        for kind in SIMULATED:
            theirs = {each["reference"]: each for each in self.simulator.charges(kind.name) if each["status"] == "paid"}
            ours = [each for each in attempts if each.provider == kind.name and each.is_booked]
            owed = -self._balance(kind.name, ProviderAccount.CLEARING)
            assert owed == sum(_minor(each["amount"]) for each in theirs.values())
            told = [each for each in ours if each.fee is not None]
            assert [each for each in told if each.fee != _minor(theirs[each.reference]["fee"])] == []
            assert self._balance(kind.name, ProviderAccount.FEES) == sum(each.fee or 0 for each in told)

    def _balance(self, provider: str, purpose: ProviderAccount) -> int:
        account_id = provider_account_id(self.bank.tenant_id, self.bank.configs[provider], purpose, NGN)
        row = self.database.execute(BALANCE, (account_id,)).fetchone()
        return 0 if row is None else int(row[0])


@contextmanager
def payments_under_fire() -> Iterator[Fire]:
    """A bank and its providers, in processes that may be killed."""
    with (
        folder_of_servers() as folder,
        simulator_program(folder) as simulator,
        paying_bank(begin_bank(folder / "data"), simulator.url) as bank,
        bank.superuser() as database,
    ):
        simulator.send_webhooks({provider: bank.running.url + path for provider, path in bank.webhook_paths.items()})
        yield Fire(bank, simulator, database)


@contextmanager
def _repeated(work: Callable[[], object], pause_s: float) -> Iterator[None]:
    """That work again and again during the block."""
    end = threading.Event()

    def run() -> None:
        while not end.wait(pause_s):
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def _minor(amount: str) -> int:
    return Money.of(amount, NGN).minor


def _now_s() -> int:
    return int(SystemClock().now().timestamp())
