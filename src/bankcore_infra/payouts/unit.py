"""The unit of work of payouts on PostgreSQL, with the ledger inside the same transaction, and reads of jobs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from typing_extensions import override

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId
from bankcore.payouts.jobs import PayoutItem, PayoutItemStatus, PayoutJob, PayoutJobId
from bankcore.payouts.ports import PayoutQueries, PayoutUnit
from bankcore.payouts.rows import NamedAccounts, Payee
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.payouts import store
from bankcore_infra.payouts.locks import lock_due_payout_job, lock_payout_job
from bankcore_infra.payouts.records import RECORDS
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts


class SqlPayoutUnit(SqlUnit, PayoutUnit):
    """Payout jobs of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts) -> None:
        super().__init__(connection, parts, RECORDS)

    @override
    def find_payer(self, account_id: AccountId) -> Payee | None:
        found = store.find_payees(self._connection, NamedAccounts(frozenset({account_id}), frozenset()))
        return found.get(account_id)

    @override
    def find_payees(self, named: NamedAccounts) -> Mapping[UUID | str, Payee]:
        return store.find_payees(self._connection, named)

    @override
    def add_job(self, job: PayoutJob, items: Sequence[PayoutItem]) -> None:
        store.add_job(self._connection, job, items)

    @override
    def find_job(self, job_id: PayoutJobId) -> PayoutJob | None:
        return store.find_job(self._connection, job_id)

    @override
    def lock_job(self, job_id: PayoutJobId) -> PayoutJob | None:
        row = lock_payout_job(self._connection.sql, self._connection.tenant_id, job_id)
        return None if row is None else store.job_of(row)

    @override
    def lock_due_job(self) -> PayoutJob | None:
        row = lock_due_payout_job(self._connection.sql, self._connection.tenant_id)
        return None if row is None else store.job_of(row)

    @override
    def next_items(self, job: PayoutJob, limit: int) -> Sequence[PayoutItem]:
        unpaid = PayoutItemStatus.UNPAID
        return store.list_items(self._connection, job.id, status=unpaid, after=job.checkpoint, limit=limit)

    @override
    def settle_items(self, job: PayoutJob, items: Sequence[PayoutItem]) -> None:
        store.settle_items(self._connection, job, items)

    @override
    def reopen_failed(self, job: PayoutJob) -> int:
        return store.reopen_failed(self._connection, job)

    @override
    def update_job(self, job: PayoutJob, *, due_in: timedelta = timedelta()) -> None:
        store.update_job(self._connection, job, due_in)


class SqlPayoutUnits(SqlUnits[SqlPayoutUnit]):
    """Units of work of payouts, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlPayoutUnit(connection, parts))


class SqlPayoutQueries(PayoutQueries):
    """The payout jobs of one tenant, in read-only transactions."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_job(self, job_id: PayoutJobId, *, owner_id: str | None = None) -> PayoutJob:
        return self._transactions.rehearse(lambda connection: _get_job(connection, job_id, owner_id))

    @override
    def list_jobs(
        self, *, owner_id: str | None = None, before: PayoutJobId | None = None, limit: int
    ) -> Sequence[PayoutJob]:
        return self._transactions.rehearse(
            lambda connection: store.list_jobs(connection, owner_id=owner_id, before=before, limit=limit)
        )

    @override
    def list_items(
        self,
        job_id: PayoutJobId,
        *,
        owner_id: str | None = None,
        status: PayoutItemStatus | None = None,
        after: int = 0,
        limit: int,
    ) -> Sequence[PayoutItem]:
        def find(connection: TenantConnection) -> Sequence[PayoutItem]:
            _get_job(connection, job_id, owner_id)
            return store.list_items(connection, job_id, status=status, after=after, limit=limit)

        return self._transactions.rehearse(find)


def _get_job(connection: TenantConnection, job_id: PayoutJobId, owner_id: str | None) -> PayoutJob:
    """The job. Raises: NotFoundError."""
    job = store.find_job(connection, job_id)
    if job is None or not job.is_shown_to(owner_id):
        raise NotFoundError(resource="payout", identifier=str(job_id))
    return job
