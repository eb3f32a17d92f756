"""What providers tell of refunds, and what happens when books, holds and answers contradict each other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import InvalidStateError
from bankcore.idempotency.answers import Rejected
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore.payments.circuit import FAILURES_IN_A_ROW, OPEN_FOR
from bankcore.payments.payments import ASKED_AFTER, Payment
from bankcore.payments.refusals import ProvidersUnavailableError
from bankcore.payments.settle import CONTRADICTED
from bankcore.providers.answers import NotExecuted, RefundAccepted, Unknown
from bankcore.providers.states import RefundState, RefundStatus
from bankcore.refunds.create import RefundPayment
from bankcore.refunds.decide import DecideRefund, RefundEnd
from bankcore.refunds.refunds import PaymentRefund, RefundStage
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.unit_of_work import Disturbance
from tests.contract.payment_adapters import ADMIN, NOWHERE
from tests.contract.refund_adapters import RefundAdapter
from tests.worlds.values import npr

AT_WORK = RefundAccepted(provider_id="re_7", status=RefundStatus.PENDING)


@pytest.fixture
def payment(refunds: RefundAdapter) -> Payment:
    """A payment of 100.00."""
    return refunds.payments.paid()


@pytest.fixture
def refund(refunds: RefundAdapter, payment: Payment) -> PaymentRefund:
    """A refund of 40.00 that the provider works on."""
    return refunds.give(payment, "40.00", said=AT_WORK)


def let_be(refunds: RefundAdapter, refund: PaymentRefund, **changes: object) -> None:
    """Change what the provider has of the refund."""
    states = refunds.provider.refunds
    states[refund.reference] = replace(states[refund.reference], **changes)  # type: ignore[arg-type]


def test_what_a_provider_tells_of_a_refund_is_a_hint_to_ask_it(refunds: RefundAdapter, refund: PaymentRefund) -> None:
    refunds.provider.settle_refund(refund.reference, RefundStatus.SUCCEEDED)

    assert refunds.tell(refund.reference)
    assert refunds.payments.heed_all() == 0
    assert refunds.heed_all() == 1

    assert refunds.now(refund).stage is RefundStage.PROCESSING
    assert refunds.ask_all() == 1
    assert refunds.now(refund).stage is RefundStage.SUCCEEDED
    assert not refunds.tell(refund.reference)
    assert refunds.heed_all() == 0


def test_a_provider_that_names_the_charge_alone_is_asked_for_its_open_refunds(
    refunds: RefundAdapter, payment: Payment, refund: PaymentRefund
) -> None:
    ended = refunds.give(payment, "1.00")
    parsed = refunds.provider.refunds[refund.reference]
    refunds.provider.settle_refund(refund.reference, RefundStatus.SUCCEEDED)
    refunds.provider.refunds["told"] = replace(parsed, reference=None, status=RefundStatus.SUCCEEDED)

    assert refunds.tell("told")
    assert refunds.heed_all() == 1

    assert refunds.ask_all() == 1
    assert refunds.now(refund).stage is RefundStage.SUCCEEDED
    assert refunds.now(ended) == ended


@pytest.mark.parametrize("state", ["somebody-elses", str(NOWHERE), None])
def test_news_of_a_refund_that_is_not_ours_moves_nothing(
    refunds: RefundAdapter, refund: PaymentRefund, state: str | None
) -> None:
    strange = RefundState(
        status=RefundStatus.SUCCEEDED, reference=state, provider_id=None, charge_reference=state, amount=npr("40.00")
    )
    refunds.provider.refunds["told"] = strange

    assert refunds.tell("told") == (state is not None)

    assert refunds.heed_all() == (state is not None)
    assert refunds.ask_all() == 0
    assert refunds.now(refund) == refund


def test_what_another_provider_says_of_a_refund_moves_nothing(
    refunds: RefundAdapter, payment: Payment, refund: PaymentRefund
) -> None:
    second = refunds.payments.add_provider("second")
    (config,) = [each for each in refunds.payments.configs.list_configs() if each.name == "second"]
    told = refunds.provider.refunds[refund.reference]
    for name, state in (("told", told), ("alone", replace(told, reference=None))):
        second.refunds[name] = state
        body, headers = second.webhook_about(name)
        assert refunds.payments.receive(config.id, body, headers)
    assert payment.attempt.config_id != config.id

    assert refunds.heed_all() == 2

    assert refunds.ask_all() == 0


def test_news_that_nobody_can_read_any_more_is_ended(refunds: RefundAdapter, refund: PaymentRefund) -> None:
    assert refunds.tell(refund.reference)
    told = refunds.provider.refunds.pop(refund.reference)

    assert refunds.heed_all() == 1

    assert told.reference == refund.reference
    assert refunds.ask_all() == 0


def test_a_refund_that_the_provider_takes_back_is_for_a_person(refunds: RefundAdapter, payment: Payment) -> None:
    refund = refunds.give(payment, "40.00")
    refunds.provider.settle_refund(refund.reference, RefundStatus.FAILED)

    refunds.tell(refund.reference)
    refunds.heed_all()
    assert refunds.ask_all() == 1

    left = refunds.now(refund)
    assert (left.stage, left.problem, left.due_at) == (RefundStage.SUCCEEDED, CONTRADICTED, None)
    assert left.review_since is not None
    assert refunds.funds() == ("60.00", "60.00")


def test_a_refund_that_ended_as_the_provider_says_stays_as_it_is(refunds: RefundAdapter, payment: Payment) -> None:
    refund = refunds.give(payment, "40.00")

    refunds.tell(refund.reference)
    refunds.heed_all()
    assert refunds.ask_all() == 1

    assert replace(refunds.now(refund), asked_at=None) == refund


def test_what_is_not_as_it_was_ordered_moves_nothing_and_a_person_is_asked(
    refunds: RefundAdapter, refund: PaymentRefund
) -> None:
    let_be(refunds, refund, status=RefundStatus.SUCCEEDED, amount=npr("1.00"))

    for pause in ASKED_AFTER[:2]:
        refunds.payments.let_time_pass(pause)
        assert refunds.ask_all() == 1

    left = refunds.now(refund)
    assert (left.stage, left.problem) == (RefundStage.PROCESSING, "amount_mismatch")
    assert left.review_since is not None
    assert refunds.funds() == ("100.00", "60.00")


def test_a_hold_that_somebody_ended_does_not_keep_the_books_from_following(
    refunds: RefundAdapter, refund: PaymentRefund
) -> None:
    refunds.void_by_hand(refund)
    refunds.provider.settle_refund(refund.reference, RefundStatus.SUCCEEDED)

    refunds.payments.let_time_pass(ASKED_AFTER[0])
    refunds.ask_all()

    assert refunds.now(refund).stage is RefundStage.SUCCEEDED
    assert refunds.funds() == ("60.00", "60.00")


def test_what_the_ledger_refuses_is_posted_as_soon_as_it_does_not(
    refunds: RefundAdapter, refund: PaymentRefund
) -> None:
    ledger, merchant = refunds.payments.bank.ledger, refunds.payments.merchant
    ledger.execute([FreezeAccount(merchant.id)])
    refunds.provider.settle_refund(refund.reference, RefundStatus.SUCCEEDED)
    refunds.payments.let_time_pass(ASKED_AFTER[0])
    refunds.ask_all()
    assert (refunds.now(refund).stage, refunds.now(refund).problem) == (RefundStage.PROCESSING, "account_frozen")

    ledger.execute([UnfreezeAccount(merchant.id)])
    refunds.payments.let_time_pass(ASKED_AFTER[1])
    refunds.ask_all()

    left = refunds.now(refund)
    assert (left.stage, left.problem, left.review_since) == (RefundStage.SUCCEEDED, None, None)


def test_what_was_sent_when_the_database_went_away_is_found_out_by_asking(
    refunds: RefundAdapter, payment: Payment
) -> None:
    bank = refunds.payments.bank
    if not isinstance(bank, InMemoryBank):
        return
    give = refunds.provider.refund_payment

    def give_and_lose(order: object) -> object:
        bank.units.disturb_next(Disturbance.UNAVAILABLE)
        return give(order)  # type: ignore[arg-type]

    refunds.provider.refund_payment = give_and_lose  # type: ignore[method-assign, assignment]
    refund = refunds.give(payment, "40.00")
    assert refund.stage is RefundStage.SENT

    refunds.payments.let_time_pass(ASKED_AFTER[0] + timedelta(seconds=1))
    refunds.ask_all()

    assert refunds.now(refund).stage is RefundStage.SUCCEEDED


def test_a_question_about_a_refund_that_fails_where_a_probe_is_needed_leaves_the_provider_alone(
    refunds: RefundAdapter, payment: Payment, refund: PaymentRefund
) -> None:
    refunds.payments.let_time_pass(ASKED_AFTER[0] - OPEN_FOR)
    for _ in range(FAILURES_IN_A_ROW):
        refunds.give(payment, "1.00", said=NotExecuted("not_sent", "no connection"))
    refunds.payments.let_time_pass(OPEN_FOR)
    refunds.provider.silence = Unknown("time-out")

    assert refunds.ask_all() == 1

    assert refunds.now(refund).stage is RefundStage.PROCESSING
    assert refunds.try_to_give(payment.id, "1.00") == Rejected(ProvidersUnavailableError())


def test_of_two_due_refunds_that_at_a_busy_provider_is_passed_over(
    refunds: RefundAdapter, refund: PaymentRefund
) -> None:
    payments = refunds.payments
    second = payments.add_provider("second")
    there = payments.create(payments.order(provider="second")).value
    second.answer_next(AT_WORK)
    other = refunds.refund(RefundPayment(there.id, reason="sent back")).value
    payments.let_time_pass(ASKED_AFTER[0])

    taken = refunds.ask.take_next(passing_over=[payments.config.id])

    assert taken is not None
    assert taken.refund.id == other.id
    assert refunds.ask.take_next(passing_over=[payments.config.id]) is None
    assert refunds.ask_all() == 1
    assert refunds.now(refund).asked_at is not None


def test_a_refund_that_is_contradicted_needs_nobody_once_a_person_has_looked(
    refunds: RefundAdapter, payment: Payment
) -> None:
    refund = refunds.give(payment, "40.00")
    refunds.provider.settle_refund(refund.reference, RefundStatus.FAILED)
    refunds.tell(refund.reference)
    refunds.heed_all()
    refunds.ask_all()
    with pytest.raises(InvalidStateError):
        refunds.decide(DecideRefund(refund.id, RefundEnd.FAILED, reason="They gave nothing back"), origin=ADMIN)

    decided = refunds.decide(DecideRefund(refund.id, RefundEnd.SUCCEEDED, reason="It did arrive"), origin=ADMIN).value

    assert (decided.stage, decided.problem, decided.review_since) == (RefundStage.SUCCEEDED, None, None)
    assert refunds.now(refund) == decided
    assert refunds.funds() == ("60.00", "60.00")
    assert refunds.ask_all() == 0
