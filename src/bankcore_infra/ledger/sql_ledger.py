"""The ledger on PostgreSQL as callers get it: audited, and with single commands posted together."""

from datetime import timedelta

from sqlalchemy.util import await_only
from typing_extensions import override

from bankcore.audit.attempts import AttemptLog
from bankcore.idempotency.keys import KEY_LIFETIME
from bankcore.identifiers import TenantId
from bankcore.ledger.command import Command
from bankcore.ledger.outcomes import Outcome
from bankcore.ledger.requests import Request
from bankcore.ledger.service import LedgerService
from bankcore.origin import LIBRARY, Origin
from bankcore_infra.db.caller_transaction import CallerTransaction
from bankcore_infra.db.engine import Database
from bankcore_infra.db.group_commit import GroupCommit
from bankcore_infra.db.grouped import grouped
from bankcore_infra.db.lent import CallersConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.db.waiting import is_for_a_task
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.ledger.aio import SqlAioLedger
from bankcore_infra.ledger.audited_ledger import AuditedLedger
from bankcore_infra.ledger.tasks import TaskQueue
from bankcore_infra.ledger.unit import SqlUnitsOfWork
from bankcore_infra.signals import LedgerSignals


class SqlLedger(AuditedLedger):
    """The ledger of one tenant, in transactions of its own.

    Batches are posted as they are; single commands that come from several threads or tasks at once share a commit.
    `aio` is the same ledger for asyncio.
    """

    def __init__(
        self,
        tenant_id: TenantId,
        database: Database,
        signals: LedgerSignals,
        attempts: AttemptLog,
        *,
        key_lifetime: timedelta = KEY_LIFETIME,
    ) -> None:
        self._signals = signals
        units = SqlUnitsOfWork(OwnTransactions(database, tenant_id), signals)
        super().__init__(tenant_id, units, RandomIdentifiers(), attempts, key_lifetime=key_lifetime)
        self._group_commit: GroupCommit[Request, Outcome] = grouped(
            database, tenant_id, lambda transactions: self._in(transactions).post_together
        )
        self._tasks = TaskQueue(self._group_commit)
        self.aio = SqlAioLedger(lambda: self, self.using)

    @override
    def execute_one(self, command: Command, *, origin: Origin = LIBRARY) -> Outcome:
        request = Request.of(command, origin)
        with self.noting_failure([command], origin):
            if is_for_a_task():
                return await_only(self._tasks.post(request))
            return self._group_commit.post(request)

    def using(self, connection: CallersConnection) -> LedgerService:
        """The same ledger inside the caller's transaction on this connection: only the caller commits or rolls back."""
        units = SqlUnitsOfWork(CallerTransaction(connection, self._tenant_id), self._signals)
        return AuditedLedger(self._tenant_id, units, self._ids, self._attempts, key_lifetime=self._key_lifetime)

    def _in(self, transactions: OwnTransactions) -> LedgerService:
        """The same ledger in other transactions."""
        units = SqlUnitsOfWork(transactions, self._signals)
        return LedgerService(self._tenant_id, units, self._ids, key_lifetime=self._key_lifetime)
