"""Whether the rows of payments are as the log, and the books that follow from it, tell of them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.ledger.verification import Finding
from bankcore.money import CURRENCIES, Money
from bankcore.payments import actions
from bankcore_infra.audit.verifying.told_rows import Told, differences, is_at, rows_and_records
from bankcore_infra.db.tenant_connection import TenantConnection

_ACTIONS: Final = (
    actions.PAYMENT_CREATED.name,
    actions.PAYMENT_SENT.name,
    actions.PAYMENT_ACTION_REQUIRED.name,
    actions.PAYMENT_COMPLETED.name,
    actions.PAYMENT_FAILED.name,
    actions.PAYMENT_CALLED_OFF.name,
    actions.PAYMENT_EXPIRED.name,
    actions.PAYMENT_DOUBTED.name,
    actions.PAYMENT_ASKED.name,
    actions.PAYMENT_RESOLVED.name,
)
_CONTRADICTIONS: Final = {
    "was not booked by the transaction that it names": """
        SELECT 'payment ' || payment.id FROM bankcore.payments AS payment
        WHERE payment.tenant_id = %s AND payment.transaction_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            JOIN bankcore.entries AS entry ON entry.tenant_id = t.tenant_id AND entry.transaction_id = t.id
            WHERE t.tenant_id = payment.tenant_id AND t.id = payment.transaction_id AND t.source_type = 'payment'
            AND t.source_id = payment.id::text AND entry.account_id = payment.account_id
            AND entry.amount_minor = payment.amount_minor - coalesce(payment.fee_minor, 0))
        LIMIT 1000
    """,
    "booked a payment that does not name it": """
        SELECT 'transaction ' || t.id FROM bankcore.transactions AS t
        WHERE t.tenant_id = %s AND t.source_type = 'payment' AND NOT EXISTS (
            SELECT FROM bankcore.payments AS payment
            WHERE payment.tenant_id = t.tenant_id AND payment.transaction_id = t.id)
        LIMIT 1000
    """,
}


def verify_payments(connection: TenantConnection) -> Iterator[Finding]:
    """What is wrong with payments, if anything: rows against their records, and against their transactions."""
    for payment_id, row, told in rows_and_records(connection, "payments", _ACTIONS, "payment"):
        yield from _verify(f"payment {payment_id}", row, told)
    for problem, statement in _CONTRADICTIONS.items():
        for (place,) in connection.sql.exec_driver_sql(statement, (connection.tenant_id,)):
            yield Finding(place, problem)


def _verify(place: str, row: Row[Any] | None, told: Sequence[Told]) -> Iterator[Finding]:
    if row is None:
        yield Finding(place, "is gone")
        return
    if not told:
        yield Finding(place, "the log has no record of it")
        return
    if row.currency not in CURRENCIES:
        yield Finding(place, "holds what no payment has")
        return
    yield from differences(place, told[-1][2], _facts(row))
    if not is_at(row.created_at, told[0]):
        yield Finding(place, f"was created at {told[0][1]} by the log")


def _facts(row: Row[Any]) -> dict[str, Any]:
    """What each of its records says."""
    return {
        "status": row.status,
        "attempt": str(row.attempt_id),
        "account": str(row.account_id),
        "amount": Money(row.amount_minor, CURRENCIES[row.currency]).to_decimal_string(),
        "currency": row.currency,
        "transaction": None if row.transaction_id is None else str(row.transaction_id),
    }
