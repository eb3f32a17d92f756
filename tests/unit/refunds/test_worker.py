"""The worker of refunds goes on, whatever stops one refund or keeps it from all of them."""

from collections.abc import Callable, Sequence
from threading import Event

from bankcore.errors import UnavailableError
from bankcore.identifiers import TenantId
from bankcore.providers.answers import Unknown
from bankcore.refunds.refunds import RefundStage
from bankcore.tenancy.tenants import Tenant, TenantDirectory, TenantKind
from bankcore.testing import FrozenClock
from bankcore_infra.payments.follow_worker import FollowWorker
from bankcore_infra.refunds.worker import refund_steps
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


def world() -> tuple[RefundAdapter, OneTenant, FollowWorker]:
    """Refunds in memory, and who works on them."""
    refunds = refund_adapter(in_memory_payment_adapter(FrozenClock()))
    tenants = OneTenant(refunds.payments.bank.tenant_id)
    return refunds, tenants, FollowWorker("refunds", tenants, lambda _tenant: refund_steps(refunds.heed, refunds.ask))


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
    _refunds, tenants, _worker = world()
    done = list[str]()

    def stops() -> bool:
        raise RuntimeError("no refund can be read")

    def goes_on() -> bool:
        done.append("heeded")
        return False

    worker = FollowWorker("refunds", tenants, lambda _tenant: (stops, goes_on))

    assert not worker.work_on_due()
    assert done == ["heeded"]


def test_what_stops_one_refund_is_logged_and_what_stops_all_is_waited_for() -> None:
    refunds, tenants, _worker = world()
    tried = list[TenantId]()

    def break_down(tenant_id: TenantId) -> Sequence[Callable[[], bool]]:
        tried.append(tenant_id)
        raise RuntimeError("no refund can be read")

    worker = FollowWorker("refunds", tenants, break_down)
    assert not worker.work_on_due()
    assert tried == [refunds.payments.bank.tenant_id]

    tenants.is_away, stop = True, StopAfter(3)
    worker.run(stop)
    assert stop.pauses == sorted(stop.pauses)
    assert stop.pauses[0] != stop.pauses[-1]
