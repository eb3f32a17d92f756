"""Whether the rows of payments are as the log, and the books that follow from it, tell of them."""

from typing import Any, Final

from sqlalchemy import Row

from bankcore.money import CURRENCIES, Money
from bankcore.payments import actions
from bankcore.payments.captures import CaptureMethod
from bankcore_infra.audit.verifying.row_proof import RowProof

_CONTRADICTIONS: Final = {
    "was not booked by the transaction that it names": """
        SELECT 'payment ' || payment.id FROM bankcore.payments AS payment
        WHERE payment.tenant_id = %s AND payment.transaction_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            JOIN bankcore.entries AS entry ON entry.tenant_id = t.tenant_id AND entry.transaction_id = t.id
            WHERE t.tenant_id = payment.tenant_id AND t.id = payment.transaction_id AND t.source_type = 'payment'
            AND t.source_id = payment.id::text AND entry.account_id = payment.account_id
            AND entry.amount_minor = coalesce(payment.capture_minor, payment.amount_minor)
                - coalesce(payment.fee_minor, 0))
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


def _facts(row: Row[Any]) -> dict[str, Any]:
    """What each of its records says."""
    return {
        "status": row.status,
        "attempt": str(row.attempt_id),
        "account": str(row.account_id),
        "amount": _decimal(row.amount_minor, row.currency),
        "currency": row.currency,
        "captureMethod": None if row.capture_method == CaptureMethod.AUTOMATIC else row.capture_method,
        "capture": None if row.capture_minor is None else _decimal(row.capture_minor, row.currency),
        "transaction": None if row.transaction_id is None else str(row.transaction_id),
    }


def _decimal(minor: int, code: str) -> str:
    return Money(minor, CURRENCIES[code]).to_decimal_string()


PROOF: Final = RowProof(
    "payment",
    "payments",
    actions.STEPS,
    read=lambda row: row,
    facts=_facts,
    began=("was created", lambda payment: payment.created_at),
    contradictions=_CONTRADICTIONS,
)
