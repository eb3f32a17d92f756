"""What providers tell us moves payments forward, once, and only as far as it is proved, on both adapters."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import NotFoundError, UnauthenticatedError
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import NOTICE_PAUSE, NOTICE_TRIES_MAX, NoticeSubject
from bankcore.payments.payments import Payment, PaymentStatus
from bankcore.payments.settle import CONTRADICTED, PAID_AFTER_END
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, Unknown
from bankcore.providers.facts import WebhookProof
from bankcore.providers.states import ChargeStatus
from bankcore.testing.providers import IN_MEMORY_FACTS
from tests.contract.payment_adapters import NOWHERE, PaymentAdapter
from tests.worlds.values import npr

WAITING = ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION)


@pytest.fixture
def payment(payments: PaymentAdapter) -> Payment:
    """A payment whose payer has paid, of which we do not know."""
    payments.provider.answer_next(WAITING)
    waiting = payments.paid()
    payments.provider.settle(waiting.attempt.reference, ChargeStatus.SUCCEEDED, fee=npr("1.50"))
    return waiting


def tell(payments: PaymentAdapter, payment: Payment) -> bool:
    """Have the provider tell how the charge stands."""
    body, headers = payments.provider.webhook_about(payment.attempt.reference)
    return payments.receive(payments.config.id, body, headers)


def test_a_payment_is_completed_by_what_its_provider_tells(payments: PaymentAdapter, payment: Payment) -> None:
    assert tell(payments, payment)
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION

    assert payments.heed_all() == 1

    assert payments.now(payment).status is PaymentStatus.COMPLETED
    assert payments.balance() == "98.50"
    assert payments.provider.asked == 0


def test_what_the_provider_said_is_kept_until_it_is_worked_on_and_no_longer(
    payments: PaymentAdapter, payment: Payment
) -> None:
    tell(payments, payment)
    body, _headers = payments.provider.webhook_about(payment.attempt.reference)
    assert payments.bodies_of_notices() == [body]

    assert payments.heed_all() == 1

    assert payments.bodies_of_notices() == [b""]


def test_what_is_told_twice_is_stored_and_done_once(payments: PaymentAdapter, payment: Payment) -> None:
    assert tell(payments, payment)
    assert not tell(payments, payment)
    assert payments.heed_all() == 1
    assert not tell(payments, payment)
    assert payments.heed_all() == 0
    assert payments.balance() == "98.50"


def test_what_is_forged_is_refused_and_nothing_of_it_is_kept(payments: PaymentAdapter, payment: Payment) -> None:
    body, headers = payments.provider.webhook_about(payment.attempt.reference)
    forged = {name: "0" * len(value) for name, value in headers.items()}

    for sent, with_headers in ((body, forged), (body, {}), (body + b" ", headers)):
        with pytest.raises(UnauthenticatedError):
            payments.receive(payments.config.id, sent, with_headers)
    with pytest.raises(NotFoundError):
        payments.receive(ProviderConfigId(NOWHERE), body, headers)

    assert payments.heed_all() == 0
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION


def test_an_old_state_that_is_told_late_moves_nothing_back(payments: PaymentAdapter, payment: Payment) -> None:
    payments.provider.settle(payment.attempt.reference, ChargeStatus.REQUIRES_ACTION)
    old = payments.provider.webhook_about(payment.attempt.reference)
    payments.provider.settle(payment.attempt.reference, ChargeStatus.SUCCEEDED)
    tell(payments, payment)
    payments.heed_all()

    payments.receive(payments.config.id, *old)
    payments.heed_all()

    assert payments.statuses(payment) == ["pending", "processing", "requires_action", "completed"]


def test_what_does_not_fit_the_order_moves_nothing_and_a_person_is_asked(
    payments: PaymentAdapter, payment: Payment
) -> None:
    charges, reference = payments.provider.charges, payment.attempt.reference
    charges[reference] = replace(charges[reference], amount=npr("1.00"))
    tell(payments, payment)
    payments.heed_all()

    left = payments.now(payment)
    assert (left.status, left.problem) == (PaymentStatus.REQUIRES_ACTION, "amount_mismatch")
    assert payments.balance() == "0.00"


def test_one_provider_says_nothing_about_the_orders_of_another(payments: PaymentAdapter, payment: Payment) -> None:
    second = payments.add_provider("second")
    second.charges |= payments.provider.charges
    (config,) = [each for each in payments.configs.list_configs() if each.name == "second"]

    payments.receive(config.id, *second.webhook_about(payment.attempt.reference))
    payments.heed_all()

    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION


def test_a_signature_that_proves_only_the_sender_has_the_provider_asked(
    payments: PaymentAdapter, payment: Payment
) -> None:
    payments.provider.become(replace(IN_MEMORY_FACTS, webhook_proof=WebhookProof.SENDER))
    tell(payments, payment)
    payments.heed_all()
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION

    assert payments.ask_all() == 1

    assert payments.now(payment).status is PaymentStatus.COMPLETED


def test_a_provider_that_signs_nothing_is_not_believed(payments: PaymentAdapter, payment: Payment) -> None:
    payments.provider.become(replace(IN_MEMORY_FACTS, webhook_proof=WebhookProof.NOTHING))

    with pytest.raises(UnauthenticatedError):
        tell(payments, payment)


def test_money_that_comes_after_a_no_is_in_the_books_and_a_person_is_asked(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(Declined(code="refused", reason="No."), happened=True)
    failed = payments.paid()
    assert failed.status is PaymentStatus.FAILED

    tell(payments, failed)
    payments.heed_all()

    left = payments.now(failed)
    assert (left.status, left.attempt.status) == (PaymentStatus.FAILED, AttemptStatus.DECLINED)
    assert left.problem == PAID_AFTER_END
    assert left.transaction_id is not None
    assert payments.balance() == "100.00"


def test_a_provider_that_had_done_nothing_and_says_it_was_paid_is_a_matter_for_a_person(
    payments: PaymentAdapter,
) -> None:
    payments.add_provider("second")
    payments.provider.answer_next(NotExecuted("not_sent", "no connection"), happened=True)
    payment = payments.paid()
    assert payment.status is PaymentStatus.COMPLETED
    (reference,) = payments.provider.charges

    payments.receive(payments.config.id, *payments.provider.webhook_about(reference))
    payments.heed_all()

    assert payments.now(payment).problem == CONTRADICTED
    assert payments.balance() == "100.00"


def test_what_is_about_nothing_of_ours_is_taken_and_done_with(payments: PaymentAdapter, payment: Payment) -> None:
    provider = payments.provider
    provider.charges["not-ours"] = replace(provider.charges[payment.attempt.reference], reference="not-ours")
    payments.receive(payments.config.id, *provider.webhook_about("not-ours"))
    assert payments.heed_all() == 1

    provider.charges["gone"] = provider.charges[payment.attempt.reference]
    body, headers = provider.webhook_about("gone")
    del provider.charges["gone"]
    assert not payments.receive(payments.config.id, body, headers)
    assert payments.heed_all() == 0


def test_a_notice_that_nobody_finishes_is_taken_again_and_not_for_ever(
    payments: PaymentAdapter, payment: Payment
) -> None:
    tell(payments, payment)

    for tries in range(1, NOTICE_TRIES_MAX + 1):
        taken = payments.units.run(lambda unit: unit.take_due_notice(NoticeSubject.CHARGE))
        assert taken is not None
        assert taken.tries == tries
        assert payments.units.run(lambda unit: unit.take_due_notice(NoticeSubject.CHARGE)) is None
        payments.let_time_pass(NOTICE_PAUSE * (1 << tries) + timedelta(seconds=1))

    assert payments.units.run(lambda unit: unit.take_due_notice(NoticeSubject.CHARGE)) is None


def test_a_time_out_after_the_charge_is_settled_by_what_is_told(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(Unknown("time-out"), happened=True)
    payment = payments.paid()

    tell(payments, payment)
    payments.heed_all()

    assert payments.now(payment).status is PaymentStatus.COMPLETED
