"""Disputes that many workers and merchants are at together, on real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from bankcore.disputes.disputes import ASKED_EVERY, DisputeStatus
from bankcore.idempotency.answers import Accepted
from bankcore.providers.disputes import DisputeStanding
from tests.contract.dispute_adapters import DISPUTE_ID, DisputeAdapter, dispute_adapter
from tests.contract.payment_adapters import postgresql_payment_adapter
from tests.contract.refund_adapters import refund_adapter
from tests.worlds.sql_bank import SqlBank


@pytest.fixture
def disputes(bank: SqlBank, tmp_path: Path) -> DisputeAdapter:
    return dispute_adapter(refund_adapter(postgresql_payment_adapter(bank, tmp_path)))


def test_workers_that_are_told_at_once_take_the_money_once(disputes: DisputeAdapter) -> None:
    payments = disputes.refunds.payments
    payment = payments.paid("900.00")
    for status in DisputeStanding:
        disputes.let_be(payment, status, taken="100.00", fee="15.00")
        body, headers = disputes.provider.webhook_about(DISPUTE_ID)
        assert payments.receive(payments.config.id, body, headers)

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(disputes.heed_all) for _ in range(4)]
        assert sum(each.result() for each in done) == 4

    assert disputes.latest().status is DisputeStatus.LOST
    assert len(disputes.queries.list_disputes(limit=9)) == 1
    assert disputes.balances() == ("785.00", "-800.00", "15.00", "0.00")


def test_workers_that_ask_at_once_give_the_money_back_once(disputes: DisputeAdapter) -> None:
    payments = disputes.refunds.payments
    payment = payments.paid("100.00")
    disputes.opened(payment, taken="100.00")
    disputes.let_be(payment, DisputeStanding.WON, taken="100.00", back="100.00")
    payments.let_time_pass(ASKED_EVERY)

    with ThreadPoolExecutor(4) as threads:
        steps = (disputes.ask_all, disputes.tell, disputes.ask_all, disputes.heed_all)
        for done in [threads.submit(step) for step in steps]:
            done.result()

    assert disputes.balances() == ("100.00", "-100.00", "0.00", "0.00")


def test_refunds_and_a_dispute_at_once_never_take_more_without_a_person(disputes: DisputeAdapter) -> None:
    payments = disputes.refunds.payments
    payment = payments.paid("100.00")
    payments.paid("900.00")
    disputes.let_be(payment, taken="100.00")

    with ThreadPoolExecutor(6) as threads:
        told = threads.submit(disputes.tell)
        asked = [threads.submit(disputes.refunds.try_to_give, payment.id, "10.00") for _ in range(5)]
        told.result()
        given = [each for each in (every.result() for every in asked) if isinstance(each, Accepted)]

    assert (disputes.latest().problem == "exceeds_payment") == bool(given)
    assert not isinstance(disputes.refunds.try_to_give(payment.id, "0.01"), Accepted)


def test_what_ended_stays_as_it_ended_whoever_writes(disputes: DisputeAdapter, bank: SqlBank) -> None:
    disputes.let_be(disputes.refunds.payments.paid(), DisputeStanding.LOST, taken="100.00")
    disputes.tell()

    for change in (
        "UPDATE bankcore.disputes SET status = 'won'",
        "UPDATE bankcore.disputes SET status = 'under_review', ended_at = NULL",
        "DELETE FROM bankcore.disputes",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bank.scratch.execute(change)
