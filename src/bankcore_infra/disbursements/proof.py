"""Whether disbursements are as the log tells, and each paid one has the transactions that bear its name."""

from typing import Final

from bankcore.disbursements import actions
from bankcore_infra.audit.verifying.row_proof import RowProof
from bankcore_infra.disbursements.records import disbursement_facts
from bankcore_infra.disbursements.store import disbursement_of

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

PROOF: Final = RowProof(
    "disbursement",
    "disbursements",
    (
        actions.DISBURSEMENT_REQUESTED,
        actions.DISBURSEMENT_APPROVED,
        actions.DISBURSEMENT_REJECTED,
        actions.DISBURSEMENT_WITHDRAWN,
        actions.DISBURSEMENT_SENT,
        actions.DISBURSEMENT_PAID,
        actions.DISBURSEMENT_FAILED,
        actions.DISBURSEMENT_RETURNED,
        actions.DISBURSEMENT_DOUBTED,
        actions.DISBURSEMENT_RESOLVED,
    ),
    read=disbursement_of,
    facts=disbursement_facts,
    began=("was requested", lambda disbursement: disbursement.requested_at),
    contradictions=_CONTRADICTIONS,
)
