"""What becomes of payments, on both adapters."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore.payments.ask import ASKED_LATELY, NOT_SETTLED
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.configure import WantedConfig
from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.payments.postings import ProviderAccount
from bankcore.payments.refusals import NoProviderError
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, RedirectPayer, Unknown
from bankcore.providers.states import ChargeStatus
from tests.contract.payment_adapters import NOWHERE, OTHER, PaymentAdapter
from tests.worlds.values import npr

GONE = NotExecuted("not_sent", "no connection")
PAGE = RedirectPayer("https://provider.example/pay/7")


def accepted(status: ChargeStatus, fee: str | None = None) -> ChargeAccepted:
    money = None if fee is None else npr(fee)
    page = PAGE if status is ChargeStatus.REQUIRES_ACTION else None
    return ChargeAccepted(provider_id="ch_7", status=status, next_action=page, fee=money)


def test_what_a_payer_gave_is_on_the_merchants_account_less_the_fee(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(accepted(ChargeStatus.SUCCEEDED, "2.90"))

    payment = payments.paid()

    assert payment.status is PaymentStatus.COMPLETED
    assert payments.now(payment) == payment
    assert payments.statuses(payment) == ["pending", "processing", "completed"]
    assert payments.balance() == "97.10"
    assert payments.balance_at(ProviderAccount.CLEARING) == "-100.00"
    assert payments.balance_at(ProviderAccount.FEES) == "2.90"


@pytest.mark.parametrize("fee", [None, "0.00", "100.00", "250.00"])
def test_a_fee_that_cannot_be_taken_from_the_amount_is_left_to_the_settlement(
    payments: PaymentAdapter, fee: str | None
) -> None:
    payments.provider.answer_next(accepted(ChargeStatus.SUCCEEDED, fee))

    payment = payments.paid()

    assert payment.fee is None
    assert payments.balance() == "100.00"


def test_a_payer_who_has_to_act_is_told_where_and_the_payment_waits(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(accepted(ChargeStatus.REQUIRES_ACTION))

    payment = payments.paid()

    assert payment.status is PaymentStatus.REQUIRES_ACTION
    assert payments.now(payment).attempt.next_action == PAGE
    assert payments.balance() == "0.00"

    payments.provider.settle(payment.attempt.reference, ChargeStatus.SUCCEEDED)
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(payment).status is PaymentStatus.COMPLETED
    assert payments.balance() == "100.00"


def test_an_order_that_is_declined_fails_and_tells_why(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(Declined(code="insufficient_funds", reason="The card has not enough money."))

    payment = payments.paid()

    assert payment.status is PaymentStatus.FAILED
    assert (payment.attempt.status, payment.attempt.code) == (AttemptStatus.DECLINED, "insufficient_funds")
    assert payments.ask_all() == 0


def test_what_is_unknown_is_neither_failed_nor_sent_again(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(Unknown("time-out"), happened=True)

    payment = payments.paid()

    assert payment.status is PaymentStatus.PROCESSING
    assert payment.attempt.status is AttemptStatus.UNKNOWN
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(payment).status is PaymentStatus.COMPLETED
    assert payments.balance() == "100.00"
    assert len(payments.provider.charges) == 1


def test_a_provider_that_never_says_is_asked_by_the_schedule_and_then_a_person_is(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(Unknown("time-out"), happened=False)
    payment = payments.paid()

    for pause in ASKED_AFTER:
        assert payments.now(payment).review_since is None
        assert payments.ask_all() == 0
        payments.let_time_pass(pause)
        assert payments.ask_all() == 1

    left = payments.now(payment)
    assert left.status is PaymentStatus.PROCESSING
    assert left.problem == NOT_SETTLED
    assert left.review_since is not None
    assert left.due_at is None


def test_who_reads_a_payment_has_its_provider_asked_but_not_again_and_again(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(Unknown("time-out"), happened=False)
    payment = payments.paid()
    payments.queries.hurry(payment.id, unless_asked_within=ASKED_LATELY)
    assert payments.ask_all() == 0

    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    payments.queries.hurry(payment.id, unless_asked_within=ASKED_LATELY)
    assert payments.ask_all() == 0

    payments.let_time_pass(ASKED_LATELY + timedelta(seconds=1))
    payments.queries.hurry(payment.id, unless_asked_within=ASKED_LATELY)
    assert payments.ask_all() == 1


def test_the_next_provider_is_tried_only_after_a_definite_no(payments: PaymentAdapter) -> None:
    second = payments.add_provider("second")
    payments.provider.answer_next(GONE)

    payment = payments.paid()

    assert payment.status is PaymentStatus.COMPLETED
    assert payment.attempt.number == 2
    assert len(second.charges) == 1
    assert payments.statuses(payment) == ["pending", "processing", "completed"]

    payments.provider.answer_next(Unknown("time-out"), happened=False)
    doubtful = payments.paid()
    assert doubtful.attempt.number == 1
    assert len(second.charges) == 1

    payments.provider.answer_next(Declined(code="stolen_card", reason="No."))
    assert payments.paid().status is PaymentStatus.FAILED
    assert len(second.charges) == 1


def test_who_names_a_provider_gets_that_one_alone(payments: PaymentAdapter) -> None:
    second = payments.add_provider("second")
    second.answer_next(GONE)

    answer = payments.pay(provider="second")

    assert isinstance(answer, Accepted)
    assert answer.value.status is PaymentStatus.FAILED
    assert payments.provider.charges == {}


def test_when_none_is_left_to_try_the_payment_fails(payments: PaymentAdapter) -> None:
    payments.add_provider("second").answer_next(GONE)
    payments.provider.answer_next(GONE)

    payment = payments.paid()

    assert payment.status is PaymentStatus.FAILED
    assert payment.attempt.number == 2


def test_a_request_that_is_sent_again_is_the_same_payment_as_it_is_now(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(accepted(ChargeStatus.REQUIRES_ACTION))
    first = payments.pay(key="order-7")
    assert isinstance(first, Accepted)
    payments.provider.settle(first.value.attempt.reference, ChargeStatus.SUCCEEDED)
    payments.let_time_pass(ASKED_AFTER[0])
    payments.ask_all()

    again = payments.pay(key="order-7")

    assert isinstance(again, Accepted)
    assert again.replayed
    assert again.value == payments.now(first.value)
    assert len(payments.provider.charges) == 1
    other = payments.pay("7.00", key="order-7")
    assert isinstance(other, Rejected)
    assert isinstance(other.reason, IdempotencyKeyReusedError)


def test_only_the_owner_of_an_account_takes_money_for_it(payments: PaymentAdapter) -> None:
    strange = payments.pay(origin=OTHER)

    assert isinstance(strange, Rejected)
    assert isinstance(strange.reason, NotFoundError)
    payment = payments.paid()
    with pytest.raises(NotFoundError):
        payments.queries.get_payment(payment.id, owner_id="other")
    with pytest.raises(NotFoundError):
        payments.queries.list_steps(NOWHERE)
    assert payments.queries.list_payments(owner_id="other", limit=10) == []
    assert payments.queries.list_payments(owner_id="shop", status=PaymentStatus.COMPLETED, limit=10) == [payment]
    assert payments.queries.list_payments(status=PaymentStatus.FAILED, limit=10) == []
    assert payments.queries.list_payments(before=payment.id, limit=10) == []


def test_without_a_provider_that_takes_it_nothing_is_created(payments: PaymentAdapter) -> None:
    payments.configure.change(payments.config.id, WantedConfig(is_enabled=False))

    answer = payments.pay()

    assert isinstance(answer, Rejected)
    assert answer.reason == NoProviderError(currency="NPR")
    assert payments.queries.list_payments(limit=10) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"amount": npr("1.00")}, "amount_mismatch"),
        ({"amount": None}, "amount_missing"),
        ({"reference": "somebody-elses"}, "reference_mismatch"),
    ],
)
def test_what_is_not_as_it_was_ordered_moves_nothing_and_a_person_is_asked(
    payments: PaymentAdapter, change: dict[str, object], problem: str
) -> None:
    payments.provider.answer_next(Unknown("time-out"), happened=True)
    payment = payments.paid()
    reference = payment.attempt.reference
    payments.provider.charges[reference] = replace(payments.provider.charges[reference], **change)  # type: ignore[arg-type]

    for pause in ASKED_AFTER[:2]:
        payments.let_time_pass(pause)
        payments.ask_all()

    left = payments.now(payment)
    assert left.status is PaymentStatus.PROCESSING
    assert left.problem == problem
    assert left.review_since is not None
    assert payments.balance() == "0.00"


def test_money_that_the_ledger_refuses_is_taken_as_soon_as_it_does_not(payments: PaymentAdapter) -> None:
    payments.bank.ledger.execute([FreezeAccount(payments.merchant.id)])

    payment = payments.paid()

    assert payment.status is PaymentStatus.PROCESSING
    assert payment.problem == "account_frozen"
    payments.bank.ledger.execute([UnfreezeAccount(payments.merchant.id)])
    payments.let_time_pass(ASKED_AFTER[0])
    payments.ask_all()
    left = payments.now(payment)
    assert (left.status, left.problem, left.review_since) == (PaymentStatus.COMPLETED, None, None)
    assert payments.balance() == "100.00"
    assert AccountStatus.ACTIVE is payments.bank.queries.get_account(payments.merchant.id).status
