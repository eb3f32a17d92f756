"""Whether approvals are as the log tells of them, and each approved one has the transaction that bears its name."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.approvals import actions
from bankcore.errors import BankcoreError
from bankcore.ledger.verification import Finding
from bankcore_infra.approvals.records import approval_facts
from bankcore_infra.approvals.store import approval_of
from bankcore_infra.audit.verifying.told_rows import Told, differences, is_at, rows_and_records
from bankcore_infra.db.tenant_connection import TenantConnection

_ACTIONS: Final = (
    actions.APPROVAL_REQUESTED.name,
    actions.APPROVAL_APPROVED.name,
    actions.APPROVAL_REJECTED.name,
    actions.APPROVAL_WITHDRAWN.name,
)
_CONTRADICTIONS: Final = {
    "is not the one whose transaction it names": """
        SELECT 'approval ' || approval.id FROM bankcore.approvals AS approval
        WHERE approval.tenant_id = %s AND approval.status = 'approved' AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            WHERE t.tenant_id = approval.tenant_id AND t.id = approval.transaction_id
              AND t.source_type = 'approval' AND t.source_id = approval.id::text)
        LIMIT 1000
    """,
    "was made for an approval that is not approved": """
        SELECT 'transaction ' || t.id FROM bankcore.transactions AS t
        WHERE t.tenant_id = %s AND t.source_type = 'approval' AND NOT EXISTS (
            SELECT FROM bankcore.approvals AS approval
            WHERE approval.tenant_id = t.tenant_id AND approval.transaction_id = t.id AND approval.status = 'approved')
        LIMIT 1000
    """,
}


def verify_approvals(connection: TenantConnection) -> Iterator[Finding]:
    """What is wrong with approvals, if anything: against their records, and against the books."""
    for approval_id, row, told in rows_and_records(connection, "approvals", _ACTIONS, "approval"):
        yield from _verify(f"approval {approval_id}", row, told)
    for problem, statement in _CONTRADICTIONS.items():
        for (place,) in connection.sql.exec_driver_sql(statement, (connection.tenant_id,)):
            yield Finding(place, problem)


def _verify(place: str, row: Row[Any] | None, told: Sequence[Told]) -> Iterator[Finding]:
    if row is None or not told:
        yield Finding(place, "is gone" if row is None else "the log has no record of it")
        return
    try:
        approval = approval_of(row)
    except (BankcoreError, ValueError, KeyError, TypeError, AssertionError):
        yield Finding(place, "holds what no approval has")
        return
    yield from differences(place, told[-1][2], approval_facts(approval))
    if not is_at(approval.requested_at, told[0]):
        yield Finding(place, f"was requested at {told[0][1]} by the log")
    if approval.ending is not None and not is_at(approval.ending.at, told[-1]):
        yield Finding(place, f"ended at {told[-1][1]} by the log")
