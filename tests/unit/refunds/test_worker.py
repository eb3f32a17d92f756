"""The worker of refunds goes on, whatever stops one refund or keeps it from all of them."""

from threading import Event

from bankcore.errors import UnavailableError
from bankcore.identifiers import TenantId
from bankcore.payments.payments import ASKED_AFTER
from bankcore.providers.answers import Unknown
from bankcore.refunds.refunds import RefundStage
from bankcore.tenancy.tenants import Tenant, TenantDirectory, TenantKind
from bankcore.testing import FrozenClock
from bankcore_infra.payments.worker import ProviderWorker, TenantWork
from bankcore_infra.refunds.following import refund_work
from tests.contract.payment_adapters import in_memory_payment_adapter
from tests.contract.refund_adapters import RefundAdapter, refund_adapter


class OneTenant(TenantDirectory):
    """A directory of one tenant, or of none that can be read."""

    def __init__(self, tenant_id: TenantId) -> None:
        self.tenant = Tenant(tenant_id, "shop", "Shop", TenantKind.TEST)
        self.is_away = False

    def list_tenants(self) -> list[Tenant]:
        if self.is_away:
            raise UnavailableError
        return [self.tenant]

    def find_tenant(self, slug: str) -> Tenant | None:
        return self.tenant if slug == self.tenant.slug else None


class StopAfter(Event):
    """Is set once it was waited for so often."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.pauses = list[float]()
        self._waits = waits

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0.0)
        if len(self.pauses) == self._waits:
            self.set()
        return self.is_set()


def world() -> tuple[RefundAdapter, OneTenant, ProviderWorker]:
    """Refunds in memory, and who works on them."""
    refunds = refund_adapter(in_memory_payment_adapter(FrozenClock()))
    tenants = OneTenant(refunds.payments.bank.tenant_id)
    work = refund_work(refunds.heed, refunds.ask)
    return refunds, tenants, ProviderWorker("refunds", tenants, lambda _tenant: work)


def test_it_heeds_and_asks_until_there_is_nothing_more() -> None:
    refunds, _tenants, worker = world()
    refund = refunds.give(refunds.payments.paid(), said=Unknown("time-out"), happened=True)
    assert not worker.work_on_due()

    assert refunds.tell(refund.reference)
    stop = StopAfter(1)
    worker.run(stop)

    assert refunds.now(refund).stage is RefundStage.SUCCEEDED
    assert len(stop.pauses) == 1


def test_what_stops_one_step_does_not_stop_the_others() -> None:
    refunds, tenants, _worker = world()
    refund = refunds.give(refunds.payments.paid(), said=Unknown("time-out"), happened=True)
    refunds.payments.let_time_pass(ASKED_AFTER[0])

    def stops() -> None:
        raise RuntimeError("no notice can be read")

    work = refund_work(refunds.heed, refunds.ask)._replace(heed=stops)
    worker = ProviderWorker("refunds", tenants, lambda _tenant: work)

    assert worker.work_on_due()
    assert refunds.now(refund).stage is RefundStage.SUCCEEDED


def test_what_stops_one_refund_is_logged_and_what_stops_all_is_waited_for() -> None:
    refunds, tenants, _worker = world()
    tried = list[TenantId]()

    def break_down(tenant_id: TenantId) -> TenantWork:
        tried.append(tenant_id)
        raise RuntimeError("no refund can be read")

    worker = ProviderWorker("refunds", tenants, break_down)
    assert not worker.work_on_due()
    assert tried == [refunds.payments.bank.tenant_id] * 2

    tenants.is_away, stop = True, StopAfter(3)
    worker.run(stop)
    assert stop.pauses == sorted(stop.pauses)
    assert stop.pauses[0] != stop.pauses[-1]
