"""A payer's bank takes money back: the books follow the provider once, whoever can pay, and what does not fit waits."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bankcore.disputes.disputes import ASKED_EVERY, DisputeStatus
from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore.payments.payments import Payment
from bankcore.payments.postings import ProviderAccount, provider_account_id
from bankcore.providers.disputes import DisputeStanding
from bankcore.refunds.refusals import RefundExceedsPaymentError
from tests.contract.dispute_adapters import DISPUTE_ID, DisputeAdapter
from tests.worlds.values import NPR, npr

SOON = datetime(2026, 2, 1, tzinfo=UTC)
WON, LOST = DisputeStanding.WON, DisputeStanding.LOST


@pytest.fixture
def payment(disputes: DisputeAdapter) -> Payment:
    """A payment of 100.00."""
    return disputes.refunds.payments.paid()


def test_what_the_provider_takes_is_taken_from_the_merchant_once_with_its_fee(
    disputes: DisputeAdapter, payment: Payment
) -> None:
    disputes.earn()
    disputes.let_be(payment, taken="100.00", fee="15.00", respond_by=SOON)

    assert disputes.tell()
    assert not disputes.tell()
    disputes.refunds.payments.let_time_pass(ASKED_EVERY)
    assert disputes.ask_all() == 1

    dispute = disputes.latest()
    assert (dispute.status, dispute.reason, dispute.respond_by) == (DisputeStatus.NEEDS_RESPONSE, "fraudulent", SOON)
    assert (dispute.payment_id, dispute.provider_id, dispute.problem) == (payment.id, DISPUTE_ID, None)
    assert disputes.balances() == ("85.00", "-100.00", "15.00", "0.00")


def test_one_that_is_won_gives_the_money_back_once_and_keeps_the_fee(
    disputes: DisputeAdapter, payment: Payment
) -> None:
    disputes.earn()
    disputes.opened(payment, taken="100.00", fee="15.00")
    disputes.let_be(payment, WON, taken="100.00", fee="15.00", back="100.00")

    assert disputes.tell()
    assert disputes.heed_all() == 0

    dispute = disputes.latest()
    assert (dispute.status, dispute.is_settled, dispute.due_at, dispute.problem) == (
        DisputeStatus.WON,
        True,
        None,
        None,
    )
    assert dispute.ended_at is not None
    assert disputes.balances() == ("185.00", "-200.00", "15.00", "0.00")


def test_one_that_is_lost_stays_as_it_is(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.opened(payment, taken="100.00")
    disputes.change(status=LOST)
    disputes.tell()

    assert (disputes.latest().status, disputes.latest().due_at) == (DisputeStatus.LOST, None)
    disputes.change(status=DisputeStanding.UNDER_REVIEW)
    disputes.tell()
    assert disputes.latest().status is DisputeStatus.LOST
    assert disputes.balances() == ("0.00", "0.00", "0.00", "0.00")


def test_all_that_happened_before_we_heard_of_it_is_booked_at_once(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.let_be(payment, WON, taken="100.00", back="100.00", fee="15.00", fee_back="15.00")

    disputes.tell()

    assert disputes.latest().status is DisputeStatus.WON
    assert disputes.balances() == ("100.00", "-100.00", "0.00", "0.00")


def test_an_inquiry_takes_no_money_and_goes_to_and_fro(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.opened(payment)
    disputes.change(status=DisputeStanding.UNDER_REVIEW)
    disputes.tell()
    assert disputes.latest().status is DisputeStatus.UNDER_REVIEW
    disputes.change(status=DisputeStanding.NEEDS_RESPONSE, reason=None)
    disputes.refunds.payments.let_time_pass(ASKED_EVERY)
    disputes.ask_all()
    assert (disputes.latest().status, disputes.latest().reason) == (DisputeStatus.NEEDS_RESPONSE, "fraudulent")

    disputes.change(status=WON)
    disputes.refunds.payments.let_time_pass(ASKED_EVERY)
    disputes.ask_all()

    assert (disputes.latest().status, disputes.latest().is_settled) == (DisputeStatus.WON, True)
    assert disputes.balances() == ("100.00", "-100.00", "0.00", "0.00")


def test_what_the_merchant_cannot_pay_is_owed_to_us_until_it_can(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.spend(npr("90.00"))
    dispute = disputes.opened(payment, taken="100.00", fee="15.00")
    assert dispute.problem == "insufficient_funds"
    assert dispute.review_since is not None
    assert disputes.balances() == ("10.00", "0.00", "15.00", "-115.00")
    disputes.refunds.payments.let_time_pass(ASKED_EVERY)
    disputes.ask_all()
    assert disputes.balances() == ("10.00", "0.00", "15.00", "-115.00")
    disputes.earn()
    disputes.earn()

    disputes.refunds.payments.let_time_pass(ASKED_EVERY)
    disputes.ask_all()

    assert (disputes.latest().problem, disputes.latest().review_since) == (None, None)
    assert disputes.balances() == ("95.00", "-200.00", "15.00", "0.00")
    disputes.let_be(payment, WON, taken="100.00", fee="15.00", back="100.00")
    disputes.tell()
    assert disputes.balances() == ("195.00", "-300.00", "15.00", "0.00")


def test_what_comes_back_is_ours_if_we_had_paid_it_and_the_fee_is_still_owed(
    disputes: DisputeAdapter, payment: Payment
) -> None:
    disputes.spend(npr("90.00"))
    disputes.opened(payment, taken="100.00", fee="15.00")
    disputes.let_be(payment, WON, taken="100.00", fee="15.00", back="100.00")
    disputes.tell()
    assert disputes.balances() == ("10.00", "-100.00", "15.00", "-15.00")
    assert (disputes.latest().is_settled, disputes.latest().problem) == (False, "insufficient_funds")

    disputes.earn()
    disputes.refunds.payments.let_time_pass(ASKED_EVERY)
    disputes.ask_all()

    assert disputes.balances() == ("95.00", "-200.00", "15.00", "0.00")
    assert (disputes.latest().is_settled, disputes.latest().problem) == (True, None)


def test_what_a_frozen_merchant_cannot_get_back_stays_with_us_and_a_person_is_asked(
    disputes: DisputeAdapter, payment: Payment
) -> None:
    ledger, merchant = disputes.refunds.payments.bank.ledger, disputes.refunds.payments.merchant
    disputes.opened(payment, taken="100.00")
    ledger.execute([FreezeAccount(merchant.id)])
    disputes.let_be(payment, WON, taken="100.00", back="100.00")

    disputes.tell()

    assert disputes.latest().problem == "not_passed_on"
    assert disputes.balances() == ("0.00", "-100.00", "0.00", "100.00")
    ledger.execute([UnfreezeAccount(merchant.id)])
    disputes.let_be(payment, LOST, taken="100.00", back="100.00")
    disputes.tell()
    assert disputes.latest().problem == "not_passed_on"


def test_what_the_merchant_had_paid_later_stays_with_us_too_if_the_account_takes_nothing(
    disputes: DisputeAdapter, payment: Payment
) -> None:
    ledger, merchant = disputes.refunds.payments.bank.ledger, disputes.refunds.payments.merchant
    disputes.spend(npr("90.00"))
    disputes.opened(payment, taken="100.00")
    disputes.earn()
    disputes.refunds.payments.let_time_pass(ASKED_EVERY)
    disputes.ask_all()
    ledger.execute([FreezeAccount(merchant.id)])
    disputes.let_be(payment, WON, taken="100.00", back="100.00")

    disputes.tell()

    assert (disputes.latest().is_kept, disputes.latest().problem) == (True, "not_passed_on")
    assert disputes.balances() == ("10.00", "-200.00", "0.00", "100.00")


def test_what_no_account_can_pay_is_tried_again_each_day(disputes: DisputeAdapter, payment: Payment) -> None:
    ledger, merchant = disputes.refunds.payments.bank.ledger, disputes.refunds.payments.merchant
    disputes.opened(payment, taken="100.00", dispute_id="dp_0")
    config = disputes.refunds.payments.config
    clearing = provider_account_id(disputes.refunds.payments.bank.tenant_id, config.id, ProviderAccount.CLEARING, NPR)
    ledger.execute([FreezeAccount(clearing)])
    disputes.let_be(payment, WON, taken="100.00", back="100.00", dispute_id="dp_0")
    disputes.tell("dp_0")
    assert (disputes.latest().problem, disputes.latest().reinstated) == ("account_frozen", None)
    disputes.opened(payment, taken="100.00")
    assert (disputes.latest().problem, disputes.latest().withdrawn) == ("account_frozen", None)

    ledger.execute([UnfreezeAccount(clearing)])
    disputes.refunds.payments.let_time_pass(ASKED_EVERY)
    assert disputes.ask_all() == 2

    assert [each.problem for each in disputes.queries.list_disputes(limit=9)] == [None, None]
    assert disputes.refunds.payments.bank.accounts.balance(merchant.id).balance == npr("0.00")


def test_refunds_and_disputes_that_take_more_than_was_paid_are_for_a_person(
    disputes: DisputeAdapter, payment: Payment
) -> None:
    disputes.earn()
    disputes.refunds.give(payment, "40.00")

    dispute = disputes.opened(payment, taken="100.00")

    assert (dispute.problem, dispute.withdrawn is not None) == ("exceeds_payment", True)
    assert disputes.balances() == ("60.00", "-60.00", "0.00", "0.00")
    assert [each.id for each in disputes.queries.list_in_review(limit=9)] == [dispute.id]
    disputes.let_be(payment, WON, taken="100.00", back="100.00")
    disputes.tell()
    assert disputes.latest().problem is None
    assert disputes.queries.list_in_review(limit=9) == []


def test_no_more_is_refunded_than_disputes_left(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.earn()
    disputes.opened(payment, amount="70.00", taken="70.00")

    refused = disputes.refunds.try_to_give(payment.id, "40.00")

    expected = RefundExceedsPaymentError(
        captured=npr("100.00"), refunded=npr("0.00"), disputed=npr("70.00"), available=npr("30.00")
    )
    assert isinstance(refused, Rejected)
    assert refused.reason == expected
    assert disputes.refunds.give(payment).amount == npr("30.00")


def test_disputes_are_read_by_their_owner_by_status_and_by_page(disputes: DisputeAdapter, payment: Payment) -> None:
    first = disputes.opened(payment, amount="50.00")
    second = disputes.opened(payment, amount="50.00", taken="50.00", dispute_id="dp_2")
    disputes.change("dp_2", status=LOST)
    disputes.tell("dp_2")

    queries = disputes.queries
    assert [each.id for each in queries.list_disputes(limit=9)] == [second.id, first.id]
    assert [each.id for each in queries.list_disputes(before=second.id, owner_id="shop", limit=9)] == [first.id]
    assert [each.id for each in queries.list_disputes(status=DisputeStatus.LOST, limit=9)] == [second.id]
    assert queries.list_disputes(owner_id="other", limit=9) == []
    assert queries.get_dispute(first.id, owner_id="shop") == replace(first)
    for owner_id in ("other", "nobody"):
        with pytest.raises(NotFoundError):
            queries.get_dispute(first.id, owner_id=owner_id)


def test_one_at_a_busy_provider_is_passed_over(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.opened(payment, taken="100.00")
    disputes.refunds.payments.let_time_pass(ASKED_EVERY)

    assert disputes.follow.take_next(passing_over=[payment.attempt.config_id]) is None
    assert disputes.ask_all() == 1
