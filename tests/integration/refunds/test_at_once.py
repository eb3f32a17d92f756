"""Refunds that many order at once, on real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from bankcore.errors import InvalidStateError
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.payments.payments import ASKED_AFTER
from bankcore.payments.postings import ProviderAccount
from bankcore.providers.answers import Unknown
from bankcore.refunds.decide import DecideRefund, RefundEnd
from bankcore.refunds.refunds import REFUND_ASKED_AFTER, RefundStage
from bankcore.refunds.refusals import RefundExceedsPaymentError
from tests.contract.payment_adapters import postgresql_payment_adapter
from tests.contract.refund_adapters import RefundAdapter, refund_adapter
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr


@pytest.fixture
def refunds(bank: SqlBank, tmp_path: Path) -> RefundAdapter:
    return refund_adapter(postgresql_payment_adapter(bank, tmp_path))


def test_twenty_who_refund_one_payment_at_once_give_back_exactly_what_was_paid(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid("100.00")
    refunds.payments.paid("900.00")

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _number: refunds.try_to_give(payment.id, "10.00"), range(20)))

    refused = [each.reason for each in answers if isinstance(each, Rejected)]
    nothing = RefundExceedsPaymentError(
        captured=npr("100.00"), refunded=npr("100.00"), disputed=npr("0.00"), available=npr("0.00")
    )
    assert refused == [nothing] * 10
    assert refunds.given(payment) == "100.00"
    assert len(refunds.provider.refunds) == 10
    assert refunds.funds() == ("900.00", "900.00")
    assert refunds.payments.balance_at(ProviderAccount.CLEARING) == "-900.00"


def test_one_request_that_comes_many_times_at_once_is_one_refund(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _number: refunds.try_to_give(payment.id, "10.00", key="return-7"), range(6)))

    made = {each.value.id for each in answers if isinstance(each, Accepted)}
    assert len(made) == len(refunds.provider.refunds) == 1
    assert refunds.funds() == ("90.00", "90.00")


def test_workers_that_ask_at_once_take_the_money_once(refunds: RefundAdapter) -> None:
    refund = refunds.give(refunds.payments.paid(), "40.00", said=Unknown("time-out"), happened=True)
    refunds.tell(refund.reference)
    refunds.payments.let_time_pass(ASKED_AFTER[0])

    with ThreadPoolExecutor(4) as threads:
        steps = (refunds.ask_all, refunds.heed_all, refunds.ask_all, refunds.heed_all)
        for done in [threads.submit(step) for step in steps]:
            done.result()
    refunds.ask_all()

    assert refunds.now(refund).transaction_id is not None
    assert refunds.funds() == ("60.00", "60.00")


def test_many_who_say_at_once_how_it_ended_end_it_once(refunds: RefundAdapter) -> None:
    refund = refunds.give(refunds.payments.paid(), "40.00", said=Unknown("time-out"), happened=False)
    refunds.payments.let_time_pass(sum(REFUND_ASKED_AFTER[1:], REFUND_ASKED_AFTER[0]))
    refunds.ask_all()

    def say(number: int) -> str:
        end = RefundEnd.FAILED if number % 2 else RefundEnd.SUCCEEDED
        try:
            return refunds.decide(DecideRefund(refund.id, end, reason="Seen in their list")).value.stage.value
        except InvalidStateError:
            return "too late"

    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(say, range(6)))

    left = refunds.now(refund).stage
    assert sorted(said) == sorted([left.value, *["too late"] * 5])
    assert refunds.funds()[0] == ("60.00" if left is RefundStage.SUCCEEDED else "100.00")


def test_what_ended_stays_as_it_ended_whoever_writes(refunds: RefundAdapter, bank: SqlBank) -> None:
    refunds.give(refunds.payments.paid())

    for change in (
        "UPDATE bankcore.refunds SET status = 'failed', transaction_id = NULL",
        "UPDATE bankcore.refunds SET status = 'sent', ended_at = NULL, transaction_id = NULL",
        "DELETE FROM bankcore.refunds",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bank.scratch.execute(change)
