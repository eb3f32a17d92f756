"""What becomes of refunds, on both adapters."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.idempotency.answers import Rejected
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.payments.ask import ASKED_LATELY, NOT_SETTLED
from bankcore.payments.payments import ASKED_AFTER
from bankcore.payments.postings import ProviderAccount
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, RefundAccepted, Unknown
from bankcore.providers.states import ChargeStatus, RefundStatus
from bankcore.refunds.refunds import REFUND_ASKED_AFTER, RefundStage
from bankcore.refunds.refusals import RefundExceedsPaymentError
from bankcore.testing.providers import IN_MEMORY_FACTS
from tests.contract.refund_adapters import RefundAdapter
from tests.worlds.values import npr

SILENT = Unknown("time-out")
AT_WORK = RefundAccepted(provider_id="re_7", status=RefundStatus.PENDING)
GONE = NotExecuted("not_sent", "no connection")
PAID_LESS_FEE = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.SUCCEEDED, fee=npr("2.90"))


def test_what_is_given_back_goes_from_the_merchant_to_what_the_provider_owes(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()

    refund = refunds.give(payment, "40.00")

    assert refund.stage is RefundStage.SUCCEEDED
    assert refunds.now(refund) == refund
    assert refunds.funds() == ("60.00", "60.00")
    assert refunds.payments.balance_at(ProviderAccount.CLEARING) == "-60.00"
    assert refunds.given(payment) == "40.00"
    assert refunds.provider.refunds[refund.reference].charge_reference == payment.attempt.reference


def test_without_an_amount_all_that_is_left_is_given_back_and_then_nothing_is(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    refunds.give(payment, "40.00")

    assert refunds.give(payment).amount == npr("60.00")

    nothing = RefundExceedsPaymentError(
        captured=npr("100.00"), refunded=npr("100.00"), disputed=npr("0.00"), available=npr("0.00")
    )
    assert refunds.try_to_give(payment.id) == Rejected(nothing)
    assert refunds.try_to_give(payment.id, "0.01") == Rejected(nothing)
    assert refunds.funds() == ("0.00", "0.00")
    assert refunds.payments.balance_at(ProviderAccount.CLEARING) == "0.00"


def test_the_fee_of_the_provider_is_the_merchants_loss(refunds: RefundAdapter) -> None:
    refunds.provider.answer_next(PAID_LESS_FEE)
    payment = refunds.payments.paid()

    refused = refunds.try_to_give(payment.id)
    assert isinstance(refused, Rejected)
    assert isinstance(refused.reason, InsufficientFundsError)
    assert refunds.provider.refunds == {}

    refunds.payments.paid("10.00")
    refunds.give(payment)
    assert refunds.funds() == ("7.10", "7.10")


def test_money_is_set_aside_until_the_provider_says_how_it_ended(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()

    refund = refunds.give(payment, "40.00", said=AT_WORK)

    assert (refund.stage, refund.provider_id) == (RefundStage.PROCESSING, "re_7")
    assert refunds.funds() == ("100.00", "60.00")
    assert refunds.given(payment) == "0.00"
    assert isinstance(refunds.try_to_give(payment.id, "60.01"), Rejected)

    refunds.provider.settle_refund(refund.reference, RefundStatus.SUCCEEDED)
    refunds.payments.let_time_pass(ASKED_AFTER[0])
    assert refunds.ask_all() == 1
    assert refunds.now(refund).stage is RefundStage.SUCCEEDED
    assert refunds.funds() == ("60.00", "60.00")


@pytest.mark.parametrize("said", [Declined(code="too_old", reason="No."), GONE])
def test_a_refund_that_was_declined_or_never_left_gives_the_money_free(
    refunds: RefundAdapter, said: Declined | NotExecuted
) -> None:
    payment = refunds.payments.paid()

    refund = refunds.give(payment, "40.00", said=said)

    assert (refund.stage, refund.code) == (RefundStage.FAILED, said.code)
    assert refunds.funds() == ("100.00", "100.00")
    assert refunds.give(payment).amount == npr("100.00")


@pytest.mark.parametrize("happened", [True, False])
def test_what_is_unknown_keeps_the_money_and_is_never_sent_again(refunds: RefundAdapter, *, happened: bool) -> None:
    payment = refunds.payments.paid()

    refund = refunds.give(payment, "40.00", said=SILENT, happened=happened)

    assert refund.stage is RefundStage.UNKNOWN
    assert refunds.funds() == ("100.00", "60.00")
    refunds.payments.let_time_pass(ASKED_AFTER[0])
    assert refunds.ask_all() == 1
    assert refunds.now(refund).stage is (RefundStage.SUCCEEDED if happened else RefundStage.UNKNOWN)
    assert len(refunds.provider.refunds) == happened


def test_a_refund_that_fails_later_gives_the_money_free(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    refund = refunds.give(payment, said=AT_WORK)
    refunds.provider.settle_refund(refund.reference, RefundStatus.FAILED)

    refunds.payments.let_time_pass(ASKED_AFTER[0])
    refunds.ask_all()

    assert refunds.now(refund).stage is RefundStage.FAILED
    assert refunds.funds() == ("100.00", "100.00")


def test_an_answer_that_says_no_status_leaves_it_as_it_was_sent(refunds: RefundAdapter) -> None:
    said = RefundAccepted(provider_id="re_9", status=RefundStatus.NOT_FOUND)

    refund = refunds.give(refunds.payments.paid(), said=said)

    assert (refund.stage, refund.provider_id) == (RefundStage.SENT, "re_9")
    refunds.payments.let_time_pass(ASKED_AFTER[0])
    refunds.ask_all()
    assert refunds.now(refund).provider_id == "re_9"


def test_a_provider_that_never_says_is_asked_by_the_schedule_and_then_a_person_is(refunds: RefundAdapter) -> None:
    refund = refunds.give(refunds.payments.paid(), said=SILENT, happened=False)
    refunds.provider.silence = SILENT

    for pause in REFUND_ASKED_AFTER:
        assert refunds.now(refund).review_since is None
        assert refunds.ask_all() == 0
        refunds.payments.let_time_pass(pause)
        assert refunds.ask_all() == 1

    left = refunds.now(refund)
    assert (left.stage, left.problem, left.due_at) == (RefundStage.UNKNOWN, NOT_SETTLED, None)
    assert left.review_since is not None
    assert refunds.funds() == ("100.00", "0.00")


def test_who_reads_an_open_refund_has_its_provider_asked_but_not_again_and_again(refunds: RefundAdapter) -> None:
    refund = refunds.give(refunds.payments.paid(), said=SILENT, happened=True)
    refunds.queries.hurry_refund(refund.id, unless_asked_within=ASKED_LATELY)
    assert refunds.ask_all() == 0

    refunds.payments.let_time_pass(ASKED_LATELY - timedelta(seconds=1))
    refunds.queries.hurry_refund(refund.id, unless_asked_within=timedelta(minutes=1))
    assert refunds.ask_all() == 1
    refunds.queries.hurry_refund(refund.id, unless_asked_within=timedelta(0))
    assert refunds.ask_all() == 0


def test_a_provider_that_tells_nothing_of_refunds_leaves_the_unknown_to_a_person(refunds: RefundAdapter) -> None:
    payment = refunds.payments.paid()
    refunds.provider.become(replace(IN_MEMORY_FACTS, has_refund_status=False))
    refund = refunds.give(payment, said=SILENT, happened=True)

    refunds.payments.let_time_pass(ASKED_AFTER[0])
    assert refunds.ask_all() == 1

    left = refunds.now(refund)
    assert (left.stage, left.problem, left.due_at) == (RefundStage.UNKNOWN, "cannot_be_asked", None)
    assert refunds.provider.asked == 0
