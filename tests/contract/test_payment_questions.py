"""Whose provider is asked next, on both adapters."""

from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.providers.answers import ChargeAccepted, Unknown
from bankcore.providers.states import ChargeStatus
from tests.contract.payment_adapters import PaymentAdapter


def test_payments_at_busy_configurations_are_passed_over_and_the_others_taken(payments: PaymentAdapter) -> None:
    second = payments.add_provider("second")
    for provider in (payments.provider, second, second):
        provider.answer_next(Unknown("time-out"), happened=True)
    oldest = payments.paid()
    others = [payments.create(payments.order(provider="second")).value for _ in range(2)]
    payments.let_time_pass(ASKED_AFTER[0])

    taken = payments.ask.take_next(passing_over=[payments.config.id])
    assert taken is not None
    assert taken.id == others[0].id
    assert payments.ask.take_next(passing_over=[payments.config.id, others[0].attempt.config_id]) is None

    settled = payments.ask.ask_about(taken)
    assert (settled.payment.id, settled.is_settled) == (others[0].id, True)
    next_taken = payments.ask.take_next()
    assert next_taken is not None
    assert next_taken.id == oldest.id


def test_the_name_that_a_provider_at_work_gave_it_is_kept_for_questions(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(ChargeAccepted(provider_id="ch_7", status=ChargeStatus.PENDING))

    payment = payments.paid()

    assert (payment.status, payments.now(payment).attempt.provider_id) == (PaymentStatus.PROCESSING, "ch_7")
