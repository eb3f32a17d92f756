"""FollowWorker: one loop for all tenants, which goes on whatever stops one thing of theirs."""

from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.log_messages import LogMessage, logger_of

_IDLE_PAUSE_S: Final = 2.0
_TROUBLE_PAUSE_MAX_S: Final = 30.0
StepsOf = Callable[[TenantId], Sequence[Callable[[], bool]]]
"""What there is to do for one tenant: each step does one thing, and says whether there was any."""


class FollowWorker:
    """Works for all tenants; any number of them may run at once, in one process or in many."""

    def __init__(self, name: str, tenants: TenantDirectory, steps_of: StepsOf) -> None:
        """`name` is what it follows, and the name of its logger."""
        self._log = logger_of(name)
        self._tenants = tenants
        self._steps_of = steps_of

    def work_on_due(self) -> bool:
        """Do one of each thing that each tenant has due. Returns whether any had.

        Raises:
            UnavailableError: the tenants cannot be listed.
        """
        # Each tenant is worked for, and not only until the first one that had something.
        found = [self._work_for(tenant.id) for tenant in self._tenants.list_tenants()]
        return True in found

    def run(self, stop: Event) -> None:
        """Work until told to stop; the question that is asked is waited for."""
        trouble = 0
        while not stop.is_set():
            try:
                has_worked, trouble = self.work_on_due(), 0
            except BankcoreError as error:
                self._log.warning(LogMessage("work stands still: the database cannot be reached", code=error.code))
                has_worked, trouble = False, trouble + 1
            if not has_worked:
                stop.wait(min(_IDLE_PAUSE_S * (1 << min(trouble, 10)), _TROUBLE_PAUSE_MAX_S))

    def _work_for(self, tenant_id: TenantId) -> bool:
        try:
            steps = self._steps_of(tenant_id)
        except Exception as error:  # noqa: BLE001 - what stops one tenant must not stop the others
            self._tell(tenant_id, error)
            return False
        found = [self._try(tenant_id, step) for step in steps]
        return True in found

    def _try(self, tenant_id: TenantId, step: Callable[[], bool]) -> bool:
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - what stops one thing must not stop the others
            self._tell(tenant_id, error)
            return False

    def _tell(self, tenant_id: TenantId, error: Exception) -> None:
        self._log.error(LogMessage("was not settled; it is later", error=type(error).__name__, tenant=str(tenant_id)))
