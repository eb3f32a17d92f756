"""Reconciliations in PostgreSQL: read as they were recorded, and asked for as a run of the daily job out of turn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from typing_extensions import override

from bankcore.errors import NotFoundError
from bankcore.events.stamps import Stamp
from bankcore.idempotency.keys import IdempotencyKey, KeyRecord
from bankcore.identifiers import EventId, IdentifierSource
from bankcore.ledger.verification import Finding
from bankcore.origin import Origin
from bankcore.reconciliation.actions import RECONCILIATION_REQUESTED
from bankcore.reconciliation.reconciliations import (
    DRIFTS_SHOWN_MAX,
    ReconciliationId,
    ReconciliationRequest,
    ReconciliationRun,
    Reconciliations,
)
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.idempotency.answers import take_answer
from bankcore_infra.idempotency.keys import store_outcomes
from bankcore_infra.reconciliation.comparison import RECONCILIATION
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
_EVERY: Final = UUID(int=2**128 - 1)
_FINGERPRINT: Final = sha256(b"reconciliation.request").digest()


class SqlReconciliations(Reconciliations):
    """The reconciliations of the tenant of these transactions."""

    def __init__(self, transactions: Transactions, ids: IdentifierSource, *, key_lifetime: timedelta) -> None:
        """Answers are remembered with their keys for that long."""
        self._transactions = transactions
        self._ids = ids
        self._key_lifetime = key_lifetime

    @override
    def list_runs(self, *, before: ReconciliationId | None = None, limit: int) -> Sequence[ReconciliationRun]:
        def find(connection: TenantConnection) -> Sequence[ReconciliationRun]:
            rows = connection.sql.exec_driver_sql(_LIST, (connection.tenant_id, before or _EVERY, limit))
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
    def request_run(self, *, origin: Origin, idempotency_key: str | None = None) -> ReconciliationRequest:
        key = None if idempotency_key is None else IdempotencyKey(origin.key_scope, idempotency_key)
        return self._transactions.run(
            lambda connection: self._request(connection, origin, key), resubmittable=key is not None
        )

    def _request(
        self, connection: TenantConnection, origin: Origin, key: IdempotencyKey | None
    ) -> ReconciliationRequest:
        answered = None if key is None else take_answer(connection, key, _FINGERPRINT)
        if answered is not None:
            return ReconciliationRequest(requested_at=datetime.fromisoformat(answered.decode()), is_replay=True)
        now = connection.opened_at
        request(connection, RECONCILIATION, now)
        stamp = Stamp(EventId(self._ids.new_id()), connection.tenant_id, now, origin)
        deed = Deed(RECONCILIATION_REQUESTED)
        append_audit_records(connection, [make_record(stamp, deed, {}, AuditContexts())])
        if key is not None:
            outcome = now.isoformat().encode()
            store_outcomes(connection, [KeyRecord(key, _FINGERPRINT, outcome, now + self._key_lifetime)])
        return ReconciliationRequest(requested_at=now, is_replay=False)


def _run(row: Row[Any]) -> ReconciliationRun:
    return ReconciliationRun(
        id=ReconciliationId(row.id),
        started_at=row.started_at,
        finished_at=row.finished_at,
        accounts=row.accounts,
        entries=row.entries,
        drifts=row.drifts,
    )
