"""A person ends a refund of which its provider did not say how it ended, on both adapters."""

from collections.abc import Sequence

import pytest

from bankcore.errors import ForbiddenError, InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.commands import FreezeAccount
from bankcore.money import Money
from bankcore.providers.answers import Unknown
from bankcore.refunds.decide import BY_HAND, DecideRefund, RefundEnd
from bankcore.refunds.refunds import REFUND_ASKED_AFTER, PaymentRefund, PaymentRefundId, RefundStage
from tests.contract.payment_adapters import ADMIN, MERCHANT, NOWHERE
from tests.contract.refund_adapters import RefundAdapter

SILENT = Unknown("time-out")


@pytest.fixture
def refund(refunds: RefundAdapter) -> PaymentRefund:
    """A refund of 40.00 that a person is asked to look at."""
    made = refunds.give(refunds.payments.paid(), "40.00", said=SILENT, happened=False)
    refunds.payments.let_time_pass(sum(REFUND_ASKED_AFTER[1:], REFUND_ASKED_AFTER[0]))
    refunds.ask_all()
    assert refunds.now(made).review_since is not None
    return made


def test_a_person_who_found_that_it_was_given_has_the_books_follow(
    refunds: RefundAdapter, refund: PaymentRefund
) -> None:
    command = DecideRefund(refund.id, RefundEnd.SUCCEEDED, idempotency_key="found-7", reason="Seen in their list")
    assert refunds.queries.list_in_review(limit=10) == [refunds.now(refund)]
    assert refunds.queries.list_in_review(limit=0) == []

    decided = refunds.decide(command, origin=ADMIN)

    assert (decided.value.stage, decided.value.problem) == (RefundStage.SUCCEEDED, None)
    assert refunds.funds() == ("60.00", "60.00")
    assert refunds.queries.list_in_review(limit=10) == []
    again = refunds.decide(command, origin=ADMIN)
    assert (again.value, again.replayed) == (decided.value, True)
    with pytest.raises(IdempotencyKeyReusedError):
        refunds.decide(
            DecideRefund(refund.id, RefundEnd.FAILED, idempotency_key="found-7", reason="Seen in their list"),
            origin=ADMIN,
        )


def test_a_person_who_found_that_it_was_not_given_frees_the_money(
    refunds: RefundAdapter, refund: PaymentRefund
) -> None:
    decided = refunds.decide(DecideRefund(refund.id, RefundEnd.FAILED, reason="Seen in their list")).value

    assert (decided.stage, decided.code) == (RefundStage.FAILED, BY_HAND)
    assert refunds.funds() == ("100.00", "100.00")
    with pytest.raises(InvalidStateError):
        refunds.decide(DecideRefund(refund.id, RefundEnd.SUCCEEDED, reason="Seen in their list"))


def test_a_caller_may_refuse_what_would_be_taken_and_nothing_else(
    refunds: RefundAdapter, refund: PaymentRefund
) -> None:
    def refuse(amounts: Sequence[Money]) -> None:
        assert amounts == [refund.amount]
        raise ForbiddenError

    with pytest.raises(ForbiddenError):
        refunds.decide(DecideRefund(refund.id, RefundEnd.SUCCEEDED, reason="Seen"), check_amount=refuse)

    assert refunds.now(refund).stage is RefundStage.UNKNOWN
    failed = refunds.decide(DecideRefund(refund.id, RefundEnd.FAILED, reason="Seen"), check_amount=refuse)
    assert failed.value.stage is RefundStage.FAILED


def test_nobody_decides_about_a_refund_of_an_account_of_ones_own(refunds: RefundAdapter, refund: PaymentRefund) -> None:
    with pytest.raises(SecondPersonRequiredError):
        refunds.decide(DecideRefund(refund.id, RefundEnd.FAILED, reason="It is mine"), origin=MERCHANT)

    assert refunds.now(refund).stage is RefundStage.UNKNOWN


def test_what_the_books_refuse_stays_as_it_was(refunds: RefundAdapter, refund: PaymentRefund) -> None:
    refunds.payments.bank.ledger.execute([FreezeAccount(refunds.payments.merchant.id)])

    decided = refunds.decide(DecideRefund(refund.id, RefundEnd.SUCCEEDED, reason="Seen in their list")).value

    assert (decided.stage, decided.problem) == (RefundStage.UNKNOWN, "account_frozen")


def test_nobody_decides_while_the_provider_is_still_asked(refunds: RefundAdapter) -> None:
    open_one = refunds.give(refunds.payments.paid(), "40.00", said=SILENT, happened=False)

    with pytest.raises(InvalidStateError):
        refunds.decide(DecideRefund(open_one.id, RefundEnd.SUCCEEDED, reason="Seen in their list"))
    with pytest.raises(NotFoundError):
        refunds.decide(DecideRefund(PaymentRefundId(NOWHERE), RefundEnd.FAILED, reason="Seen in their list"))
    with pytest.raises(InvalidRequestError):
        DecideRefund(open_one.id, RefundEnd.FAILED, reason="")
    with pytest.raises(InvalidRequestError):
        DecideRefund(open_one.id, RefundEnd.FAILED, reason="Not there", evidence="")
    with pytest.raises(InvalidRequestError):
        DecideRefund(open_one.id, "succeeded", reason="Seen in their list")  # type: ignore[arg-type]
