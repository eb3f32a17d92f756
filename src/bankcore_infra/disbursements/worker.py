"""DisbursementWorker: heeds what providers tell, sends what was approved and asks for what was sent, by turns."""

from collections.abc import Callable
from threading import Event
from typing import Final, NamedTuple

from bankcore.disbursements.follow import FollowDisbursements
from bankcore.disbursements.heed import HeedPayoutNotices
from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("disbursements")

_IDLE_PAUSE_S: Final = 1.0
_TROUBLE_PAUSE_MAX_S: Final = 30.0


class DisbursementWork(NamedTuple):
    """What there is to do for one tenant."""

    heed: HeedPayoutNotices
    follow: FollowDisbursements


class DisbursementWorker:
    """Works for all tenants; any number of them may run at once, in one process or in many."""

    def __init__(self, tenants: TenantDirectory, work_of: Callable[[TenantId], DisbursementWork]) -> None:
        self._tenants = tenants
        self._work_of = work_of

    def follow_due(self) -> bool:
        """Heed one notice and follow one disbursement of each tenant that has one due. Returns whether any had.

        Raises:
            UnavailableError: the tenants cannot be listed.
        """
        # Each tenant is worked for, and not only until the first one that had something.
        found = [self._follow(tenant.id) for tenant in self._tenants.list_tenants()]
        return True in found

    def run(self, stop: Event) -> None:
        """Work until told to stop; the order that is on its way is waited for."""
        trouble = 0
        while not stop.is_set():
            try:
                has_worked, trouble = self.follow_due(), 0
            except BankcoreError as error:
                _LOG.warning(LogMessage("disbursements stand still: the database cannot be reached", code=error.code))
                has_worked, trouble = False, trouble + 1
            if not has_worked:
                stop.wait(min(_IDLE_PAUSE_S * (1 << min(trouble, 10)), _TROUBLE_PAUSE_MAX_S))

    def _follow(self, tenant_id: TenantId) -> bool:
        try:
            work = self._work_of(tenant_id)
            heeded, followed = work.heed.heed_next(), work.follow.follow_next()
        except Exception as error:  # noqa: BLE001 - what stops one must not stop those of others
            _LOG.error(
                LogMessage(
                    "disbursement was not followed; it is later", error=type(error).__name__, tenant=str(tenant_id)
                )
            )
            return False
        if followed is not None:
            _LOG.info(
                LogMessage("disbursement was followed", disbursement=str(followed.id), status=followed.status.value)
            )
        return heeded is not None or followed is not None
