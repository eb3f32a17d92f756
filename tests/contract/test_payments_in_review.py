"""What persons do about payments that need review, on both adapters: never twice, and never against what is settled."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import ForbiddenError, InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore.money import Money
from bankcore.origin import Origin
from bankcore.payments.ask import NOT_SETTLED
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.payments import ASKED_AFTER, Payment, PaymentStatus
from bankcore.payments.postings import ProviderAccount
from bankcore.payments.review import PaymentVerdict, ResolvePayment
from bankcore.payments.settle import CONTRADICTED, PAID_AFTER_END
from bankcore.providers.answers import ChargeAccepted, Declined, NotExecuted, RedirectPayer, Unknown
from bankcore.providers.states import ChargeStatus
from tests.contract.payment_adapters import NOWHERE, PaymentAdapter, answered
from tests.worlds.values import npr

OPERATOR = Origin(actor_type="user", actor_id="operator", key_scope="operator")
COMPLETED, FAILED = PaymentVerdict.COMPLETED, PaymentVerdict.FAILED
Said = Accepted[Payment] | Rejected


def unknown(payments: PaymentAdapter) -> Payment:
    """A payment of which the provider does not say how it ended."""
    payments.provider.answer_next(Unknown("time-out"), happened=True)
    payments.provider.silence = Unknown("time-out")
    return payments.paid()


def left_to_a_person(payments: PaymentAdapter) -> Payment:
    """A payment after the last question."""
    payment = unknown(payments)
    for pause in ASKED_AFTER:
        payments.let_time_pass(pause)
        payments.ask_all()
    return payment


def waiting(payments: PaymentAdapter) -> Payment:
    """A payment whose payer has to act."""
    page = RedirectPayer("https://provider.example/pay/7")
    payments.provider.answer_next(
        ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION, next_action=page)
    )
    return payments.paid()


def paid_after_end(payments: PaymentAdapter) -> Payment:
    """A payment that was called off, and paid all the same."""
    payment = waiting(payments)
    payments.call_off(payment.id)
    payments.provider.settle(payment.attempt.reference, ChargeStatus.SUCCEEDED)
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(payment).problem == PAID_AFTER_END
    return payment


def resolve(payments: PaymentAdapter, payment: Payment, verdict: PaymentVerdict, *, key: str | None = None) -> Said:
    command = ResolvePayment(payment.id, verdict, reason="Seen in the provider's list", evidence="case 17")
    return answered(lambda: payments.review.resolve(command, origin=OPERATOR, idempotency_key=key))


@pytest.mark.parametrize("verdict", PaymentVerdict)
def test_nobody_settles_a_payment_on_an_account_of_his_own(payments: PaymentAdapter, verdict: PaymentVerdict) -> None:
    payment = payments.now(left_to_a_person(payments))
    owner = Origin(actor_type="user", actor_id=payment.owner_id, key_scope=payment.owner_id)
    command = ResolvePayment(payment.id, verdict, reason="Seen in the provider's list")

    refused = answered(lambda: payments.review.resolve(command, origin=owner))

    assert refused == Rejected(SecondPersonRequiredError())
    assert payments.now(payment) == payment


def test_a_caller_may_refuse_what_would_be_posted_and_nothing_else(payments: PaymentAdapter) -> None:
    payment = payments.now(left_to_a_person(payments))
    asked: list[Money] = []

    def refuse(amounts: Sequence[Money]) -> None:
        asked.extend(amounts)
        raise ForbiddenError

    def said(verdict: PaymentVerdict) -> Said:
        command = ResolvePayment(payment.id, verdict, reason="Seen in the provider's list")
        return answered(lambda: payments.review.resolve(command, origin=OPERATOR, check_amount=refuse))

    assert said(COMPLETED) == Rejected(ForbiddenError())
    assert (payments.now(payment), asked) == (payment, [payment.amount])
    assert isinstance(said(FAILED), Accepted)


def ask(payments: PaymentAdapter, payment: Payment) -> Said:
    return answered(lambda: payments.review.ask(payment.id, origin=OPERATOR))


def tell(payments: PaymentAdapter, payment: Payment) -> None:
    """The provider tells how the order of that payment stands."""
    body, headers = payments.provider.webhook_about(payment.attempt.reference)
    assert payments.receive(payments.config.id, body, headers)
    assert payments.heed_all() == 1


def refused_in(said: Said) -> str:
    assert isinstance(said, Rejected)
    assert isinstance(said.reason, InvalidStateError)
    return str(said.reason.state)


def test_a_provider_is_asked_at_once_when_a_person_wants_it_however_often_it_was(payments: PaymentAdapter) -> None:
    payment = left_to_a_person(payments)
    payments.provider.silence = None
    assert payments.ask_all() == 0

    said = ask(payments, payment)

    assert isinstance(said, Accepted)
    assert payments.ask_all() == 1
    settled = payments.now(payment)
    assert (settled.status, settled.review_since) == (PaymentStatus.COMPLETED, None)
    (asked,) = [each for each in payments.queries.list_steps(payment.id) if each.action.name == "payment.asked"]
    assert asked.actor == "user:operator"


def test_nobody_is_asked_about_what_is_settled(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(ChargeAccepted(provider_id="ch_7", status=ChargeStatus.SUCCEEDED))
    payment = payments.paid()

    assert refused_in(ask(payments, payment)) == "completed"
    assert payments.ask_all() == 0


def test_a_person_completes_a_payment_and_the_provider_who_says_so_later_moves_nothing(
    payments: PaymentAdapter,
) -> None:
    payment = left_to_a_person(payments)

    said = resolve(payments, payment, COMPLETED)

    assert isinstance(said, Accepted)
    assert said.value == payments.now(payment)
    assert (said.value.status, said.value.attempt.status) == (PaymentStatus.COMPLETED, AttemptStatus.SUCCEEDED)
    assert (said.value.problem, said.value.review_since, said.value.due_at) == (None, None, None)
    payments.provider.silence = None
    tell(payments, payment)
    payments.let_time_pass(timedelta(days=9))
    assert payments.ask_all() == 0
    assert payments.balance() == "100.00"
    assert payments.balance_at(ProviderAccount.CLEARING) == "-100.00"
    last = payments.queries.list_steps(payment.id)[-1]
    assert (last.action.name, last.reason) == ("payment.completed", "Seen in the provider's list")


def test_a_person_fails_a_payment_and_money_that_comes_all_the_same_is_not_lost(payments: PaymentAdapter) -> None:
    payment = left_to_a_person(payments)

    said = resolve(payments, payment, FAILED)

    assert isinstance(said, Accepted)
    assert (said.value.status, said.value.attempt.code) == (PaymentStatus.FAILED, "by_person")
    assert said.value.review_since is None
    assert refused_in(resolve(payments, payment, COMPLETED)) == "failed"
    assert payments.balance() == "0.00"

    tell(payments, payment)
    late = payments.now(payment)
    assert (late.status, late.problem) == (PaymentStatus.FAILED, PAID_AFTER_END)
    assert payments.balance() == "100.00"


@pytest.mark.parametrize("verdict", PaymentVerdict)
def test_what_needs_no_review_is_left_to_the_provider(payments: PaymentAdapter, verdict: PaymentVerdict) -> None:
    payment = unknown(payments)

    assert refused_in(resolve(payments, payment, verdict)) == "processing"
    assert payments.now(payment) == payment


def test_money_that_is_booked_is_looked_at_but_not_called_failed_nor_booked_again(payments: PaymentAdapter) -> None:
    payment = paid_after_end(payments)

    assert refused_in(resolve(payments, payment, FAILED)) == "canceled"
    said = resolve(payments, payment, COMPLETED)

    assert isinstance(said, Accepted)
    assert (said.value.status, said.value.problem, said.value.review_since) == (PaymentStatus.CALLED_OFF, None, None)
    assert payments.balance() == "100.00"
    assert payments.queries.list_steps(payment.id)[-1].action.name == "payment.resolved"


@pytest.mark.parametrize(("verdict", "balance"), [(COMPLETED, "100.00"), (FAILED, "0.00")])
def test_what_was_called_off_stays_so_whatever_became_of_its_order(
    payments: PaymentAdapter, verdict: PaymentVerdict, balance: str
) -> None:
    payment = waiting(payments)
    charges, reference = payments.provider.charges, payment.attempt.reference
    charges[reference] = replace(charges[reference], status=ChargeStatus.SUCCEEDED, amount=npr("1.00"))
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    payments.call_off(payment.id)

    said = resolve(payments, payment, verdict)

    assert isinstance(said, Accepted)
    assert said.value.status is PaymentStatus.CALLED_OFF
    assert said.value.attempt.status.is_over
    assert payments.balance() == balance


def test_what_ended_at_its_provider_is_only_looked_at_for_it_is_not_known_with_whom_money_is(
    payments: PaymentAdapter,
) -> None:
    first, second = payments.provider, payments.add_provider("second")
    first.answer_next(NotExecuted("not_sent", "no connection"), happened=True)
    second.answer_next(Declined(code="insufficient_funds", reason="The card has not enough money."))
    payment = payments.paid()
    ((reference, _charge),) = first.charges.items()
    body, headers = first.webhook_about(reference)
    payments.receive(payments.config.id, body, headers)
    payments.heed_all()
    assert payments.now(payment).problem == CONTRADICTED

    assert refused_in(resolve(payments, payment, COMPLETED)) == "failed"
    said = resolve(payments, payment, FAILED)

    assert isinstance(said, Accepted)
    assert (said.value.review_since, said.value.attempt.code) == (None, "insufficient_funds")


def test_a_refusal_of_the_ledger_settles_nothing_and_may_be_tried_again(payments: PaymentAdapter) -> None:
    payment = left_to_a_person(payments)
    payments.bank.ledger.execute([FreezeAccount(payments.merchant.id)])

    said = resolve(payments, payment, COMPLETED)

    assert isinstance(said, Rejected)
    assert said.reason.code == "account_frozen"
    assert payments.now(payment).problem == NOT_SETTLED
    payments.bank.ledger.execute([UnfreezeAccount(payments.merchant.id)])
    assert isinstance(resolve(payments, payment, COMPLETED), Accepted)
    assert payments.balance() == "100.00"


def test_what_waits_for_a_person_is_listed_for_longest_first_until_it_is_resolved(payments: PaymentAdapter) -> None:
    first = left_to_a_person(payments)
    second = left_to_a_person(payments)
    assert [each.id for each in payments.queries.list_in_review(limit=9)] == [first.id, second.id]
    assert [each.id for each in payments.queries.list_in_review(limit=1)] == [first.id]

    resolve(payments, first, FAILED)

    assert [each.id for each in payments.queries.list_in_review(limit=9)] == [second.id]


def test_a_verdict_that_is_sent_again_is_answered_again_and_another_one_is_not_taken(payments: PaymentAdapter) -> None:
    payment = left_to_a_person(payments)

    first = resolve(payments, payment, COMPLETED, key="verdict-1")
    again = resolve(payments, payment, COMPLETED, key="verdict-1")
    other = resolve(payments, payment, FAILED, key="verdict-1")

    assert isinstance(first, Accepted)
    assert again == Accepted(first.value, replayed=True)
    assert isinstance(other, Rejected)
    assert isinstance(other.reason, IdempotencyKeyReusedError)
    assert payments.balance() == "100.00"


@pytest.mark.parametrize(
    "do",
    [
        lambda review: review.ask(NOWHERE),
        lambda review: review.resolve(ResolvePayment(NOWHERE, COMPLETED, reason="Seen")),
    ],
    ids=["ask", "resolve"],
)
def test_a_payment_that_is_not_there_is_not_found(payments: PaymentAdapter, do: Callable[..., object]) -> None:
    with pytest.raises(NotFoundError):
        do(payments.review)


@pytest.mark.parametrize(
    ("words", "pointer"), [({"reason": " "}, "/reason"), ({"reason": "Seen", "evidence": "x" * 501}, "/evidence")]
)
def test_a_person_says_why_in_words_that_can_be_read(words: dict[str, str], pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        ResolvePayment(NOWHERE, COMPLETED, **words)

    assert refused.value.pointer == pointer
