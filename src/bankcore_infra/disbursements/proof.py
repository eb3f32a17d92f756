"""Whether disbursements are as the log tells, and each paid one has the transactions that bear its name."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.disbursements import actions
from bankcore.errors import BankcoreError
from bankcore.ledger.verification import Finding
from bankcore_infra.audit.verifying.told_rows import Told, differences, is_at, rows_and_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.disbursements.records import disbursement_facts
from bankcore_infra.disbursements.store import disbursement_of

_ACTIONS: Final = (
    actions.DISBURSEMENT_REQUESTED.name,
    actions.DISBURSEMENT_APPROVED.name,
    actions.DISBURSEMENT_REJECTED.name,
    actions.DISBURSEMENT_WITHDRAWN.name,
    actions.DISBURSEMENT_SENT.name,
    actions.DISBURSEMENT_PAID.name,
    actions.DISBURSEMENT_FAILED.name,
    actions.DISBURSEMENT_RETURNED.name,
    actions.DISBURSEMENT_DOUBTED.name,
)
_CONTRADICTIONS: Final = {
    "was not booked by the transaction that it names": """
        SELECT 'disbursement ' || d.id FROM bankcore.disbursements AS d
        WHERE d.tenant_id = %s AND d.transaction_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            JOIN bankcore.entries AS entry ON entry.tenant_id = t.tenant_id AND entry.transaction_id = t.id
            WHERE t.tenant_id = d.tenant_id AND t.id = d.transaction_id AND t.source_type = 'disbursement'
            AND t.source_id = d.id::text AND entry.account_id = d.account_id AND entry.amount_minor = -d.amount_minor)
        LIMIT 1000
    """,
    "was not put back by the transaction that it names": """
        SELECT 'disbursement ' || d.id FROM bankcore.disbursements AS d
        WHERE d.tenant_id = %s AND d.return_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            WHERE t.tenant_id = d.tenant_id AND t.id = d.return_id AND t.source_type = 'disbursement_return'
            AND t.source_id = d.id::text)
        LIMIT 1000
    """,
    "booked a disbursement that does not name it": """
        SELECT 'transaction ' || t.id FROM bankcore.transactions AS t
        WHERE t.tenant_id = %s AND t.source_type IN ('disbursement', 'disbursement_return') AND NOT EXISTS (
            SELECT FROM bankcore.disbursements AS d
            WHERE d.tenant_id = t.tenant_id AND t.id IN (d.transaction_id, d.return_id))
        LIMIT 1000
    """,
}


def verify_disbursements(connection: TenantConnection) -> Iterator[Finding]:
    """What is wrong with disbursements, if anything: against their records, and against the books."""
    for disbursement_id, row, told in rows_and_records(connection, "disbursements", _ACTIONS, "disbursement"):
        yield from _verify(f"disbursement {disbursement_id}", row, told)
    for problem, statement in _CONTRADICTIONS.items():
        for (place,) in connection.sql.exec_driver_sql(statement, (connection.tenant_id,)):
            yield Finding(place, problem)


def _verify(place: str, row: Row[Any] | None, told: Sequence[Told]) -> Iterator[Finding]:
    if row is None or not told:
        yield Finding(place, "is gone" if row is None else "the log has no record of it")
        return
    try:
        disbursement = disbursement_of(row)
    except (BankcoreError, ValueError, KeyError, TypeError):
        yield Finding(place, "holds what no disbursement has")
        return
    yield from differences(place, told[-1][2], disbursement_facts(disbursement))
    if not is_at(disbursement.requested_at, told[0]):
        yield Finding(place, f"was requested at {told[0][1]} by the log")
