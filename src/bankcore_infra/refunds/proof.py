"""Whether the rows of refunds are as the log, and the books that follow from it, tell of them."""

from typing import Final

from bankcore.refunds import actions
from bankcore_infra.audit.verifying.row_proof import RowProof
from bankcore_infra.refunds.records import refund_facts
from bankcore_infra.refunds.store import refund_of

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
        GROUP BY payment.id, payment.amount_minor, payment.capture_minor
        HAVING sum(refund.amount_minor) > coalesce(payment.capture_minor, payment.amount_minor)
        LIMIT 1000
    """,
}

PROOF: Final = RowProof(
    "refund",
    "refunds",
    (
        actions.REFUND_CREATED,
        actions.REFUND_TAKEN,
        actions.REFUND_SUCCEEDED,
        actions.REFUND_DECIDED,
        actions.REFUND_FAILED,
        actions.REFUND_DOUBTED,
    ),
    read=refund_of,
    facts=refund_facts,
    began=("was created", lambda refund: refund.created_at),
    contradictions=_CONTRADICTIONS,
)
