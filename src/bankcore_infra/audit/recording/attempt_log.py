"""SqlAttemptLog: records attempts in transactions of its own, beside the requests."""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from queue import Empty, Full, Queue
from typing import Final, NamedTuple

from typing_extensions import override

from bankcore.audit.attempts import Attempt, AttemptLog
from bankcore.errors import BankcoreError
from bankcore.identifiers import IdentifierSource, TenantId
from bankcore.identity.ports import TenantNames
from bankcore_infra.audit.recording.attempt_quota import AttemptQuota
from bankcore_infra.audit.recording.attempt_records import AttemptRecords
from bankcore_infra.audit.recording.records import append_audit_records
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.processes import renew_in_children

_LOG: Final = logger_of("audit")

WAITING_MAX: Final = 1_000
_AT_ONCE: Final = 100


class _Counted(NamedTuple):
    """An attempt to record, with the number of unrecorded attempts of the same actor before it."""

    attempt: Attempt
    unrecorded: int


class SqlAttemptLog(AttemptLog):
    """Records in one thread of the process, which starts with the first attempt; an answer never waits for it.

    An attempt is only logged if a thousand are waiting, if the database refuses it, or if it exceeds the actor's quota.
    Attempts that wait when the process is killed are lost.
    """

    def __init__(
        self, database: Database, tenants: TenantNames, ids: IdentifierSource, *, quota: AttemptQuota | None = None
    ) -> None:
        self._database = database
        self._tenants = tenants
        self._ids = ids
        self._quota = quota or AttemptQuota()
        self._begin_anew()
        renew_in_children(self._begin_anew)

    def _begin_anew(self) -> None:
        """Begin with an empty queue: the parent's thread writes what waits in the parent."""
        self._waiting: Queue[Attempt] = Queue(WAITING_MAX)
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None

    @override
    def record(self, attempt: Attempt) -> None:
        try:
            self._waiting.put_nowait(attempt)
        except Full:
            _log_only(attempt, "too many are waiting")
            return
        self._ensure_writer()

    def wait_until_written(self, timeout_s: float | None = None) -> bool:
        """Wait until no attempt is waiting, for ever or that long. Returns whether none is."""
        waiting = self._waiting
        with waiting.all_tasks_done:
            return waiting.all_tasks_done.wait_for(lambda: waiting.unfinished_tasks == 0, timeout_s)

    def _ensure_writer(self) -> None:
        if self._writer is None:
            with self._starting:
                if self._writer is None:
                    self._writer = threading.Thread(target=self._write_for_ever, name="attempt log", daemon=True)
                    self._writer.start()

    def _write_for_ever(self) -> None:
        while True:
            attempts = [self._waiting.get(), *self._others_waiting()]
            try:
                self._write(attempts)
            except Exception as error:  # noqa: BLE001 - the thread outlives whatever is wrong with one attempt
                _LOG.error(LogMessage("attempts not recorded", error=type(error).__name__))
            finally:
                for _ in attempts:
                    self._waiting.task_done()

    def _others_waiting(self) -> list[Attempt]:
        found: list[Attempt] = []
        try:
            while len(found) < _AT_ONCE:
                found.append(self._waiting.get_nowait())
        except Empty:
            pass
        return found

    def _write(self, attempts: Sequence[Attempt]) -> None:
        by_tenant: dict[TenantId, list[_Counted]] = defaultdict(list)
        for attempt in attempts:
            tenant_id = self._tenant_of(attempt)
            if tenant_id is None:
                _log_only(attempt, "no such tenant")
                continue
            origin = attempt.origin
            unrecorded = self._quota.take((tenant_id, origin.actor_type, origin.actor_id), time.monotonic())
            if unrecorded is None:
                _log_only(attempt, "too many of this actor")
            else:
                by_tenant[tenant_id].append(_Counted(attempt, unrecorded))
        for tenant_id, counted in by_tenant.items():
            self._append(tenant_id, counted)

    def _tenant_of(self, attempt: Attempt) -> TenantId | None:
        if not isinstance(attempt.tenant, str):
            return attempt.tenant
        try:
            found = self._tenants.find_by_slug(attempt.tenant)
        except BankcoreError:
            return None
        return None if found is None else found.id

    def _append(self, tenant_id: TenantId, counted: Sequence[_Counted]) -> None:
        def append(connection: TenantConnection) -> None:
            records = AttemptRecords(tenant_id, connection.opened_at, self._ids)
            made = [records.record(one.attempt, unrecorded=one.unrecorded) for one in counted]
            append_audit_records(connection, made)

        try:
            # It is not submitted again after a lost COMMIT, because a missing record is better than a double one.
            OwnTransactions(self._database, tenant_id).run(append)
        except BankcoreError as error:
            for one in counted:
                _log_only(one.attempt, error.code)


def _log_only(attempt: Attempt, reason: str) -> None:
    origin = attempt.origin
    _LOG.warning(
        LogMessage(
            "attempt not recorded",
            attempt=type(attempt).__name__,
            code=attempt.code,
            actor=origin.actor_id,
            request_id=origin.request_id,
            reason=reason,
        )
    )
