"""Whether the rows of refunds are as the log, and the books that follow from it, tell of them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.ledger.verification import Finding
from bankcore.refunds import actions
from bankcore_infra.audit.verifying.told_rows import Told, differences, is_at, rows_and_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.refunds.records import refund_facts
from bankcore_infra.refunds.store import refund_of

_ACTIONS: Final = (
    actions.REFUND_CREATED.name,
    actions.REFUND_TAKEN.name,
    actions.REFUND_SUCCEEDED.name,
    actions.REFUND_FAILED.name,
    actions.REFUND_DOUBTED.name,
)
_CONTRADICTIONS: Final = {
    "was not booked by the transaction that it names": """
        SELECT 'refund ' || refund.id FROM bankcore.refunds AS refund
        WHERE refund.tenant_id = %s AND refund.transaction_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            JOIN bankcore.entries AS entry ON entry.tenant_id = t.tenant_id AND entry.transaction_id = t.id
            WHERE t.tenant_id = refund.tenant_id AND t.id = refund.transaction_id AND t.source_type = 'refund'
            AND t.source_id = refund.id::text AND entry.account_id = refund.account_id
            AND entry.amount_minor = -refund.amount_minor)
        LIMIT 1000
    """,
    "booked a refund that does not name it": """
        SELECT 'transaction ' || t.id FROM bankcore.transactions AS t
        JOIN bankcore.refunds AS refund ON refund.tenant_id = t.tenant_id AND refund.id::text = t.source_id
        WHERE t.tenant_id = %s AND t.source_type = 'refund' AND refund.transaction_id IS DISTINCT FROM t.id
        LIMIT 1000
    """,
    "gives more back than was paid": """
        SELECT 'payment ' || payment.id FROM bankcore.payments AS payment
        JOIN bankcore.refunds AS refund ON refund.tenant_id = payment.tenant_id AND refund.payment_id = payment.id
        WHERE payment.tenant_id = %s AND refund.status <> 'failed'
        GROUP BY payment.id, payment.amount_minor HAVING sum(refund.amount_minor) > payment.amount_minor
        LIMIT 1000
    """,
}


def verify_refunds(connection: TenantConnection) -> Iterator[Finding]:
    """What is wrong with refunds, if anything: against their records, their payments, and the books."""
    for refund_id, row, told in rows_and_records(connection, "refunds", _ACTIONS, "refund"):
        yield from _verify(f"refund {refund_id}", row, told)
    for problem, statement in _CONTRADICTIONS.items():
        for (place,) in connection.sql.exec_driver_sql(statement, (connection.tenant_id,)):
            yield Finding(place, problem)


def _verify(place: str, row: Row[Any] | None, told: Sequence[Told]) -> Iterator[Finding]:
    if row is None or not told:
        yield Finding(place, "is gone" if row is None else "the log has no record of it")
        return
    try:
        refund = refund_of(row)
    except (ValueError, KeyError):
        yield Finding(place, "holds what no refund has")
        return
    yield from differences(place, told[-1][2], refund_facts(refund))
    if not is_at(refund.created_at, told[0]):
        yield Finding(place, f"was created at {told[0][1]} by the log")
