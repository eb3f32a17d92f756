"""ProviderWorker: heeds what providers tell, and asks them for the rest, several at once.

Payments, refunds and disbursements have one each.
"""

from collections.abc import Callable, Collection
from threading import Event
from typing import Final, NamedTuple

from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import ProviderNotice
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.payments.questions import OneByOne, Questions

_IDLE_PAUSE_S: Final = 1.0
_TROUBLE_PAUSE_MAX_S: Final = 30.0


class Question(NamedTuple):
    """What was taken to be asked of a configuration. `ask` asks it, settles the answer, and says what to log of it."""

    config_id: ProviderConfigId
    ask: Callable[[], LogMessage]


class TenantWork(NamedTuple):
    """What there is to do for one tenant: the notice to heed, and the question that is due for longest.

    The configurations that `take` is given are asked enough, so what is to be asked of them is passed over.
    """

    heed: Callable[[], ProviderNotice | None]
    take: Callable[[Collection[ProviderConfigId]], Question | None]


class ProviderWorker:
    """Works for all tenants; any number of them may run at once, in one process or in many."""

    def __init__(self, subject: str, tenants: TenantDirectory, work_of: Callable[[TenantId], TenantWork]) -> None:
        """`subject` is whose log it writes."""
        self._log = logger_of(subject)
        self._tenants = tenants
        self._work_of = work_of

    def work_on_due(self, questions: Questions | None = None) -> bool:
        """Heed one notice of each tenant that has one due, and begin to ask one question. Returns whether any had.

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
                self._log.warning(LogMessage("work stands still: the database cannot be reached", code=error.code))
                has_worked, trouble = False, trouble + 1
            # Where others are due that were not asked because it is busy, it is asked again once it has answered.
            if not has_worked and (trouble or not questions.wait(_IDLE_PAUSE_S, ended=ended)):
                stop.wait(min(_IDLE_PAUSE_S * (1 << min(trouble, 10)), _TROUBLE_PAUSE_MAX_S))
        questions.wait_for_all()

    def _heed(self, tenant_id: TenantId) -> bool:
        return self._try(tenant_id, lambda: self._heed_next(tenant_id))

    def _ask(self, tenant_id: TenantId, questions: Questions) -> bool:
        return self._try(tenant_id, lambda: self._begin_next(tenant_id, questions))

    def _heed_next(self, tenant_id: TenantId) -> bool:
        notice = self._work_of(tenant_id).heed()
        if notice is not None:
            told = LogMessage("notice of a provider was heeded", config=str(notice.config_id), tries=notice.tries)
            self._log.info(told)
        return notice is not None

    def _begin_next(self, tenant_id: TenantId, questions: Questions) -> bool:
        work = self._work_of(tenant_id)
        question = work.take(questions.busy) if questions.has_room else None
        if question is None:
            return False

        def ask() -> bool:
            self._log.info(question.ask())
            return True

        questions.begin(question.config_id, lambda: self._try(tenant_id, ask))
        return True

    def _try(self, tenant_id: TenantId, work: Callable[[], bool]) -> bool:
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - what stops one of them must not stop the others
            said = LogMessage("work failed; it is done later", error=type(error).__name__, tenant=str(tenant_id))
            self._log.error(said)
            return False
