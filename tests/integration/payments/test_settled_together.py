"""Answers that come at the same time are settled in one transaction, and none waits for another's trouble."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import FreezeAccount
from bankcore.payments.payments import ASKED_AFTER, Payment, PaymentStatus
from bankcore.payments.postings import ProviderAccount
from bankcore.providers.answers import ChargeAnswer
from bankcore.providers.orders import ChargeOrder
from bankcore.testing.providers import InMemoryProvider
from bankcore_infra.db.waiting import run_for_task
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter, postgresql_payment_adapter
from tests.worlds.database_faults import COMMIT, accident_at, terminated_backend
from tests.worlds.sql_bank import SqlBank

AT_ONCE = 8
ROUNDS = 20
"""Whether callers meet is for the machine to say; in so many rounds they do."""
_LOCK = "SELECT FROM bankcore.payments WHERE attempt_id = %(attempt)s FOR UPDATE"

OnAnswer = Callable[[ChargeOrder], None]


@pytest.fixture
def payments(bank: SqlBank, tmp_path: Path) -> PaymentAdapter:
    made = postgresql_payment_adapter(bank, tmp_path)
    made.paid("1.00")
    return made


@pytest.fixture
def merchants(payments: PaymentAdapter) -> list[Account]:
    return [payments.bank.accounts.open(currency="NPR", owner_id="shop") for _ in range(AT_ONCE)]


@pytest.fixture
def on_answer(payments: PaymentAdapter, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[OnAnswer]]:
    """Whoever was charged waits for the others; before that, these are called with the order."""
    assert payments.provider.charges
    meeting, called = Barrier(AT_ONCE, timeout=20), list[OnAnswer]()
    charge = InMemoryProvider.create_payment

    def create_payment(self: InMemoryProvider, order: ChargeOrder) -> ChargeAnswer:
        answer = charge(self, order)
        for each in called:
            each(order)
        meeting.wait()
        return answer

    monkeypatch.setattr(InMemoryProvider, "create_payment", create_payment)
    yield called
    meeting.abort()


def pay_at_once(payments: PaymentAdapter, merchants: list[Account]) -> list[Payment]:
    def pay(merchant: Account) -> Payment:
        order = replace(payments.order(), account_id=merchant.id)
        return payments.create(order, origin=MERCHANT).value

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(pay, merchants))


@pytest.mark.usefixtures("on_answer")
def test_callers_share_a_commit_and_each_gets_its_own_payment(
    payments: PaymentAdapter, merchants: list[Account]
) -> None:
    rounds, shared = 0, False
    while not shared and rounds < ROUNDS:
        paid = pay_at_once(payments, merchants)
        assert [payment.account_id for payment in paid] == [merchant.id for merchant in merchants]
        assert {payment.status for payment in paid} == {PaymentStatus.COMPLETED}
        assert len({payment.transaction_id for payment in paid}) == AT_ONCE
        assert [payments.now(payment) for payment in paid] == paid
        rounds, shared = rounds + 1, len({payment.ended_at for payment in paid}) < AT_ONCE

    assert shared
    assert payments.balance_at(ProviderAccount.CLEARING) == f"-{rounds * AT_ONCE * 100 + 1}.00"


@pytest.mark.usefixtures("on_answer")
def test_what_the_books_refuse_to_one_is_not_refused_to_the_others(
    payments: PaymentAdapter, merchants: list[Account]
) -> None:
    payments.bank.ledger.execute([FreezeAccount(merchants[3].id)])

    frozen = pay_at_once(payments, merchants).pop(3)

    assert (frozen.status, frozen.problem) == (PaymentStatus.PROCESSING, "account_frozen")
    assert payments.balance_at(ProviderAccount.CLEARING) == f"-{(AT_ONCE - 1) * 100 + 1}.00"


def test_a_payment_that_somebody_holds_keeps_none_of_the_others(
    payments: PaymentAdapter, merchants: list[Account], bank: SqlBank, on_answer: list[OnAnswer]
) -> None:
    first = iter([True])
    with bank.scratch.connection() as holder, holder.transaction():

        def hold(order: ChargeOrder) -> None:
            if next(first, False):
                holder.execute(_LOCK, {"attempt": order.reference})

        on_answer.append(hold)
        paid = pay_at_once(payments, merchants)

    (kept,) = [payment for payment in paid if payment.status is not PaymentStatus.COMPLETED]
    assert kept.status is PaymentStatus.PROCESSING
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(kept).status is PaymentStatus.COMPLETED


def test_a_commit_of_which_nobody_heard_is_found_out(payments: PaymentAdapter, bank: SqlBank) -> None:
    engine = bank.database.engine_for(bank.tenant_id)
    with accident_at(engine, -1, lambda _connection: None) as counted:
        payments.paid()
    assert counted.statements[-1] == COMMIT

    with accident_at(engine, len(counted.statements) - 1, terminated_backend(bank.scratch)) as fuse:
        payment = payments.paid()

    assert fuse.has_blown
    assert payment.status is PaymentStatus.COMPLETED
    assert payments.balance() == "201.00"


def test_tasks_of_one_loop_do_not_wait_for_each_other_in_the_queue_of_threads(payments: PaymentAdapter) -> None:
    async def pay() -> list[Payment]:
        return await asyncio.gather(*(run_for_task(payments.paid) for _ in range(AT_ONCE)))

    assert {payment.status for payment in asyncio.run(pay())} == {PaymentStatus.COMPLETED}
