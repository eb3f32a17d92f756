"""Payments pass over a provider that fails again and again, on both adapters."""

from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.circuit import FAILURES_IN_A_ROW, OPEN_FOR
from bankcore.payments.create import ProvidersUnavailableError
from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, Unknown
from bankcore.providers.states import ChargeStatus
from tests.contract.payment_adapters import PaymentAdapter

TAKEN = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.SUCCEEDED)


def fail(payments: PaymentAdapter) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        payments.provider.answer_next(NotExecuted("not_sent", "no connection"))
        payments.paid()


def test_a_provider_that_fails_is_passed_over_until_a_probe_succeeds(payments: PaymentAdapter) -> None:
    second = payments.add_provider("second")
    fail(payments)
    assert len(second.charges) == FAILURES_IN_A_ROW

    passed_over = payments.paid()
    assert (passed_over.status, passed_over.attempt.number) == (PaymentStatus.COMPLETED, 1)
    assert passed_over.attempt.config_id != payments.config.id

    payments.let_time_pass(OPEN_FOR)
    payments.provider.answer_next(TAKEN)
    assert payments.paid().attempt.config_id == payments.config.id
    assert payments.paid().attempt.config_id == payments.config.id


def test_a_probe_that_fails_leaves_it_passed_over(payments: PaymentAdapter) -> None:
    payments.add_provider("second")
    fail(payments)

    payments.let_time_pass(OPEN_FOR)
    payments.provider.answer_next(NotExecuted("not_sent", "no connection"))
    assert payments.paid().attempt.number == 2
    assert payments.paid().attempt.number == 1


def test_where_all_fail_nothing_is_recorded_and_the_key_stays_free(payments: PaymentAdapter) -> None:
    fail(payments)
    before = len(payments.queries.list_payments(limit=20))

    refused = payments.pay(key="order-7")
    assert refused == Rejected(ProvidersUnavailableError())
    assert len(payments.queries.list_payments(limit=20)) == before

    payments.let_time_pass(OPEN_FOR)
    payments.provider.answer_next(TAKEN)
    answer = payments.pay(key="order-7")
    assert isinstance(answer, Accepted)
    assert answer.value.status is PaymentStatus.COMPLETED


def test_a_repeated_request_gets_its_payment_while_all_fail(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(TAKEN)
    first = payments.pay(key="order-7")
    fail(payments)

    again = payments.pay(key="order-7")

    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert (again.value, again.replayed) == (first.value, True)


def test_declines_never_count(payments: PaymentAdapter) -> None:
    for _ in range(FAILURES_IN_A_ROW + 1):
        payments.provider.answer_next(Declined(code="insufficient_funds", reason="no"))
        assert payments.paid().attempt.status is AttemptStatus.DECLINED


def test_questions_are_asked_all_the_same_and_an_answer_is_the_probe(payments: PaymentAdapter) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        payments.provider.answer_next(Unknown("time-out"), happened=True)
        payments.paid()
    assert isinstance(payments.pay(), Rejected)

    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == FAILURES_IN_A_ROW

    payments.provider.answer_next(NotExecuted("not_sent", "no connection"))
    payments.paid()
    payments.provider.answer_next(TAKEN)
    assert payments.paid().status is PaymentStatus.COMPLETED
