"""Payments that several things happen to at once, on real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.providers.answers import ChargeAccepted
from bankcore.providers.states import ChargeStatus
from tests.contract.payment_adapters import PaymentAdapter, postgresql_payment_adapter
from tests.worlds.sql_bank import SqlBank

WAITING = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION)


@pytest.fixture
def payments(bank: SqlBank, tmp_path: Path) -> PaymentAdapter:
    return postgresql_payment_adapter(bank, tmp_path)


def test_webhooks_and_workers_that_come_at_once_take_the_money_once(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(WAITING)
    payment = payments.paid()
    reference = payment.attempt.reference
    payments.provider.settle(reference, ChargeStatus.SUCCEEDED)
    body, headers = payments.provider.webhook_about(reference)
    payments.let_time_pass(ASKED_AFTER[0])

    def be_told() -> int:
        payments.receive(payments.config.id, body, headers)
        return payments.heed_all()

    with ThreadPoolExecutor(6) as threads:
        done = [threads.submit(each) for each in (be_told, payments.ask_all, be_told, payments.ask_all, be_told)]
        worked = [each.result() for each in done]

    assert sum(worked[::2]) == 1
    assert payments.statuses(payment) == ["pending", "processing", "requires_action", "completed"]
    assert payments.balance() == "100.00"


def test_one_request_that_comes_many_times_at_once_is_one_order(payments: PaymentAdapter) -> None:
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _number: payments.pay(key="order-7"), range(6)))

    assert len(answers) == 6
    assert len(payments.provider.charges) == 1
    assert payments.balance() == "100.00"


def test_what_ended_stays_as_it_ended_whoever_writes(payments: PaymentAdapter, bank: SqlBank) -> None:
    assert payments.paid().status is PaymentStatus.COMPLETED

    for change in (
        "UPDATE bankcore.payments SET status = 'processing', ended_at = NULL, transaction_id = NULL",
        "UPDATE bankcore.payment_attempts SET status = 'sent', ended_at = NULL",
        "UPDATE bankcore.payment_events SET actor = 'nobody'",
        "DELETE FROM bankcore.payments",
        "DELETE FROM bankcore.provider_configs",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bank.scratch.execute(change)
