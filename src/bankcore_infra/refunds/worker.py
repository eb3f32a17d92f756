"""RefundWorker: heeds what providers tell of refunds, and asks them for the rest, one thing of each tenant in turn."""

from collections.abc import Callable
from functools import cache
from threading import Event
from typing import Final, NamedTuple

from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.refunds.ask import AskRefunds
from bankcore.refunds.heed import HeedRefundNotices
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.capability import BankParts
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.payments.circuits import circuits_of
from bankcore_infra.payments.wiring import providers_of
from bankcore_infra.refunds.unit import SqlRefundUnits
from bankcore_infra.tenancy.directory import SqlTenantDirectory

_LOG: Final = logger_of("refunds")

_IDLE_PAUSE_S: Final = 2.0
_TROUBLE_PAUSE_MAX_S: Final = 30.0


class RefundWork(NamedTuple):
    """What there is to do for one tenant."""

    heed: HeedRefundNotices
    ask: AskRefunds


class RefundWorker:
    """Works for all tenants; any number of them may run at once, in one process or in many."""

    def __init__(self, tenants: TenantDirectory, work_of: Callable[[TenantId], RefundWork]) -> None:
        self._tenants = tenants
        self._work_of = work_of

    def work_on_due(self) -> bool:
        """Heed one notice and ask about one refund of each tenant that has one due. Returns whether any had.

        Raises:
            UnavailableError: the tenants cannot be listed.
        """
        # Each tenant is worked for, and not only until the first one that had something.
        found = [
            self._try(tenant.id, step) for tenant in self._tenants.list_tenants() for step in (_heed_next, _ask_next)
        ]
        return True in found

    def run(self, stop: Event) -> None:
        """Work until told to stop; the question that is asked is waited for."""
        trouble = 0
        while not stop.is_set():
            try:
                has_worked, trouble = self.work_on_due(), 0
            except BankcoreError as error:
                _LOG.warning(LogMessage("refunds stand still: the database cannot be reached", code=error.code))
                has_worked, trouble = False, trouble + 1
            if not has_worked:
                stop.wait(min(_IDLE_PAUSE_S * (1 << min(trouble, 10)), _TROUBLE_PAUSE_MAX_S))

    def _try(self, tenant_id: TenantId, step: Callable[[RefundWork], bool]) -> bool:
        try:
            return step(self._work_of(tenant_id))
        except Exception as error:  # noqa: BLE001 - what stops one refund must not stop those of others
            _LOG.error(
                LogMessage("refund was not settled; it is later", error=type(error).__name__, tenant=str(tenant_id))
            )
            return False


def refund_worker(parts: BankParts) -> RefundWorker:
    """A worker for one thread."""
    keys, circuits = key_encryption(parts), circuits_of(parts.redis_url)

    @cache
    def work_of(tenant_id: TenantId) -> RefundWork:
        transactions = OwnTransactions(parts.database, tenant_id)
        units, providers = SqlRefundUnits(transactions, parts.unit), providers_of(transactions, parts, keys)
        return RefundWork(HeedRefundNotices(units, providers), AskRefunds(units, providers, circuits))

    return RefundWorker(SqlTenantDirectory(parts.database), work_of)


def _heed_next(work: RefundWork) -> bool:
    notice = work.heed.heed_next()
    if notice is not None:
        _LOG.info(LogMessage("notice of a refund was heeded", config=str(notice.config_id), tries=notice.tries))
    return notice is not None


def _ask_next(work: RefundWork) -> bool:
    refund = work.ask.ask_next()
    if refund is not None:
        _LOG.info(LogMessage("refund was asked for", refund=str(refund.id), status=refund.stage.value))
    return refund is not None
