"""PayoutWorker: pays what is due, one chunk of each tenant in turn."""

from collections.abc import Callable
from threading import Event
from typing import Final

from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.payouts.pay import PaidChunk, PayItems
from bankcore.tenancy.tenants import TenantDirectory, at_work
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("payouts")

_IDLE_PAUSE_S: Final = 1.0
_TROUBLE_PAUSE_MAX_S: Final = 30.0


class PayoutWorker:
    """Pays for all tenants; any number of them may run at once, in one process or in many."""

    def __init__(self, tenants: TenantDirectory, paying_of: Callable[[TenantId], PayItems]) -> None:
        self._tenants = tenants
        self._paying_of = paying_of

    def pay_due(self) -> bool:
        """Pay one chunk of each tenant that has something due. Returns whether any had.

        Raises:
            UnavailableError: the tenants cannot be listed.
        """
        # Each tenant is asked, and not only until the first one that had something.
        have_paid = [self._pay(tenant.id) for tenant in at_work(self._tenants)]
        return True in have_paid

    def run(self, stop: Event) -> None:
        """Pay until told to stop; the chunk that is begun is finished."""
        trouble = 0
        while not stop.is_set():
            try:
                has_paid, trouble = self.pay_due(), 0
            except BankcoreError as error:
                _LOG.warning(LogMessage("payouts stand still: the database cannot be reached", code=error.code))
                has_paid, trouble = False, trouble + 1
            if not has_paid:
                stop.wait(min(_IDLE_PAUSE_S * (1 << min(trouble, 10)), _TROUBLE_PAUSE_MAX_S))

    def _pay(self, tenant_id: TenantId) -> bool:
        try:
            paid = self._paying_of(tenant_id).pay_next()
        except Exception as error:  # noqa: BLE001 - what stops one job must not stop those of others
            _LOG.error(
                LogMessage("payout chunk failed; it is repeated", error=type(error).__name__, tenant=str(tenant_id))
            )
            return False
        if paid is not None:
            _log(paid)
        return paid is not None


def _log(paid: PaidChunk) -> None:
    job = paid.job
    _LOG.info(LogMessage("payout went on", payout=str(job.id), status=job.status.value, progress=job.progress))
