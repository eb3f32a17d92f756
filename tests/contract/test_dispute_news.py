"""What a provider says of a dispute is believed as far as it fits the payment, and waited for if it is silent."""

from datetime import UTC, datetime, timedelta

import pytest

from bankcore.disputes.disputes import ASKED_FOR, DisputeStatus
from bankcore.payments.payments import Payment
from bankcore.providers.answers import Unknown
from bankcore.providers.disputes import DisputedMoney, DisputeStanding
from bankcore.providers.states import ProviderMode
from tests.contract.dispute_adapters import DISPUTE_ID, DisputeAdapter
from tests.contract.payment_adapters import NOWHERE
from tests.worlds.values import npr

SOON = datetime(2026, 2, 1, tzinfo=UTC)
WON, LOST = DisputeStanding.WON, DisputeStanding.LOST


@pytest.fixture
def payment(disputes: DisputeAdapter) -> Payment:
    """A payment of 100.00."""
    return disputes.refunds.payments.paid()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"mode": ProviderMode.LIVE}, "mode_mismatch"),
        ({"amount": npr("100.01"), "withdrawn": None}, "amount_mismatch"),
        ({"amount": None}, "amount_mismatch"),
        ({"withdrawn": DisputedMoney(npr("100.01"), npr("0"))}, "amount_mismatch"),
        ({"withdrawn": None, "reinstated": DisputedMoney(npr("1.00"), npr("0"))}, "amount_mismatch"),
        ({"reinstated": DisputedMoney(npr("60.00"), npr("0"))}, "amount_mismatch"),
        ({"reinstated": DisputedMoney(npr("50.00"), npr("1.00"))}, "amount_mismatch"),
    ],
)
def test_what_does_not_fit_the_payment_moves_nothing_more_and_waits_for_a_person(
    disputes: DisputeAdapter, payment: Payment, changes: dict[str, object], problem: str
) -> None:
    disputes.let_be(payment, amount="50.00", taken="50.00")
    disputes.change(DISPUTE_ID, **changes)

    disputes.tell()

    dispute = disputes.latest()
    assert (dispute.problem, dispute.reinstated) == (problem, None)
    assert disputes.balances()[1] == ("-50.00" if dispute.withdrawn else "-100.00")


def test_what_is_another_than_was_booked_waits_for_a_person(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.earn()
    disputes.opened(payment, taken="100.00")
    disputes.change(withdrawn=DisputedMoney(npr("90.00"), npr("0")), status=DisputeStanding.UNDER_REVIEW)
    disputes.tell()
    assert disputes.latest().problem == "amount_mismatch"
    disputes.let_be(payment, WON, taken="100.00", back="100.00")
    disputes.tell()
    assert disputes.latest().problem is None

    disputes.change(reinstated=DisputedMoney(npr("90.00"), npr("0")), status=LOST)
    disputes.tell()

    assert (disputes.latest().problem, disputes.latest().status) == ("amount_mismatch", DisputeStatus.WON)
    disputes.change(reinstated=DisputedMoney(npr("100.00"), npr("0")), reason="other")
    body, headers = disputes.provider.webhook_about(DISPUTE_ID)
    disputes.refunds.payments.receive(disputes.refunds.payments.config.id, body, headers)
    disputes.refunds.payments.let_time_pass(timedelta(minutes=1))
    disputes.heed_all()
    assert disputes.balances() == ("200.00", "-200.00", "0.00", "0.00")


def test_an_end_that_is_told_otherwise_later_is_for_a_person(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.opened(payment, taken="100.00")
    disputes.change(status=LOST)
    disputes.tell()

    disputes.change(status=WON)
    disputes.tell()

    assert (disputes.latest().status, disputes.latest().problem) == (DisputeStatus.LOST, "contradicted")


def test_a_dispute_of_another_payment_than_before_moves_nothing(disputes: DisputeAdapter, payment: Payment) -> None:
    other = disputes.refunds.payments.paid()
    disputes.opened(payment)

    disputes.let_be(other, DisputeStanding.UNDER_REVIEW, taken="100.00")
    disputes.tell()

    assert disputes.latest().problem == "reference_mismatch"
    assert disputes.balances()[0] == "200.00"


def test_a_payment_that_was_not_booked_gives_nothing(disputes: DisputeAdapter) -> None:
    disputes.provider.answer_next(Unknown("silence"), happened=True)
    payment = disputes.refunds.payments.paid()

    dispute = disputes.opened(payment, taken="100.00")

    assert (dispute.problem, dispute.withdrawn) == ("payment_not_booked", None)


@pytest.mark.parametrize("reference", ["somebody-elses", str(NOWHERE), None])
def test_a_dispute_of_what_is_no_payment_of_ours_is_nothing(
    disputes: DisputeAdapter, payment: Payment, reference: str | None
) -> None:
    disputes.let_be(payment, taken="100.00")
    disputes.change(reference=reference)

    assert disputes.tell()

    assert disputes.queries.list_disputes(limit=9) == []


def test_what_another_provider_says_of_a_payment_is_nothing(disputes: DisputeAdapter, payment: Payment) -> None:
    payments = disputes.refunds.payments
    second = payments.add_provider("second")
    (config,) = [each for each in payments.configs.list_configs() if each.name == "second"]
    second.disputes[DISPUTE_ID] = disputes.let_be(payment, taken="100.00")
    body, headers = second.webhook_about(DISPUTE_ID)
    assert payments.receive(config.id, body, headers)

    assert disputes.heed_all() == 1

    assert disputes.queries.list_disputes(limit=9) == []


def test_news_without_a_name_is_not_kept_and_news_that_nobody_can_read_is_ended(
    disputes: DisputeAdapter, payment: Payment
) -> None:
    disputes.let_be(payment)
    disputes.change(provider_id=None)
    assert not disputes.tell()
    disputes.let_be(payment, DisputeStanding.UNDER_REVIEW)
    payments = disputes.refunds.payments
    body, headers = disputes.provider.webhook_about(DISPUTE_ID)
    assert payments.receive(payments.config.id, body, headers)
    disputes.provider.disputes.clear()

    assert disputes.heed_all() == 1

    payments.let_time_pass(timedelta(hours=1))
    assert disputes.heed_all() == 0


def test_a_provider_that_is_silent_is_asked_again(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.let_be(payment, taken="100.00")
    disputes.provider.dispute_silence = Unknown("time-out")
    assert disputes.tell()
    assert disputes.queries.list_disputes(limit=9) == []

    disputes.provider.dispute_silence = None
    disputes.refunds.payments.let_time_pass(timedelta(hours=1))

    assert disputes.heed_all() == 1
    assert disputes.latest().withdrawn is not None


def test_one_that_never_ends_is_handed_to_a_person(disputes: DisputeAdapter, payment: Payment) -> None:
    disputes.opened(payment, taken="100.00")
    disputes.refunds.payments.let_time_pass(ASKED_FOR)

    assert disputes.ask_all() == 1

    assert (disputes.latest().due_at, disputes.latest().problem) == (None, "not_settled")
    assert disputes.ask_all() == 0
