"""PaymentWorker: heeds what providers tell, and asks them for the rest, several at once."""

from collections.abc import Callable
from threading import Event
from typing import Final, NamedTuple

from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.payments.ask import AskProviders
from bankcore.payments.heed import HeedNotices
from bankcore.payments.payments import Payment
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.payments.questions import OneByOne, Questions

_LOG: Final = logger_of("payments")

_IDLE_PAUSE_S: Final = 1.0
_TROUBLE_PAUSE_MAX_S: Final = 30.0


class TenantWork(NamedTuple):
    """What there is to do for one tenant."""

    heed: HeedNotices
    ask: AskProviders


class PaymentWorker:
    """Works for all tenants; any number of them may run at once, in one process or in many."""

    def __init__(self, tenants: TenantDirectory, work_of: Callable[[TenantId], TenantWork]) -> None:
        self._tenants = tenants
        self._work_of = work_of

    def work_on_due(self, questions: Questions | None = None) -> bool:
        """Heed one notice of each tenant that has one due, and begin to ask about one payment. Returns whether any had.

        Without `questions` each is waited for.

        Raises:
            UnavailableError: the tenants cannot be listed.
        """
        asking = questions or OneByOne()
        # Each tenant is worked for, and not only until the first one that had something.
        found = [
            found
            for tenant in self._tenants.list_tenants()
            for found in (self._heed(tenant.id), self._ask(tenant.id, asking))
        ]
        return True in found

    def run(self, stop: Event) -> None:
        """Work until told to stop; the questions that are asked are waited for."""
        questions, trouble = Questions(), 0
        while not stop.is_set():
            ended = questions.ended
            try:
                has_worked, trouble = self.work_on_due(questions), 0
            except BankcoreError as error:
                _LOG.warning(LogMessage("payments stand still: the database cannot be reached", code=error.code))
                has_worked, trouble = False, trouble + 1
            # Where others are due that were not asked because it is busy, it is asked again once it has answered.
            if not has_worked and (trouble or not questions.wait(_IDLE_PAUSE_S, ended=ended)):
                stop.wait(min(_IDLE_PAUSE_S * (1 << min(trouble, 10)), _TROUBLE_PAUSE_MAX_S))
        questions.wait_for_all()

    def _heed(self, tenant_id: TenantId) -> bool:
        return self._try(tenant_id, lambda: _heed_next(self._work_of(tenant_id)))

    def _ask(self, tenant_id: TenantId, questions: Questions) -> bool:
        return self._try(tenant_id, lambda: self._begin_next(tenant_id, questions))

    def _begin_next(self, tenant_id: TenantId, questions: Questions) -> bool:
        work = self._work_of(tenant_id)
        payment = work.ask.take_next(passing_over=questions.busy) if questions.has_room else None
        if payment is None:
            return False
        questions.begin(payment.attempt.config_id, lambda: self._try(tenant_id, lambda: _ask_about(work.ask, payment)))
        return True

    def _try(self, tenant_id: TenantId, work: Callable[[], bool]) -> bool:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - what stops one payment must not stop those of others
            _LOG.error(
                LogMessage("payment was not settled; it is later", error=type(error).__name__, tenant=str(tenant_id))
            )
            return False


def _heed_next(work: TenantWork) -> bool:
    notice = work.heed.heed_next()
    if notice is not None:
        _LOG.info(LogMessage("notice of a provider was heeded", config=str(notice.config_id), tries=notice.tries))
    return notice is not None


def _ask_about(ask: AskProviders, taken: Payment) -> bool:
    payment = ask.ask_about(taken).payment
    _LOG.info(
        LogMessage(
            "payment was asked for",
            payment=str(payment.id),
            status=payment.status.value,
            attempt=payment.attempt.status.value,
        )
    )
    return True
