"""A person ends the review of a dispute, whoever reads one has its provider asked, and none exceeds what was taken."""

from datetime import timedelta

import pytest

from bankcore.disputes.disputes import ASKED_FOR, PaymentDispute, PaymentDisputeId
from bankcore.disputes.review import ResolveDispute
from bankcore.errors import InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.payments.ask import ASKED_LATELY
from tests.contract.capturing import authorized, capture
from tests.contract.dispute_adapters import DisputeAdapter
from tests.contract.payment_adapters import ADMIN, NOWHERE


@pytest.fixture
def dispute(disputes: DisputeAdapter) -> PaymentDispute:
    """A dispute that never ended, so that a person is asked."""
    disputes.opened(disputes.refunds.payments.paid(), taken="100.00")
    disputes.refunds.payments.let_time_pass(ASKED_FOR)
    disputes.ask_all()
    return disputes.latest()


def test_whoever_looked_ends_the_review_and_nothing_else(disputes: DisputeAdapter, dispute: PaymentDispute) -> None:
    before, command = disputes.balances(), ResolveDispute(dispute.id, reason="Written off", idempotency_key="k-1")

    resolved, again = disputes.resolve(command, origin=ADMIN), disputes.resolve(command, origin=ADMIN)

    assert (resolved.value.problem, resolved.value.review_since) == (None, None)
    assert resolved.value.status is dispute.status
    assert (again.value, again.replayed) == (resolved.value, True)
    assert disputes.queries.list_in_review(limit=9) == []
    assert disputes.balances() == before


def test_what_needs_no_review_or_is_still_asked_for_is_not_resolved(disputes: DisputeAdapter) -> None:
    opened = disputes.opened(disputes.refunds.payments.paid())
    with pytest.raises(InvalidStateError):
        disputes.resolve(ResolveDispute(opened.id, reason="Nothing"))
    disputes.change(amount=None)
    disputes.tell()
    disputes.refunds.payments.let_time_pass(timedelta(days=1))
    disputes.ask_all()
    assert disputes.latest().problem == "amount_mismatch"

    with pytest.raises(InvalidStateError):
        disputes.resolve(ResolveDispute(opened.id, reason="Nothing"))
    with pytest.raises(NotFoundError):
        disputes.resolve(ResolveDispute(PaymentDisputeId(NOWHERE), reason="Nothing"))


@pytest.mark.parametrize("said", [{"reason": ""}, {"reason": "x", "idempotency_key": ""}])
def test_what_says_nothing_is_no_resolution(said: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError):
        ResolveDispute(PaymentDisputeId(NOWHERE), **said)


def test_whoever_reads_a_dispute_has_its_provider_asked_unless_it_was_lately(disputes: DisputeAdapter) -> None:
    dispute = disputes.opened(disputes.refunds.payments.paid())
    disputes.queries.hurry_dispute(dispute.id, unless_asked_within=ASKED_LATELY)
    assert disputes.ask_all() == 0

    disputes.refunds.payments.let_time_pass(ASKED_LATELY + timedelta(seconds=1))
    disputes.queries.hurry_dispute(dispute.id, unless_asked_within=ASKED_LATELY)

    assert disputes.ask_all() == 1
    disputes.queries.hurry_dispute(dispute.id, unless_asked_within=ASKED_LATELY)
    assert disputes.ask_all() == 0


def test_nobody_is_asked_for_one_that_is_over(disputes: DisputeAdapter, dispute: PaymentDispute) -> None:
    disputes.queries.hurry_dispute(dispute.id, unless_asked_within=timedelta(0))

    assert disputes.ask_all() == 0


def test_no_more_is_disputed_than_was_captured(disputes: DisputeAdapter) -> None:
    payments = disputes.refunds.payments
    payment = capture(payments, authorized(payments), "60.00")

    too_much = disputes.opened(payment, amount="60.01", taken="60.01")
    rightly = disputes.opened(payment, amount="60.00", taken="60.00", dispute_id="dp_2")

    assert (too_much.problem, too_much.withdrawn) == ("amount_mismatch", None)
    assert (rightly.problem, rightly.withdrawn is not None) == (None, True)
    assert disputes.balances()[:2] == ("0.00", "0.00")
