"""Reconciliations in PostgreSQL: reads recorded runs, and asks for an extra run of the daily job."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row
from typing_extensions import override

from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Accepted
from bankcore.ledger.verification import Finding
from bankcore.origin import Origin
from bankcore.reconciliation.reconciliations import (
    DRIFTS_SHOWN_MAX,
    ReconciliationId,
    ReconciliationRun,
    Reconciliations,
)
from bankcore.reconciliation.request import ReconciliationUnit, request_once
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.identifiers import ID_LAST
from bankcore_infra.reconciliation.comparison import RECONCILIATION
from bankcore_infra.reconciliation.records import RECORDS
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts
from bankcore_infra.work.job_runs import request

_LIST: Final = """
    SELECT id, started_at, finished_at, accounts, entries, drifts FROM bankcore.reconciliation_runs
    WHERE tenant_id = %s AND id < %s ORDER BY id DESC LIMIT %s
"""
_GET: Final = """
    SELECT id, started_at, finished_at, accounts, entries, drifts FROM bankcore.reconciliation_runs
    WHERE tenant_id = %s AND id = %s
"""
_DRIFTS: Final = """
    SELECT place, problem FROM bankcore.reconciliation_drifts
    WHERE tenant_id = %s AND run_id = %s ORDER BY position LIMIT %s
"""


class SqlReconciliationUnit(SqlUnit, ReconciliationUnit):
    """One tenant's reconciliations inside one transaction."""

    @override
    def request_run(self) -> None:
        request(self._connection, RECONCILIATION, self.opened_at)


class SqlReconciliations(Reconciliations):
    """The reconciliations of the tenant of these transactions."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        self._transactions = transactions
        self._units = SqlUnits(
            transactions, parts.signals, lambda connection: SqlReconciliationUnit(connection, parts, RECORDS)
        )

    @override
    def list_runs(self, *, before: ReconciliationId | None = None, limit: int) -> Sequence[ReconciliationRun]:
        def find(connection: TenantConnection) -> Sequence[ReconciliationRun]:
            rows = connection.sql.exec_driver_sql(_LIST, (connection.tenant_id, before or ID_LAST, limit))
            return [_run(row) for row in rows]

        return self._transactions.rehearse(find)

    @override
    def get_run(self, run_id: ReconciliationId) -> tuple[ReconciliationRun, Sequence[Finding]]:
        def get(connection: TenantConnection) -> tuple[ReconciliationRun, Sequence[Finding]]:
            row = connection.sql.exec_driver_sql(_GET, (connection.tenant_id, run_id)).one_or_none()
            if row is None:
                raise NotFoundError(resource="reconciliation_run", identifier=str(run_id))
            drifts = connection.sql.exec_driver_sql(_DRIFTS, (connection.tenant_id, run_id, DRIFTS_SHOWN_MAX))
            return _run(row), [Finding(place, problem) for place, problem in drifts]

        return self._transactions.rehearse(get)

    @override
    def request_run(self, *, origin: Origin, idempotency_key: str | None = None) -> Accepted[datetime]:
        return request_once(self._units, origin=origin, idempotency_key=idempotency_key)


def _run(row: Row[Any]) -> ReconciliationRun:
    return ReconciliationRun(
        id=ReconciliationId(row.id),
        started_at=row.started_at,
        finished_at=row.finished_at,
        accounts=row.accounts,
        entries=row.entries,
        drifts=row.drifts,
    )
