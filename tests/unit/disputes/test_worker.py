"""The worker of disputes heeds and asks until there is nothing more."""

from bankcore.disputes.disputes import ASKED_EVERY, DisputeStatus
from bankcore.providers.disputes import DisputeStanding
from bankcore.testing import FrozenClock
from bankcore_infra.disputes.worker import dispute_steps
from tests.contract.dispute_adapters import DISPUTE_ID, dispute_adapter
from tests.contract.payment_adapters import in_memory_payment_adapter
from tests.contract.refund_adapters import refund_adapter


def test_it_heeds_what_is_told_and_asks_for_what_is_open() -> None:
    disputes = dispute_adapter(refund_adapter(in_memory_payment_adapter(FrozenClock())))
    payments = disputes.refunds.payments
    heed, ask = dispute_steps(disputes.follow)
    disputes.let_be(payments.paid(), taken="100.00")
    body, headers = disputes.provider.webhook_about(DISPUTE_ID)
    payments.receive(payments.config.id, body, headers)

    assert [heed(), heed(), ask()] == [True, False, False]
    disputes.change(status=DisputeStanding.LOST)
    payments.let_time_pass(ASKED_EVERY)

    assert [ask(), ask()] == [True, False]
    assert disputes.latest().status is DisputeStatus.LOST
