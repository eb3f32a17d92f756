"""Payments pass over a provider that fails again and again, on both adapters."""

from dataclasses import replace

import pytest

from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.money import Currency
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.circuit import FAILURES_IN_A_ROW, OPEN_FOR
from bankcore.payments.circuits import PROVIDER_UNAVAILABLE
from bankcore.payments.configurations import ProviderConfig
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.payments.refusals import ProvidersUnavailableError
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, Unknown
from bankcore.providers.states import ChargeStatus
from bankcore.testing.providers import IN_MEMORY_FACTS
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


def test_a_question_that_fails_where_a_probe_is_needed_leaves_it_passed_over(payments: PaymentAdapter) -> None:
    wait_for_a_probe(payments)
    payments.provider.silence = Unknown("time-out")

    assert payments.ask_all() == 1

    assert payments.pay() == Rejected(ProvidersUnavailableError())
    payments.let_time_pass(OPEN_FOR)
    payments.provider.answer_next(TAKEN)
    assert payments.paid().status is PaymentStatus.COMPLETED


def test_a_question_that_cannot_be_asked_says_nothing_of_the_provider(payments: PaymentAdapter) -> None:
    wait_for_a_probe(payments)
    payments.provider.become(replace(IN_MEMORY_FACTS, has_lookup_by_reference=False))
    payments.provider.silence = Unknown("it cannot be asked without its id")

    assert payments.ask_all() == 1

    payments.provider.answer_next(TAKEN)
    assert payments.paid().status is PaymentStatus.COMPLETED


@pytest.mark.parametrize("others", [0, 1])
def test_what_begins_to_fail_after_it_was_chosen_is_sent_nothing(payments: PaymentAdapter, others: int) -> None:
    """With another provider that one is asked; without, the payment failed, and its key is used."""
    if others:
        payments.add_provider("second")

    failing = [fail]

    class FailingMeanwhile(OpenProviderAccounts):
        """Opens the accounts of the provider that was chosen, which begins to fail meanwhile."""

        def __call__(self, config: ProviderConfig, currency: Currency) -> None:
            super().__call__(config, currency)
            while failing:
                failing.pop()(payments)

    meanwhile = FailingMeanwhile(payments.bank.tenant_id, payments.bank.ledger, payments.bank.queries)
    create = replace(payments.create, open_accounts=meanwhile)

    payment = create(payments.order(key="order-7")).value

    assert payment.status is (PaymentStatus.COMPLETED if others else PaymentStatus.FAILED)
    assert payment.attempt.number == 1 + others
    assert payment.attempt.code == (None if others else PROVIDER_UNAVAILABLE)
    assert payments.provider.charges == {}


def wait_for_a_probe(payments: PaymentAdapter) -> None:
    """A provider that was passed over for its time, with one payment about which it is to be asked."""
    payments.provider.answer_next(Unknown("time-out"), happened=False)
    payments.paid()
    payments.let_time_pass(ASKED_AFTER[0] - OPEN_FOR)
    fail(payments)
    payments.let_time_pass(OPEN_FOR)
