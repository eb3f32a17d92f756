"""The worker of disputes heeds and asks until there is nothing more."""

from bankcore.disputes.disputes import ASKED_EVERY, DisputeStatus
from bankcore.providers.disputes import DisputeStanding
from bankcore.testing import FrozenClock
from bankcore_infra.disputes.following import dispute_work
from bankcore_infra.payments.worker import ProviderWorker
from tests.contract.dispute_adapters import DISPUTE_ID, dispute_adapter
from tests.contract.payment_adapters import in_memory_payment_adapter
from tests.contract.refund_adapters import refund_adapter
from tests.unit.refunds.test_worker import OneTenant


def test_it_heeds_what_is_told_and_asks_for_what_is_open() -> None:
    disputes = dispute_adapter(refund_adapter(in_memory_payment_adapter(FrozenClock())))
    payments = disputes.refunds.payments
    tenants, work = OneTenant(payments.bank.tenant_id), dispute_work(disputes.follow)
    worker = ProviderWorker("disputes", tenants, lambda _tenant: work)
    disputes.let_be(payments.paid(), taken="100.00")
    body, headers = disputes.provider.webhook_about(DISPUTE_ID)
    payments.receive(payments.config.id, body, headers)

    assert [worker.work_on_due(), worker.work_on_due()] == [True, False]
    disputes.change(status=DisputeStanding.LOST)
    payments.let_time_pass(ASKED_EVERY)

    assert [worker.work_on_due(), worker.work_on_due()] == [True, False]
    assert disputes.latest().status is DisputeStatus.LOST
