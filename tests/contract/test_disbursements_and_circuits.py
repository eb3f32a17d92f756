"""What was approved waits while its provider fails again and again, on both adapters; nothing is sent twice."""

import pytest

from bankcore.disbursements.disbursements import Disbursement, DisbursementStatus
from bankcore.disbursements.follow import SENT_LATER_AFTER
from bankcore.idempotency.answers import Rejected
from bankcore.payments.circuit import FAILURES_IN_A_ROW, OPEN_FOR
from bankcore.payments.health import CircuitState
from bankcore.payments.payments import ASKED_AFTER
from bankcore.payments.refusals import ProvidersUnavailableError
from bankcore.providers.answers import Declined, NotExecuted, Unknown
from tests.contract.disbursement_adapters import ASHA, DisbursementAdapter
from tests.contract.payment_adapters import MERCHANT

NOT_SENT = NotExecuted("not_sent", "no connection")


def fail(disbursements: DisbursementAdapter) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        disbursements.provider.answer_payout(NOT_SENT)
        disbursements.followed("1.00")


def sent_to(disbursements: DisbursementAdapter) -> int:
    """How many orders came to the provider."""
    return len(disbursements.provider.payout_orders)


def test_what_was_approved_waits_while_its_provider_fails_and_is_sent_once_it_works(
    disbursements: DisbursementAdapter,
) -> None:
    fail(disbursements)

    waiting = disbursements.followed()
    assert (waiting.status, waiting.sent_at) == (DisbursementStatus.APPROVED, None)
    assert sent_to(disbursements) == FAILURES_IN_A_ROW
    assert disbursements.money == ("1000.00", "900.00")
    assert disbursements.follow_all() == 0

    disbursements.let_time_pass(OPEN_FOR)
    assert disbursements.follow_all() == 1
    assert disbursements.now(waiting).status is DisbursementStatus.PAID
    assert sent_to(disbursements) == FAILURES_IN_A_ROW + 1
    assert disbursements.money == ("900.00", "900.00")
    assert disbursements.followed().status is DisbursementStatus.PAID


def test_of_those_that_wait_one_is_the_probe_and_if_it_fails_the_others_wait_on(
    disbursements: DisbursementAdapter,
) -> None:
    fail(disbursements)
    waiting = [disbursements.followed("1.00") for _ in range(3)]
    disbursements.let_time_pass(SENT_LATER_AFTER)

    disbursements.provider.answer_payout(NOT_SENT)
    assert disbursements.follow_all() == len(waiting)

    assert sent_to(disbursements) == FAILURES_IN_A_ROW + 1
    stand = sorted(disbursements.now(each).status for each in waiting)
    assert stand == [DisbursementStatus.APPROVED, DisbursementStatus.APPROVED, DisbursementStatus.FAILED]


def test_payments_and_disbursements_of_one_configuration_are_counted_together(
    disbursements: DisbursementAdapter,
) -> None:
    fail(disbursements)

    (health,) = disbursements.payments.watch.list_health()
    assert health.state is CircuitState.OPEN
    assert disbursements.payments.pay() == Rejected(ProvidersUnavailableError())


def test_what_the_payees_bank_refuses_never_counts(disbursements: DisbursementAdapter) -> None:
    for _ in range(FAILURES_IN_A_ROW + 1):
        disbursements.provider.answer_payout(Declined(code="no_account", reason="No such account."))
        assert disbursements.followed("1.00").status is DisbursementStatus.FAILED


def unanswered(disbursements: DisbursementAdapter) -> Disbursement:
    """One whose order is unknown at a provider that needs a probe since; it is due to be asked for."""
    disbursements.provider.answer_payout(Unknown("time-out"), happened=True)
    unknown = disbursements.followed("1.00")
    disbursements.let_time_pass(ASKED_AFTER[0] - OPEN_FOR)
    fail(disbursements)
    disbursements.let_time_pass(OPEN_FOR)
    return unknown


def test_a_question_is_asked_all_the_same_and_its_answer_is_the_probe(disbursements: DisbursementAdapter) -> None:
    unknown = unanswered(disbursements)

    assert disbursements.follow_all() == 1

    assert disbursements.now(unknown).status is DisbursementStatus.PAID
    disbursements.provider.answer_payout(NOT_SENT)
    disbursements.followed("1.00")
    assert disbursements.followed("1.00").status is DisbursementStatus.PAID


def test_a_question_that_fails_where_a_probe_is_needed_lets_others_wait(disbursements: DisbursementAdapter) -> None:
    unanswered(disbursements)
    disbursements.provider.silence = Unknown("time-out")

    assert disbursements.follow_all() == 1

    assert disbursements.followed("1.00").status is DisbursementStatus.APPROVED


@pytest.mark.parametrize("is_sent", [True, False])
def test_of_two_workers_that_took_one_the_first_sends_it_and_the_other_does_not(
    disbursements: DisbursementAdapter, *, is_sent: bool
) -> None:
    """One stood still with it until it was due again. Whether it was paid or refused: it was sent once."""
    approved = disbursements.approved()
    first = disbursements.follow.take_next()
    assert first is not None
    disbursements.let_time_pass(SENT_LATER_AFTER)
    second = disbursements.follow.take_next()
    assert second is not None
    assert second.id == first.id
    if not is_sent:
        disbursements.provider.answer_payout(NOT_SENT)

    done = disbursements.follow.follow(second)
    disbursements.follow.follow(first)

    assert sent_to(disbursements) == 1
    assert disbursements.now(approved) == done
    assert done.status is (DisbursementStatus.PAID if is_sent else DisbursementStatus.FAILED)


def test_of_two_due_disbursements_that_at_a_busy_provider_is_passed_over(disbursements: DisbursementAdapter) -> None:
    disbursements.payments.add_provider("second")
    busy = disbursements.approved()
    other = disbursements.requests(disbursements.order(provider="second"), origin=MERCHANT).value
    disbursements.decide.approve(other.id, origin=ASHA)

    taken = disbursements.follow.take_next(passing_over=[busy.config_id])

    assert taken is not None
    assert taken.id == other.id
    assert disbursements.follow.take_next(passing_over=[busy.config_id]) is None
    assert disbursements.follow_all() == 1
    assert disbursements.now(busy).status is DisbursementStatus.PAID
