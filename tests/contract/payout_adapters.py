"""A payer with money, five payees and no jobs, on each adapter of the ports of payouts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from bankcore.errors import BankcoreError
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.ledger.accounts import Account
from bankcore.origin import Origin
from bankcore.payouts.jobs import PayoutItem, PayoutItemStatus, PayoutJob, PayoutJobId
from bankcore.payouts.pay import PaidChunk, PayItems
from bankcore.payouts.ports import PayoutUnits
from bankcore.payouts.rows import PayoutRow
from bankcore.payouts.start import StartPayout, StartPayouts
from bankcore.payouts.steer import Steering, SteerPayout, SteerPayouts
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.payouts import PayoutServices, in_memory_payouts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.payouts.unit import SqlPayoutQueries, SqlPayoutUnits
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

BOSS: Final = Origin(actor_type="user", actor_id="boss", key_scope="boss", owner_id="boss")
OTHER: Final = Origin(actor_type="user", actor_id="worker-1", key_scope="worker-1", owner_id="worker-1")
NOWHERE: Final = PayoutJobId(UUID("019c1406-3400-7000-8000-000000000bad"))
CHUNK: Final = 2
PAYEES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAdapter:
    """A tenant on one adapter, whose workers pay two items at a time. `let_time_pass` makes what is put off due."""

    bank: InMemoryBank | SqlBank
    units: PayoutUnits
    services: PayoutServices
    pay: PayItems
    let_time_pass: Callable[[timedelta], None]
    payer: Account
    payees: Sequence[Account]

    def rows(self, *amounts: str) -> list[PayoutRow]:
        """A row for each payee in turn with these amounts; by default ten rupees for all five."""
        wanted = amounts or ("10.00",) * PAYEES
        return [
            PayoutRow(line, self._name_of((line - 1) % PAYEES), amount, reference=f"wage {line}")
            for line, amount in enumerate(wanted, 1)
        ]

    def _name_of(self, number: int) -> str:
        """By id and by number in turn, since rows may name an account by both."""
        payee = self.payees[number]
        return str(payee.id) if number % 2 else payee.number

    def ask(
        self, rows: Sequence[PayoutRow] | None = None, *, key: str | None = None, origin: Origin = BOSS
    ) -> Accepted[PayoutJob] | Rejected:
        """Ask for a job from the payer's account."""
        command = StartPayout(self.payer.id, rows or self.rows(), name="January", idempotency_key=key)
        return _answer(lambda: self.services.start(command, origin=origin))

    def start(self, rows: Sequence[PayoutRow] | None = None) -> PayoutJob:
        """A job that must be started."""
        answer = self.ask(rows)
        assert isinstance(answer, Accepted), answer
        return answer.value

    def steer(
        self, job: PayoutJob | PayoutJobId, steering: Steering, *, key: str | None = None, origin: Origin = BOSS
    ) -> Accepted[PayoutJob] | Rejected:
        """Do this with the job."""
        job_id = job.id if isinstance(job, PayoutJob) else job
        command = SteerPayout(job_id, steering, idempotency_key=key)
        return _answer(lambda: self.services.steer(command, origin=origin))

    def pay_all(self) -> list[PaidChunk]:
        """Pay until nothing is due."""
        return list(iter(self.pay.pay_next, None))

    def job(self, job: PayoutJob) -> PayoutJob:
        """The job as it is now."""
        return self.services.queries.get_job(job.id)

    def items(self, job: PayoutJob, status: PayoutItemStatus | None = None) -> Sequence[PayoutItem]:
        """The items of the job."""
        return self.services.queries.list_items(job.id, status=status, limit=100)

    def funds(self) -> tuple[str, str]:
        """What is on the payer's account, and how much of it is set aside."""
        balance = self.bank.accounts.balance(self.payer.id)
        return balance.balance.to_decimal_string(), balance.held.to_decimal_string()

    def received(self) -> list[str]:
        """What is on the accounts of the payees."""
        return [self.bank.accounts.balance(payee.id).balance.to_decimal_string() for payee in self.payees]


def in_memory_payout_adapter(clock: FrozenClock) -> PayoutAdapter:
    """On the adapters that are shipped to users for their tests."""
    bank = in_memory_bank(clock=clock)
    made = in_memory_payouts(bank, chunk=CHUNK)

    def let_time_pass(duration: timedelta) -> None:
        bank.clock.advance(duration)

    return _with_money(bank, made.units, made.services, let_time_pass)


def postgresql_payouts(bank: SqlBank) -> tuple[SqlPayoutUnits, PayoutServices]:
    """Payouts of that bank as in production."""
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units = SqlPayoutUnits(transactions, bank.unit)
    services = PayoutServices(
        StartPayouts(bank.tenant_id, units, bank.ids), SteerPayouts(units), SqlPayoutQueries(transactions)
    )
    return units, services


def postgresql_payout_adapter(bank: SqlBank) -> PayoutAdapter:
    """On the adapters that pay real money."""
    units, services = postgresql_payouts(bank)

    def let_time_pass(duration: timedelta) -> None:
        bank.scratch.execute("UPDATE bankcore.payout_jobs SET due_at = due_at - %s::interval", duration)

    return _with_money(bank, units, services, let_time_pass)


def _with_money(
    bank: InMemoryBank | SqlBank,
    units: PayoutUnits,
    services: PayoutServices,
    let_time_pass: Callable[[timedelta], None],
) -> PayoutAdapter:
    payer = bank.accounts.open(currency="NPR", owner_id="boss")
    payees = [bank.accounts.open(currency="NPR", owner_id=f"worker-{number}") for number in range(PAYEES)]
    bank.ledger.deposit(payer.id, npr("100.00"))
    return PayoutAdapter(
        bank=bank,
        units=units,
        services=services,
        pay=PayItems(units, CHUNK),
        let_time_pass=let_time_pass,
        payer=payer,
        payees=payees,
    )


def _answer(ask: Callable[[], Accepted[PayoutJob]]) -> Accepted[PayoutJob] | Rejected:
    try:
        return ask()
    except BankcoreError as refusal:
        return Rejected(refusal, refusal.replayed)
