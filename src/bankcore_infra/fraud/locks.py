"""Locks activities, sorted by account, and the case that is being decided."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import AccountId, TenantId
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Sent, Statement

_LOCK_CASE: Final = """
    SELECT * FROM bankcore.fraud_cases WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE
"""
_LOCK_ACTIVITIES: Final = Statement("""
    SELECT account_id, sequence, activity FROM bankcore.fraud_activities
    WHERE tenant_id = $1::uuid AND account_id = ANY($2::uuid[])
    ORDER BY account_id
    FOR NO KEY UPDATE
""")


def locking_activities(tenant_id: TenantId, account_ids: Collection[AccountId]) -> Sent:
    """Locks the activities of these accounts; fraud does so before it locks any account."""
    return Sent(_LOCK_ACTIVITIES, (tenant_id, arrays.uuids(account_ids)))


def lock_fraud_case(connection: Connection, tenant_id: TenantId, case_id: UUID) -> Row[Any] | None:
    """Lock the row of the case and read it. A transaction that locks a case locks nothing after it."""
    return connection.exec_driver_sql(_LOCK_CASE, (tenant_id, case_id)).one_or_none()
